"""Translates the kernels in CUDA objects, or files of PTX, to C++ that runs them on the device in software.

Of several targets the newest is taken. Objects are to be compiled with nvcc's `--no-compress`, so that their PTX is
text. What is not understood is refused, so that no kernel is tested in part.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import ptx_text
from translation import translation

from tools.ptx_products import ptx_of


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="translate", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("files", nargs="+", type=Path, help="objects that nvcc made, or files of PTX")
    parser.add_argument("--output", type=Path, required=True, help="the C++ file to write")
    parser.add_argument("--only", default="", metavar="PATTERN", help="only kernels in whose name this is found")
    parser.add_argument(
        "--fuse",
        action="store_true",
        help="fuse products without .rn with the sums that use them, where these are all that do, as ptxas may",
    )
    options = parser.parse_args(arguments)
    try:
        texts = ptx_text.newest([text for file in options.files for text in ptx_of(file.read_bytes())])
        code, kernels, fused = translation([ptx_text.module(text) for text in texts], options.fuse, options.only)
        if kernels == 0:
            raise ptx_text.PtxError("there is no kernel in PTX; are the objects compiled with --no-compress?")
        options.output.write_text(code, encoding="utf-8")
    except (OSError, ptx_text.PtxError) as error:
        print(f"translate: {error}", file=sys.stderr)
        return 1
    print(f"{kernels} kernels translated{f', {fused} sums fused with products' if options.fuse else ''}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
