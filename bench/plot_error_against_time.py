#!/usr/bin/env python3
"""Draws error against time from the results of the benchmarks of Fourier sums over any points and of early exercise.

usage: plot_error_against_time.py RESULTS FOLDER

RESULTS is what spectralmc_bench --benchmark_format=json has written. Writes nonuniform_fourier.png and
early_exercise.png into FOLDER and prints their paths. Needs matplotlib 3.5 or newer (Debian, Ubuntu: apt-get install
python3-matplotlib).
"""

import json
import os
import sys

# Wong, B. (2011), Points of view: color blindness, Nature Methods 8, 441.
BLUE, ORANGE = "#0072b2", "#d55e00"


def benchmarks(path):
    """The counters of each benchmark that ran, by its name without the number of iterations."""
    try:
        with open(path, encoding="utf-8") as file:
            return {entry["name"].rsplit("/iterations:", 1)[0]: entry for entry in json.load(file)["benchmarks"]}
    except (OSError, KeyError, ValueError) as e:
        sys.exit("error: %s is not what the benchmarks write: %s" % (path, e))


def series(results, prefix, first, second):
    """Pairs of two counters of prefix/2, prefix/3, ..., by ascending number; empty where there are none."""
    found = []
    for name, entry in results.items():
        if name.startswith(prefix + "/") and first in entry and second in entry:
            found.append((int(name.rsplit("/", 1)[1]), entry[first], entry[second]))
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


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    results, folder = benchmarks(sys.argv[1]), sys.argv[2]
    try:
        import matplotlib

        matplotlib.use("Agg")
        import matplotlib.pyplot as plt
    except ImportError:
        sys.exit("error: the pictures need matplotlib")
    plt.rcParams.update({"font.size": 8, "axes.spines.top": False, "axes.spines.right": False})

    figure, axes = plt.subplots(1, 2, figsize=(7.2, 3.2), sharey=True)
    for kind, axis in zip("12", axes):
        prefix = "nonuniform_fourier/1000000/4096"
        draw(axis, series(results, prefix, "type%s_ns" % kind, "error_%s" % kind), BLUE, "o", "SpectralMC")
        draw(
            axis, series(results, prefix, "finufft_type%s_ns" % kind, "finufft_error_%s" % kind), ORANGE, "s", "FINUFFT"
        )
        axis.set(
            title="type %s, a million points, 4096 modes" % kind,
            xlabel="nanoseconds a point",
            yscale="log",
            xlim=(0, None),
        )
        axis.grid(alpha=0.2)
    axes[0].set_ylabel("relative error in the Euclidean norm")
    axes[0].legend(frameon=False)
    figure.tight_layout()
    path = os.path.join(folder, "nonuniform_fourier.png")
    figure.savefig(path, dpi=110)
    print(path)

    figure, axis = plt.subplots(figsize=(4.8, 3.6))
    for prefix, label, colour, marker in (
        ("black_scholes_ten_dates", "Black-Scholes, ten dates", BLUE, "o"),
        ("heston_twelve_dates", "Heston, twelve dates", ORANGE, "s"),
    ):
        found = [(ms, max(error, 1e-14)) for ms, error in series(results, prefix, "ms", "error")]
        draw(axis, found, colour, marker, label)
        draw(axis, series(results, prefix, "ms", "reported"), colour, "", None, dotted=True)
    axis.set(xlabel="milliseconds", ylabel="error (dotted: reported), strikes about 100", xscale="log", yscale="log")
    axis.grid(alpha=0.2)
    axis.legend(frameon=False)
    figure.tight_layout()
    path = os.path.join(folder, "early_exercise.png")
    figure.savefig(path, dpi=110)
    print(path)


if __name__ == "__main__":
    main()
