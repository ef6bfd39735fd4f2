#!/usr/bin/env python3
"""Draws what weak_order computed: the bias of each scheme against its steps, on logarithmic axes.

usage: plot_weak_order.py FOLDER [PICTURE]

Reads FOLDER/weak_order.csv, writes PICTURE (docs/images/models/weak_order.png unless said otherwise), and prints its
path and the order of each scheme's bias: the slope of the weighted least-squares line through the biases that stand out
of four standard errors. Needs matplotlib 3.5 or newer (Debian, Ubuntu: apt-get install python3-matplotlib).
"""

import csv
import math
import os
import sys

COLOURS = {80.0: "#0072b2", 100.0: "#000000", 120.0: "#d55e00"}


def read(path):
    """The rows of each scheme as lists of (steps, bias, standard error) by strike."""
    schemes = {}
    try:
        with open(path, newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                strikes = schemes.setdefault(row["scheme"], {})
                point = (int(row["steps"]), float(row["bias"]), float(row["standard_error"]))
                strikes.setdefault(float(row["strike"]), []).append(point)
    except OSError as e:
        sys.exit("error: cannot read %s: %s (run weak_order first, it writes the file)" % (path, e.strerror))
    except (KeyError, TypeError, ValueError):
        sys.exit("error: %s is not what weak_order writes" % path)
    return schemes


def order(points):
    """The slope, or None where fewer than three biases stand out."""
    points = [p for p in points if abs(p[1]) > 4 * p[2]]
    if len(points) < 3:
        return None
    weights = [min((p[1] / p[2]) ** 2, 400) for p in points]
    x = [math.log(p[0]) for p in points]
    y = [math.log(abs(p[1])) for p in points]
    total = sum(weights)
    mean_x = sum(w * a for w, a in zip(weights, x)) / total
    mean_y = sum(w * b for w, b in zip(weights, y)) / total
    rise = sum(w * (a - mean_x) * (b - mean_y) for w, a, b in zip(weights, x, y))
    return -rise / sum(w * (a - mean_x) ** 2 for w, a in zip(weights, x))


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    schemes = read(os.path.join(sys.argv[1], "weak_order.csv"))
    picture = sys.argv[2] if len(sys.argv) == 3 else os.path.join("docs", "images", "models", "weak_order.png")
    try:
        import matplotlib

        matplotlib.use("Agg")
        import matplotlib.pyplot as plt
    except ImportError:
        sys.exit("error: the picture needs matplotlib")
    plt.rcParams.update({"font.size": 7, "axes.spines.top": False, "axes.spines.right": False})
    columns = 3
    rows = (len(schemes) + columns - 1) // columns
    figure, axes = plt.subplots(rows, columns, figsize=(9, 2.6 * rows), sharex=True, sharey=True, squeeze=False)
    for axis, (name, strikes) in zip(axes.flat, schemes.items()):
        for strike, points in sorted(strikes.items()):
            steps = [p[0] for p in points]
            axis.errorbar(
                steps,
                [max(abs(p[1]), 1e-3) for p in points],
                yerr=[2 * p[2] for p in points],
                color=COLOURS.get(strike, "0.5"),
                marker="o",
                markersize=3,
                linewidth=1,
                label="K = %g" % strike,
            )
            slope = order(points)
            print("%s, K = %g: order %s" % (name, strike, "%.2f" % slope if slope else "not seen"))
        axis.plot([1, 64], [1, 1 / 64], color="0.6", linewidth=0.8, linestyle="--", label="first order")
        axis.set_xscale("log", base=2)
        axis.set_yscale("log")
        axis.set_ylim(5e-3, 20)
        axis.set_title(name, fontsize=7)
    for axis in axes.flat[len(schemes) :]:
        axis.set_visible(False)
    for axis in axes[-1]:
        axis.set_xlabel("steps a year")
    for row in axes:
        row[0].set_ylabel("bias, volatility points")
    axes.flat[0].legend(frameon=False)
    figure.tight_layout()
    os.makedirs(os.path.dirname(picture) or ".", exist_ok=True)
    figure.savefig(picture, dpi=72)
    print(picture)


if __name__ == "__main__":
    main()
