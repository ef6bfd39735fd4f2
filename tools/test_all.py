"""Builds the project and runs its tests, by `make test`. The exit status is make's."""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from collections.abc import Sequence

from tools import repository


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="test-all", description=__doc__)
    parser.add_argument("--all", action="store_true", help="every compiler, toolkit and sanitizer as well (ALL=1)")
    parser.add_argument("--jobs", type=int, metavar="N", help="compilers and tests at once (JOBS=N)")
    parser.add_argument("variables", nargs="*", metavar="NAME=VALUE", help="further variables of make")
    options = parser.parse_args(arguments)
    if options.jobs is not None and options.jobs < 1:
        parser.error(f"argument --jobs: {options.jobs} is less than 1")
    for variable in options.variables:
        if not re.fullmatch(r"\w+=.*", variable):
            parser.error(f"'{variable}' is not of the form NAME=VALUE")
    return options


def main(arguments: Sequence[str] | None = None) -> int:
    options = parse(arguments)
    try:
        root = repository.find_root()
    except repository.RepositoryError as error:
        print(f"test-all: {error}", file=sys.stderr)
        return 2
    make = repository.find_program("make")
    if make is None:
        print("test-all: make is not installed (Debian, Ubuntu: apt-get install make).", file=sys.stderr)
        return 2
    command = [make, "-C", str(root), "test"]
    if options.all:
        command.append("ALL=1")
    if options.jobs is not None:
        command.append(f"JOBS={options.jobs}")
    status = subprocess.run([*command, *options.variables], check=False).returncode
    if status < 0:
        print(f"test-all: make was ended by signal {-status}.", file=sys.stderr)
        return 128 - status
    if status != 0:
        print(f"test-all: failed; make's exit status is {status}. What failed is named above.", file=sys.stderr)
    return status


if __name__ == "__main__":
    sys.exit(main())
