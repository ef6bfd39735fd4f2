#!/usr/bin/env python3
"""Draws what joint_law computed: the density of an asset's log-returns at two dates, from paths and in closed form.

usage: plot_joint_law.py FOLDER [PICTURE]

Reads FOLDER/x.npy, y.npy, simulated.npy and exact.npy, writes PICTURE (docs/images/joint_law.png unless said
otherwise). Needs matplotlib 3.5 or newer (Debian, Ubuntu: apt-get install python3-matplotlib).
"""

import os
import sys

CLOSED_FORM = "#d55e00"
STYLE = {"font.size": 8, "axes.titlesize": 8.5, "axes.titleweight": "bold", "axes.edgecolor": "0.4"}


def main(arguments):
    if len(arguments) not in (1, 2) or arguments[0] in ("-h", "--help"):
        print(__doc__.strip(), file=sys.stderr)
        return 0 if arguments[:1] in (["-h"], ["--help"]) else 1
    picture = arguments[1] if len(arguments) == 2 else "docs/images/joint_law.png"
    try:
        import matplotlib
        import numpy as np
    except ImportError:
        sys.exit("error: this Python has no matplotlib (Debian, Ubuntu: apt-get install python3-matplotlib)")
    matplotlib.use("Agg")
    from matplotlib import pyplot as plt
    from PIL import Image

    try:
        x, y, simulated, exact = (
            np.load(os.path.join(arguments[0], name + ".npy")) for name in ("x", "y", "simulated", "exact")
        )
    except (OSError, ValueError) as e:
        sys.exit("error: %s (run joint_law first, it writes the files)" % e)

    plt.rcParams.update(STYLE)
    figure, (left, right) = plt.subplots(
        1, 2, figsize=(7.2, 3.2), gridspec_kw={"width_ratios": [1.45, 1]}, constrained_layout=True
    )
    largest = exact.max()
    image = left.pcolormesh(x, y, np.maximum(simulated.T, 0), cmap="Blues", vmin=0, vmax=largest, shading="gouraud")
    levels = [largest * share for share in (0.01, 0.05, 0.2, 0.5, 0.8)]
    left.contour(x, y, exact.T, levels=levels, colors=CLOSED_FORM, linewidths=0.9)
    figure.colorbar(image, ax=left, label="density")
    left.set_title("simulated, and level lines in closed form", loc="left")
    left.set_xlabel("log-return after half a year")
    left.set_ylabel("log-return after a year and a half")
    for value, colour in ((-0.2, "0.65"), (0.0, "0.4"), (0.15, "0.1")):
        row = int(np.abs(x - value).argmin())
        right.plot(y, simulated[row], color=colour, linewidth=2.2, label="%.2f" % x[row])
        right.plot(y, exact[row], color=CLOSED_FORM, linewidth=1, dashes=(5, 4))
    right.set_title("cuts, by the first log-return", loc="left")
    right.set_xlabel("log-return after a year and a half")
    right.set_ylim(bottom=0)
    for side in ("top", "right"):
        right.spines[side].set_visible(False)
    right.legend(frameon=False)
    try:
        os.makedirs(os.path.dirname(picture) or ".", exist_ok=True)
        figure.savefig(picture, dpi=100)
        # As a PNG of 256 colours, which is smaller. Pillow comes with matplotlib.
        with Image.open(picture) as drawn:
            reduced = drawn.convert("RGB").quantize(256)
        reduced.save(picture, optimize=True)
    except OSError as e:
        sys.exit("error: cannot write %s: %s" % (picture, e.strerror))
    print(picture)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
