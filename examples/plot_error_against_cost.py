#!/usr/bin/env python3
"""Draws what error_against_cost computed: the error of the closed-form methods against evaluations and against time.

usage: plot_error_against_cost.py FOLDER [PICTURE]

Reads FOLDER/error_against_cost.csv, writes PICTURE (docs/images/error_against_cost.png unless said otherwise) and
prints its path. Needs matplotlib 3.5 or newer (Debian, Ubuntu: apt-get install python3-matplotlib).
"""

import csv
import os
import sys

# Wong, B. (2011), Points of view: color blindness, Nature Methods 8, 441.
STYLES = {
    "COS": ("#0072b2", "o"),
    "Lewis": ("#d55e00", "s"),
    "Carr-Madan, FFT": ("#009e73", "^"),
    "Carr-Madan, fractional FFT": ("#cc79a7", "v"),
}
LEAST = 1e-16


def read(path):
    """For each case and method the columns, in the order of the file."""
    cases = {}
    try:
        with open(path, newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                columns = cases.setdefault(row["case"], {}).setdefault(row["method"], {})
                for name in ("evaluations", "microseconds", "error", "reported"):
                    columns.setdefault(name, []).append(float(row[name]))
    except OSError as e:
        sys.exit("error: cannot read %s: %s (run error_against_cost first, it writes the file)" % (path, e.strerror))
    except (KeyError, TypeError, ValueError):
        sys.exit("error: %s is not what error_against_cost writes" % path)
    return cases


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    cases = read(os.path.join(sys.argv[1], "error_against_cost.csv"))
    picture = sys.argv[2] if len(sys.argv) == 3 else os.path.join("docs", "images", "error_against_cost.png")
    try:
        import matplotlib

        matplotlib.use("Agg")
        import matplotlib.pyplot as plt
    except ImportError:
        sys.exit("error: the picture needs matplotlib")
    plt.rcParams.update({"font.size": 8, "axes.spines.top": False, "axes.spines.right": False})
    figure, axes = plt.subplots(2, len(cases), figsize=(3.6 * len(cases), 6.2), sharey=True, squeeze=False)
    for column, (case, methods) in enumerate(cases.items()):
        for row, cost in enumerate(("evaluations", "microseconds")):
            axis = axes[row][column]
            for method, columns in methods.items():
                colour, marker = STYLES.get(method, ("0.5", "."))
                if cost == "evaluations" and method == "Carr-Madan, fractional FFT":
                    continue  # the same numbers
                errors = [max(error, LEAST) for error in columns["error"]]
                label = "Carr-Madan, both" if row == 0 and method == "Carr-Madan, FFT" else method
                axis.plot(columns[cost], errors, color=colour, marker=marker, markersize=3, linewidth=1, label=label)
                axis.plot(columns[cost], columns["reported"], color=colour, linewidth=0.8, linestyle=":")
            axis.set_xscale("log")
            axis.set_yscale("log")
            axis.set_ylim(LEAST, 1)
            axis.grid(True, color="0.92", linewidth=0.6)
            axis.set_axisbelow(True)
            axis.set_xlabel("values of the characteristic function" if row == 0 else "microseconds")
            if row == 0:
                axis.set_title(case, fontsize=9)
    for row in axes:
        row[0].set_ylabel("largest error over the forward")
        row[0].legend(frameon=False, fontsize=7)
    figure.tight_layout()
    os.makedirs(os.path.dirname(picture) or ".", exist_ok=True)
    figure.savefig(picture, dpi=75)
    print(picture)


if __name__ == "__main__":
    main()
