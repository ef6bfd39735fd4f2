#!/usr/bin/env python3
"""Draws what model_pictures computed: for each model a picture of some paths and of the density at the last date.

usage: plot_models.py FOLDER [PICTURES]

Reads FOLDER/NAME_paths.csv and FOLDER/NAME_density.csv of every model, writes PICTURES/NAME.png (PICTURES is
docs/images/models unless said otherwise) and prints their paths. Needs matplotlib 3.5 or newer (Debian, Ubuntu: apt-get
install python3-matplotlib).
"""

import csv
import io
import os
import sys

# Wong, B. (2011), Points of view: color blindness, Nature Methods 8, 441.
SIMULATED = "#0072b2"
CLOSED_FORM = "#d55e00"
STYLE = {
    "font.size": 8,
    "axes.titlesize": 8.5,
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
    "figure.dpi": 100,
    "savefig.dpi": 100,
}
RATES = ("vasicek", "hull_white", "cox_ingersoll_ross")


def read(path, required):
    """The columns of a CSV file as lists of numbers by name; a column with empty fields is left out."""
    try:
        with open(path, newline="", encoding="utf-8") as file:
            reader = csv.DictReader(file)
            missing = [name for name in required if name not in (reader.fieldnames or [])]
            if missing:
                sys.exit("error: %s has no column %s" % (path, ", ".join(missing)))
            rows = list(reader)
    except OSError as e:
        sys.exit("error: cannot read %s: %s (run model_pictures first, it writes the file)" % (path, e.strerror))
    if not rows:
        sys.exit("error: %s has no rows" % path)
    try:
        return {name: [float(row[name]) for row in rows] for name in rows[0] if all(row[name] for row in rows)}
    except (TypeError, ValueError):
        sys.exit("error: %s has fields that are not numbers" % path)


def save(figure, path):
    """As a PNG of 64 colours, a third of the size. Pillow comes with matplotlib."""
    from PIL import Image

    buffer = io.BytesIO()
    figure.savefig(buffer, format="png")
    Image.open(buffer).convert("RGB").quantize(64, dither=Image.NONE).save(path, optimize=True)


def plot(plt, name, paths, density, path):
    rates = name in RATES
    scale = 100 if rates else 1  # rates in percent
    figure, (left, right) = plt.subplots(
        1, 2, figsize=(8, 3), sharey=True, gridspec_kw={"width_ratios": [1.7, 1]}, constrained_layout=True
    )
    colours = plt.get_cmap("viridis")
    samples = [column for column in paths if column != "time"]
    for i, column in enumerate(samples):
        left.plot(
            paths["time"],
            [scale * v for v in paths[column]],
            color=colours(0.1 + 0.8 * i / max(len(samples) - 1, 1)),
            linewidth=0.7,
        )
    left.set_title("%d paths" % len(samples), loc="left")
    left.set_xlabel("years")
    left.set_ylabel("short rate, %" if rates else "price")
    left.set_xlim(0, paths["time"][-1])

    value = [scale * v for v in density["value"]]
    simulated = [f / scale for f in density["simulated"]]
    error = [e / scale for e in density["standard_error"]]
    right.fill_betweenx(
        value,
        [f - 2 * e for f, e in zip(simulated, error)],
        [f + 2 * e for f, e in zip(simulated, error)],
        color=SIMULATED,
        alpha=0.3,
        linewidth=0,
    )
    right.plot(simulated, value, color=SIMULATED, linewidth=2.4, label="simulated ± 2 s.e.")
    if "closed_form" in density:
        right.plot(
            [f / scale for f in density["closed_form"]],
            value,
            color=CLOSED_FORM,
            linewidth=1.2,
            dashes=(5, 4),
            label="closed form",
        )
    right.set_title("density after %g year%s" % (paths["time"][-1], "" if paths["time"][-1] == 1 else "s"), loc="left")
    right.set_xlim(left=0)
    right.xaxis.set_major_locator(plt.MaxNLocator(4))
    right.set_xlabel("by %" if rates else "by unit of price")
    right.legend(loc="upper right")
    save(figure, path)
    plt.close(figure)


def main(arguments):
    if len(arguments) not in (1, 2) or arguments[0] in ("-h", "--help"):
        print(__doc__.strip(), file=sys.stderr)
        return 0 if arguments[:1] in (["-h"], ["--help"]) else 1
    folder = arguments[0]
    pictures = arguments[1] if len(arguments) == 2 else "docs/images/models"
    end = "_paths.csv"
    try:
        names = sorted(file[: -len(end)] for file in os.listdir(folder) if file.endswith(end))
    except OSError:
        names = []
    if not names:
        sys.exit("error: there is nothing to draw in %s (run model_pictures first)" % folder)
    try:
        import matplotlib
    except ImportError:
        sys.exit("error: this Python has no matplotlib (Debian, Ubuntu: apt-get install python3-matplotlib)")
    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    plt.rcParams.update(STYLE)
    for name in names:
        paths = read(os.path.join(folder, name + end), ["time"])
        density = read(os.path.join(folder, name + "_density.csv"), ["value", "simulated", "standard_error"])
        path = os.path.join(pictures, name + ".png")
        try:
            os.makedirs(pictures, exist_ok=True)
            plot(plt, name, paths, density, path)
        except OSError as e:
            sys.exit("error: cannot write %s: %s" % (path, e.strerror))
        print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
