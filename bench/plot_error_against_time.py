#!/usr/bin/env python3
"""Draws error against time, or size, from the results of the benchmarks: the pictures docs/images/NAME.png.

usage: plot_error_against_time.py RESULTS FOLDER

RESULTS is what spectralmc_bench --benchmark_format=json has written; with --benchmark_filter=REGEX it has what one
picture needs:

    nonuniform_fourier       nonuniform/
    fourier_transform        ^fourier/(double|float)/
    implied_volatility       implied_volatility
    early_exercise           _dates
    exchange_option          exchange_option
    calibration              calibration

With --benchmark_repetitions=N the least of each benchmark's N times counts.
Writes those pictures into FOLDER that RESULTS has the benchmarks of, and prints their paths. Needs matplotlib 3.5 or
newer (Debian, Ubuntu: apt-get install python3-matplotlib).

Exit status: 0; 1 if called otherwise; 2 if RESULTS is not what the benchmarks write or has nothing to draw, if a
picture cannot be written, or without matplotlib.
"""

import json
import math
import os
import re
import sys

# Wong, B. (2011), Points of view: color blindness, Nature Methods 8, 441.
BLUE, ORANGE, GREEN, PURPLE = "#0072b2", "#d55e00", "#009e73", "#cc79a7"


def fail(reason):
    print("error: " + reason, file=sys.stderr)
    sys.exit(2)


def entries(path):
    """Of the benchmarks in the file, those that ran to their end, checked to have a name."""
    try:
        with open(path, encoding="utf-8") as file:
            content = json.load(file)
    except OSError as e:
        fail("%s: %s" % (path, e.strerror))
    except ValueError as e:
        fail("%s is not JSON: %s" % (path, e))
    found = content.get("benchmarks") if isinstance(content, dict) else None
    if not isinstance(found, list):
        fail("%s is not what the benchmarks write: it has no list of benchmarks" % path)
    for place, entry in enumerate(found, 1):
        if not isinstance(entry, dict) or not isinstance(entry.get("name"), str):
            fail("%s is not what the benchmarks write: benchmark %d has no name" % (path, place))
    return [
        entry
        for entry in found
        if entry.get("run_type") == "iteration" and not entry.get("error_occurred") and not entry.get("skipped")
    ]


def benchmarks(path):
    """The numbers of each benchmark that ran, by its name without those of its iterations and repetitions: of all
    repetitions the least of each."""
    results = {}
    for entry in entries(path):
        least = results.setdefault(entry["name"].split("/iterations:")[0].split("/repeats:")[0], {})
        for key, number in entry.items():
            if isinstance(number, (int, float)):
                if not abs(number) <= sys.float_info.max:
                    fail("%s: %s of %s is not finite" % (path, key, entry["name"]))
                least[key] = min(number, least.get(key, math.inf))
    return results


def series(results, prefix, first, second):
    """Pairs of two counters of prefix/2, prefix/3, ... or prefix/n:2, prefix/n:3, ..., by ascending number; empty where
    there are none. A counter may be a function of the number as well."""
    found = []
    for name, entry in results.items():
        last = re.split("[/:]", name)[-1]
        if not name.startswith(prefix + "/") or not re.fullmatch("[0-9]{1,15}", last):
            continue
        if all(callable(c) or c in entry for c in (first, second)):
            number = int(last)
            found.append((number, *(c(number) if callable(c) else entry[c] for c in (first, second))))
    return [pair[1:] for pair in sorted(found)]


def draw(axis, pairs, colour, marker, label, dotted=False):
    if pairs:
        axis.plot(
            *zip(*pairs),
            color=colour,
            marker=marker,
            markersize=3,
            linewidth=1,
            linestyle=":" if dotted else "-",
            label=label,
        )


def nonuniform_fourier(results, plt):
    figure, axes = plt.subplots(1, 2, figsize=(7.2, 3.2), sharey=True)
    for kind, axis in zip("12", axes):
        for who, label, colour, marker in ("spectralmc", "SpectralMC", BLUE, "o"), ("FINUFFT", "FINUFFT", ORANGE, "s"):
            prefix = "nonuniform/type_%s/%s/points:1000000/modes:4096" % (kind, who)
            draw(axis, series(results, prefix, "ns", "error"), colour, marker, label)
        axis.set(
            title="type %s, a million points, 4096 modes" % kind,
            xlabel="nanoseconds a point",
            yscale="log",
            xlim=(0, None),
        )
    axes[0].set_ylabel("relative error in the Euclidean norm")
    return figure, axes


def fourier_transform(results, plt):
    figure, axes = plt.subplots(1, 2, figsize=(7.2, 3.2))
    for number, roundoff, dotted in ("double", 2.0**-53, False), ("float", 2.0**-24, True):
        for who, label, colour, marker in ("spectralmc", "SpectralMC", BLUE, "o"), ("FFTW", "FFTW", ORANGE, "s"):
            prefix = "fourier/%s/%s" % (number, who)
            label = "%s, %s" % (label, number)
            errors = [(n, e / roundoff) for n, e in series(results, prefix, lambda n: n, "error")]
            times = [(n, ns / n) for n, ns in series(results, prefix, lambda n: n, "ns") if n > 0 and n & (n - 1) == 0]
            draw(axes[0], errors, colour, marker, label, dotted)
            draw(axes[1], times, colour, marker, label, dotted)
    sizes = [n for n, _ in series(results, "fourier/float/spectralmc", lambda n: n, "error") if n > 0]
    draw(axes[0], [(n, 0.8 * math.log2(n)) for n in sizes], "grey", "", "0.8 log$_2$ n")
    axes[0].set(ylabel="largest relative error, units of roundoff", ylim=(0, 8))
    axes[1].set(ylabel="nanoseconds a number, one core", yscale="log")
    for axis in axes:
        axis.set_xscale("log", base=2)
        axis.set(xlabel="n, complex numbers")
    return figure, axes


