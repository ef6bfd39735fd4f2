"""Checks the manifests, the Python and the C++ sources. Rewrites nothing unless told to with --fix.

Exit status: 0 if everything passed, 1 if something failed or is not installed, 2 if a manifest is missing or not TOML
or the arguments are wrong. `--only manifests` compares the manifests alone: 0 in step, 1 out of step, 2 as above.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tools import manifests, repository

# As in `make format` and `make tidy`.
FORMATTED = ("*.hpp", "*.cuh", "*.cpp", "*.cu")
TIDIED = ("tests/*_test.cpp", "examples/*.cpp")
TIDY_TREE = "build/tidy"
# What a check needs besides the program of its own name.
PROGRAMS = {"clang-tidy": ("clang-tidy", "clang++", "cmake", "ninja")}

CHECKS = {
    "manifests": f"{manifests.BINARY} and {manifests.SOURCE} are in step",
    "ruff": "all Python is free of what ruff finds",
    "black": "all Python is formatted",
    "mypy": "the types in tools/ are right",
    "clang-format": "all C++ and CUDA is formatted",
    "clang-tidy": f"clang-tidy finds nothing in the headers, tests and examples (minutes; configures {TIDY_TREE})",
}


class CodeCheck:
    """One run over one checkout. Each check returns what the summary says of it."""

    def __init__(self, root: Path, paths: Sequence[str], fix: bool, jobs: int, settings: Path) -> None:
        self.root = root
        self.paths = paths
        self.fix = fix
        self.jobs = jobs
        # The tools know their part of a manifest by the name pyproject.toml alone, so that this is a copy of one.
        self.settings = str(settings)

    def files(self, *patterns: str) -> list[str]:
        found = repository.source_files(self.root, patterns)
        if not self.paths:
            return found
        return [name for name in found if any(name == path or name.startswith(path + "/") for path in self.paths)]

    def check(self, name: str) -> str:
        missing = [program for program in PROGRAMS.get(name, (name,)) if repository.find_program(program) is None]
        if missing:
            return f"not installed: {', '.join(missing)} (to do without: --skip {name})"
        found, good = getattr(self, name.replace("-", "_"))()
        return "no files" if not found else "passed" if good else "failed"

    def ruff(self) -> tuple[list[str], bool]:
        files = self.files("*.py")
        fix = ["--fix"] if self.fix else []
        return files, not files or self.run("ruff", "check", "--config", self.settings, *fix, "--", *files)

    def black(self) -> tuple[list[str], bool]:
        files = self.files("*.py")
        check = [] if self.fix else ["--check"]
        return files, not files or self.run("black", "--config", self.settings, *check, "--", *files)

    def mypy(self) -> tuple[list[str], bool]:
        files = self.files("tools/*.py")
        return files, not files or self.run("mypy", "--config-file", self.settings, "--", *files)

    def clang_format(self) -> tuple[list[str], bool]:
        files = self.files(*FORMATTED)
        mode = ["-i"] if self.fix else ["--dry-run", "--Werror"]
        return files, not files or self.run("clang-format", *mode, *files)

    def clang_tidy(self) -> tuple[list[str], bool]:
        files = self.files(*TIDIED)
        if not files:
            return files, True
        configure = ["--preset", "debug", "-DCMAKE_CXX_COMPILER=clang++", "-B", TIDY_TREE]
        done = subprocess.run(
            [self.program("cmake"), *configure],
            cwd=self.root,
            env=os.environ | {"PATH": repository.search_path()},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            print(done.stdout, done.stderr, sep="", end="")
            return files, False

        clang_tidy = self.program("clang-tidy")

        def tidy(file: str) -> bool:
            one = subprocess.run(
                [clang_tidy, "--quiet", "-p", TIDY_TREE, file],
                cwd=self.root,
                capture_output=True,
                text=True,
                check=False,
            )
            if one.returncode != 0:
                print(f"{file}:\n{one.stdout}{one.stderr}", end="", flush=True)
            return one.returncode == 0

        with ThreadPoolExecutor(self.jobs) as pool:
            return files, all(list(pool.map(tidy, files)))

    def program(self, name: str) -> str:
        found = repository.find_program(name)
        assert found is not None  # check() has looked
        return found

    def run(self, name: str, *arguments: str) -> bool:
        sys.stdout.flush()
        return subprocess.run([self.program(name), *arguments], cwd=self.root, check=False).returncode == 0


def compare_manifests(root: Path) -> list[str]:
    """What differs, as lines. Throws ManifestError."""
    return manifests.differences(manifests.read(root / manifests.BINARY), manifests.read(root / manifests.SOURCE))


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    described = "\n".join(f"  {name:<13} {what}" for name, what in CHECKS.items())
    parser = argparse.ArgumentParser(
        prog="check-code",
        description=f"{__doc__}\nThe checks:\n{described}\n",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("paths", nargs="*", help="files and folders to keep to (default: the whole checkout)")
    parser.add_argument("--fix", action="store_true", help="let ruff, black and clang-format rewrite files")
    parser.add_argument("--only", action="append", choices=CHECKS, metavar="NAME", help="do this check (repeatable)")
    parser.add_argument("--skip", action="append", choices=CHECKS, metavar="NAME", help="do all but this (repeatable)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes of clang-tidy at once")
    options = parser.parse_args(arguments)
    if options.jobs < 1:
        parser.error(f"argument --jobs: {options.jobs} is less than 1")
    options.chosen = [name for name in CHECKS if name in (options.only or CHECKS) and name not in (options.skip or ())]
    if not options.chosen:
        parser.error("--only and --skip leave no check")
    return options


def within(root: Path, path: str) -> str:
    """A file or folder as git names it, from the root. Throws RepositoryError where there is none in the checkout."""
    if not Path(path).exists():
        raise repository.RepositoryError(f"there is no file or folder {path}.")
    resolved = Path(path).resolve()
    if not resolved.is_relative_to(root):
        raise repository.RepositoryError(f"{path} is not in {root}.")
    return resolved.relative_to(root).as_posix()


def main(arguments: Sequence[str] | None = None) -> int:
    options = parse(arguments)
    try:
        root = repository.find_root()
        paths = [within(root, path) for path in options.paths]
        lines = compare_manifests(root)
        with tempfile.TemporaryDirectory() as folder:
            settings = Path(folder) / "pyproject.toml"
            shutil.copyfile(root / manifests.BINARY, settings)
            code = CodeCheck(root, [] if "." in paths else paths, options.fix, options.jobs, settings)
            summary = {}
            for name in options.chosen:
                print(f"== {name}: {CHECKS[name]}")
                if name == "manifests":
                    print(*lines, sep="\n", end="\n" if lines else "")
                    summary[name] = "failed: out of step" if lines else "passed"
                else:
                    summary[name] = code.check(name)
    except (manifests.ManifestError, repository.RepositoryError) as error:
        print(f"check-code: {error}", file=sys.stderr)
        return 2
    print("== summary")
    for name in CHECKS:
        print(f"  {name:<13} {summary.get(name, 'left out')}")
    return 0 if all(outcome in ("passed", "no files") for outcome in summary.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
