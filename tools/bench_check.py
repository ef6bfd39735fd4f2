"""Counts the instructions of the hot loops with callgrind, and compares them with those that are recorded.

Instructions depend on the code and the compiler alone, not on how busy a machine is. They are recorded for each
compiler and kind of processor in bench/instruction_counts.json. `make bench-check` builds the program and runs this.

Exit status: 0 if no loop has more than 3% more instructions than recorded, 1 if one has, 2 if nothing is recorded for
this compiler or for a loop (--update records), if valgrind or the program failed or lists no loops, or if the record
cannot be read or written.
"""

from __future__ import annotations

import argparse
import json
import platform
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from tools import repository
from tools.result_files import ResultError, fields, whole, write

RECORD = "bench/instruction_counts.json"
ALLOWED = 0.03


class CountError(Exception):
    """No instructions could be counted."""


def run(command: Sequence[str]) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError as error:
        raise CountError(f"{command[0]}: {error.strerror}") from None
    if done.returncode != 0:
        raise CountError(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")
    return done.stdout + done.stderr


def count(program: Path, loop: str) -> int:
    text = run(
        [
            *("valgrind", "--tool=callgrind", f"--toggle-collect=count_{loop}", "--callgrind-out-file=/dev/null"),
            *(str(program), loop),
        ]
    )
    found = re.search(r"Collected : (\d+)", text)
    if not found or int(found[1]) == 0:
        raise CountError(f"callgrind counted nothing in count_{loop}:\n{text}")
    return int(found[1])


def compiler_of(program: Path) -> str:
    """As it is written into the program, and the kind of processor. The files that every program begins with, such as
    crt1.o, were compiled by some g++: where there is clang as well, it is what compiled the rest."""
    try:
        content = program.read_bytes()
    except OSError as error:
        raise CountError(f"{program}: {error.strerror}") from None
    written = re.search(rb"clang version [\d.]+", content) or re.search(rb"GCC: \([^)]*\) [\d.]+", content)
    if not written:
        raise CountError(f"{program} does not say what compiled it.")
    version = re.sub(r"^GCC: \([^)]*\)", "g++", written[0].decode()).replace("clang version", "clang++")
    return f"{version}, {platform.machine()}"


def read_record(path: Path) -> dict[str, dict[str, int]]:
    """Instructions by compiler and loop; none if there is no such file. Throws ResultError."""
    try:
        content = json.loads(path.read_text()) if path.is_file() else {}
    except OSError as error:
        raise ResultError(f"{path}: {error.strerror}") from None
    except ValueError as error:
        raise ResultError(f"{path} is not JSON: {error}") from None
    return {
        compiler: {
            loop: whole(each, f"{path}: {compiler}: {loop}")
            for loop, each in fields(counts, f"{path}: {compiler}").items()
        }
        for compiler, counts in fields(content, str(path)).items()
    }


def compare(counts: Mapping[str, int], recorded: Mapping[str, int]) -> tuple[list[str], int]:
    """Lines for the user, and the exit status."""
    lines, status = [], 0
    for loop, found in counts.items():
        if loop not in recorded:
            lines.append(f"{loop:<24} {found:>12}  not recorded")
            status = status or 2
            continue
        change = (found - recorded[loop]) / recorded[loop]
        verdict = "MORE" if change > ALLOWED else "fewer: record it" if change < -ALLOWED else ""
        lines.append(f"{loop:<24} {found:>12}  {100 * change:+6.2f}%  {verdict}".rstrip())
        if change > ALLOWED:
            status = 1
    return lines, status


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="bench-check", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("program", type=Path, help="the built spectralmc_hot_loops")
    parser.add_argument("--update", action="store_true", help="record what is counted")
    options = parser.parse_args(arguments)
    try:
        record = repository.find_root() / RECORD
        known = read_record(record)
        compiler = compiler_of(options.program)
        counts = {loop: count(options.program, loop) for loop in run([str(options.program), "--list"]).split()}
        if not counts:
            raise CountError(f"{options.program} lists no loops.")
        if options.update:
            known[compiler] = counts
            write(record, json.dumps(known, indent=2, sort_keys=True) + "\n")
    except (CountError, ResultError, repository.RepositoryError) as error:
        print(f"bench-check: {error}", file=sys.stderr)
        return 2
    print(f"instructions, {compiler}")
    lines, status = compare(counts, known.get(compiler, {}))
    print(*lines, sep="\n")
    if compiler not in known:
        print(f"Nothing is recorded for this compiler in {RECORD}; --update records it.", file=sys.stderr)
    return status


if __name__ == "__main__":
    sys.exit(main())