def implied_volatility(results, plt):
    figure, axes = plt.subplots(1, 2, figsize=(7.2, 3.2), sharey=True)
    for deviations, axis in zip((2, 8), axes):
        for method, colour, marker, label in (
            ("Newton", ORANGE, "s", "Newton's method"),
            ("bisection", GREEN, "^", "bisection"),
        ):
            prefix = "implied_volatility_steps/quotes/%s/deviations:%d" % (method, deviations)
            draw(axis, series(results, prefix, "ns", "error"), colour, marker, label)
        for method, marker, label in ("each", "o", "one by one"), ("together", "D", "all in one call"):
            name = "implied_volatility/quotes/spectralmc-%s/deviations:%d" % (method, deviations)
            at = results.get(name, {})
            if "ns" in at and "error" in at:
                axis.plot(at["ns"], at["error"], color=BLUE, marker=marker, linestyle="", label="SpectralMC, " + label)
        axis.set(
            title="up to %d deviations out of the money" % deviations,
            xlabel="nanoseconds a quote",
            xscale="log",
            yscale="log",
        )
    axes[0].set_ylabel("largest relative error of the volatility")
    return figure, axes


def early_exercise(results, plt):
    figure, axis = plt.subplots(figsize=(4.8, 3.6))
    for prefix, label, colour, marker in (
        ("black_scholes_ten_dates", "Black-Scholes, ten dates", BLUE, "o"),
        ("heston_twelve_dates", "Heston, twelve dates", ORANGE, "s"),
    ):
        found = [(ms, max(error, 1e-14)) for ms, error in series(results, prefix, "ms", "error")]
        draw(axis, found, colour, marker, label)
        draw(axis, series(results, prefix, "ms", "reported"), colour, "", None, dotted=True)
    axis.set(xlabel="milliseconds", ylabel="error (dotted: reported), strikes about 100", xscale="log", yscale="log")
    return figure, [axis]


def exchange_option(results, plt):
    figure, axis = plt.subplots(figsize=(4.8, 3.6))
    for correlation, colour, marker in (0, BLUE, "o"), (50, GREEN, "^"), (90, ORANGE, "s"), (99, PURPLE, "D"):
        prefix = "exchange_option/%d" % correlation
        draw(axis, series(results, prefix, "ms", "error"), colour, marker, "correlation %.2f" % (0.01 * correlation))
        draw(axis, series(results, prefix, "ms", "reported"), colour, "", None, dotted=True)
    axis.set(xlabel="milliseconds", ylabel="error (dotted: reported), assets at 100 and 90", xscale="log", yscale="log")
    return figure, [axis]


def calibration(results, plt):
    figure, axes = plt.subplots(1, 2, figsize=(7.2, 3.2), sharey=True)
    for model, label, colour, marker in ("heston", "Heston", BLUE, "o"), ("bates", "Bates", ORANGE, "s"):
        prefix = "calibration<smc::%s<double>>" % model
        draw(axes[0], series(results, prefix, lambda n: n, "error"), colour, marker, label)
        draw(axes[1], series(results, prefix, "ms", "error"), colour, marker, label)
    axes[0].set(xlabel="evaluations", ylabel="misfit of volatilities, root mean square", yscale="log")
    axes[1].set(xlabel="milliseconds")
    return figure, axes


PICTURES = {
    "nonuniform/type_1/spectralmc": nonuniform_fourier,
    "fourier/float/spectralmc": fourier_transform,
    "implied_volatility/quotes/spectralmc-each": implied_volatility,
    "heston_twelve_dates": early_exercise,
    "exchange_option": exchange_option,
    "calibration<smc::heston<double>>": calibration,
}


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    results, folder = benchmarks(sys.argv[1]), sys.argv[2]
    wanted = [
        picture for benchmark, picture in PICTURES.items() if any(name.startswith(benchmark + "/") for name in results)
    ]
    if not wanted:
        fail("%s has no benchmark that a picture is drawn of" % sys.argv[1])
    try:
        import matplotlib

        matplotlib.use("Agg")
        import matplotlib.pyplot as plt
    except ImportError:
        fail("the pictures need matplotlib")
    plt.rcParams.update({"font.size": 8, "axes.spines.top": False, "axes.spines.right": False})
    for picture in wanted:
        figure, axes = picture(results, plt)
        for axis in axes:
            axis.grid(alpha=0.2)
        axes[0].legend(frameon=False)
        figure.tight_layout()
        path = os.path.join(folder, picture.__name__ + ".png")
        try:
            figure.savefig(path, dpi=100)
        except OSError as e:
            fail("%s cannot be written: %s" % (path, e.strerror))
        print(path)


if __name__ == "__main__":
    main()
