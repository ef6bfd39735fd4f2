#!/usr/bin/env python3
"""Draws what dax_heston computed.

usage: plot_dax_heston.py FOLDER

Reads FOLDER/smiles.csv and FOLDER/densities.csv, writes FOLDER/smiles.png and FOLDER/densities.png and prints their
paths. Needs matplotlib 3.5 or newer (Debian, Ubuntu: apt-get install python3-matplotlib).
"""

import csv
import os
import sys

# Wong, B. (2011), Points of view: color blindness, Nature Methods 8, 441.
SIMULATED = "#0072b2"
CLOSED_FORM = "#d55e00"
MARKET = "#000000"
STYLE = {
    "font.size": 9,
    "axes.titlesize": 9.5,
    "axes.titleweight": "bold",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": "0.4",
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "0.9",
    "grid.linewidth": 0.7,
    "xtick.color": "0.25",
    "ytick.color": "0.25",
    "legend.frameon": False,
    "figure.dpi": 200,
    "savefig.dpi": 200,
}


def read_by_days(path, columns):
    """The rows of a CSV file as lists of numbers, one for each column, by days to expiry in ascending order."""
    try:
        with open(path, newline="", encoding="utf-8") as file:
            reader = csv.DictReader(file)
            missing = [name for name in ["days"] + columns if name not in (reader.fieldnames or [])]
            if missing:
                sys.exit("error: %s has no column %s" % (path, ", ".join(missing)))
            groups = {}
            for row in reader:
                try:
                    days = int(row["days"])
                    values = [float(row[name]) for name in columns]
                except (TypeError, ValueError):
                    sys.exit("error: %s, line %d: not a row of %d numbers" % (path, reader.line_num, len(columns) + 1))
                group = groups.setdefault(days, [[] for _ in columns])
                for series, value in zip(group, values):
                    series.append(value)
    except OSError as e:
        sys.exit("error: cannot read %s: %s (run dax_heston first, it writes the file)" % (path, e.strerror))
    if not groups:
        sys.exit("error: %s has no rows" % path)
    return sorted(groups.items())


def percent(values):
    return [100 * v for v in values]


def plot_smiles(plt, surface, path):
    columns = min(4, len(surface))
    rows = -(-len(surface) // columns)
    figure, axes = plt.subplots(
        rows, columns, figsize=(9, 2.35 * rows + 0.5), sharex=True, squeeze=False, constrained_layout=True
    )
    panels = list(axes.flat)
    for axis, (days, series) in zip(panels, surface):
        strike, market, simulated, error, closed_form = series
        (line,) = axis.plot(strike, percent(closed_form), color=CLOSED_FORM, linewidth=1.6, zorder=2)
        bars = axis.errorbar(
            strike,
            percent(simulated),
            yerr=[200 * e for e in error],
            fmt="o",
            markersize=2.6,
            color=SIMULATED,
            elinewidth=1.3,
            capsize=2.3,
            capthick=1.1,
            zorder=4,
        )
        points = axis.scatter(
            strike, percent(market), s=17, facecolors="white", edgecolors=MARKET, linewidths=0.9, zorder=3
        )
        axis.set_title("%d days" % days, loc="left", pad=3)
        axis.xaxis.set_major_locator(plt.MaxNLocator(3, integer=True))
        axis.yaxis.set_major_locator(plt.MaxNLocator(5, integer=True))
    for axis in panels[len(surface) :]:
        axis.set_visible(False)
    for axis in axes[-1]:
        axis.set_xlabel("strike")
    for axis in axes[:, 0]:
        axis.set_ylabel("implied volatility, %")
    figure.legend(
        [points, bars, line],
        ["market", "simulation ± 2 standard errors", "closed form"],
        loc="upper center",
        ncol=3,
        bbox_to_anchor=(0.5, 1.0),
        fontsize=9.5,
    )
    # An empty title keeps the strip of the legend free, which takes no part in the layout itself.
    figure.suptitle(" ")
    figure.savefig(path)
    plt.close(figure)


def plot_densities(plt, surface, path):
    figure, axes = plt.subplots(1, 2, figsize=(9, 4.3), constrained_layout=True)
    colours = plt.get_cmap("viridis")
    smallest = min((f for _, series in surface for f in series[3] if f > 0), default=1e-6)
    for i, (days, series) in enumerate(surface):
        x, simulated, error, closed_form = series
        colour = colours(0.2 + 0.75 * i / max(len(surface) - 1, 1))
        lower = [f - 2 * e for f, e in zip(simulated, error)]
        upper = [f + 2 * e for f, e in zip(simulated, error)]
        for axis in axes:
            axis.fill_between(x, lower, upper, color=colour, alpha=0.3, linewidth=0)
            axis.plot(x, simulated, color=colour, linewidth=1.8, label="%d days" % days)
            axis.plot(x, closed_form, color="black", linewidth=0.8, dashes=(4, 3))
    for axis in axes:
        axis.plot([], [], color="black", linewidth=0.8, dashes=(4, 3), label="closed form")
        axis.fill_between([], [], [], color="0.5", alpha=0.35, linewidth=0, label="± 2 standard errors")
        axis.set_xlabel("log-return")
    axes[0].set_title("density", loc="left")
    axes[0].set_ylim(bottom=0)
    axes[0].legend(loc="upper left")
    axes[1].set_title("the same on a logarithmic scale", loc="left")
    axes[1].set_yscale("log", nonpositive="clip")
    axes[1].set_ylim(bottom=smallest / 2)
    figure.savefig(path)
    plt.close(figure)


def main(arguments):
    if len(arguments) != 1 or arguments[0] in ("-h", "--help"):
        print(__doc__.strip(), file=sys.stderr)
        return 0 if arguments[:1] in (["-h"], ["--help"]) else 1
    folder = arguments[0]
    if not os.path.isdir(folder):
        sys.exit("error: there is no folder %s (run dax_heston first, it makes it)" % folder)
    smiles = read_by_days(
        os.path.join(folder, "smiles.csv"), ["strike", "market", "simulated", "standard_error", "closed_form"]
    )
    densities = read_by_days(
        os.path.join(folder, "densities.csv"), ["log_return", "simulated", "standard_error", "closed_form"]
    )
    try:
        import matplotlib
    except ImportError:
        sys.exit("error: this Python has no matplotlib (Debian, Ubuntu: apt-get install python3-matplotlib)")
    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    plt.rcParams.update(STYLE)
    for name, plot, surface in (("smiles.png", plot_smiles, smiles), ("densities.png", plot_densities, densities)):
        path = os.path.join(folder, name)
        try:
            plot(plt, surface, path)
        except OSError as e:
            sys.exit("error: cannot write %s: %s" % (path, e.strerror))
        print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
