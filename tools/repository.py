"""The checkout that a tool works on: where it is, which files it has, and commands run in it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path


class RepositoryError(Exception):
    """There is no checkout here, or git cannot tell what is in it."""


def find_root(start: Path | None = None) -> Path:
    """The nearest folder, from `start` (default: the current one) upwards, that holds a checkout of SpectralMC."""
    start = (start or Path.cwd()).resolve()
    for folder in (start, *start.parents):
        if (folder / "include" / "spectralmc").is_dir() and (folder / "CMakeLists.txt").is_file():
            return folder
    raise RepositoryError(
        f"{start} is not in a checkout of SpectralMC: neither it nor a folder above it has CMakeLists.txt and "
        "include/spectralmc."
    )


def git(root: Path, *arguments: str, standard_input: str | None = None, allowed: Sequence[int] = (0,)) -> list[str]:
    """What git prints, split at the NUL characters that its option -z ends names with."""
    try:
        done = subprocess.run(
            ["git", *arguments], cwd=root, input=standard_input, capture_output=True, text=True, check=False
        )
    except FileNotFoundError:
        raise RepositoryError("git is not installed.") from None
    if done.returncode not in allowed:
        raise RepositoryError(f"git {' '.join(arguments)} failed in {root}: {done.stderr.strip()}")
    return [name for name in done.stdout.split("\0") if name]


def source_files(root: Path, patterns: Sequence[str]) -> list[str]:
    """Files that match one of git's patterns, sorted: those versioned, and new ones that git does not ignore."""
    names = git(root, "ls-files", "-z", "-co", "--exclude-standard", "--", *patterns)
    return sorted({name for name in names if (root / name).is_file()})


def search_path() -> str:
    """Where programs are looked for: beside the running Python, then on PATH."""
    return os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])


def find_program(name: str) -> str | None:
    """The program's path: the one beside the running Python, else the first on PATH, else None."""
    return shutil.which(name, path=search_path())
