"""Checks that nothing that is made from the versioned files is versioned itself, or gets into an image.

  1. .gitignore has every kind of artifact, and no versioned file is one.
  2. .dockerignore keeps all of these, and whatever else git ignores here, out of the build context, and keeps in it
     what the Dockerfiles copy.
  3. With --fresh-clone, to be used on one in which things were built: `git status` shows nothing.
  4. With --docker: Docker itself lists the build context, and it holds what 2. says.

Exit status: 0 if all is well, 1 if not, 2 if there is no checkout, no .dockerignore, no git or no docker. Needs git
and Python alone: `python3 -m tools.verify_artifacts`.
"""

from __future__ import annotations

import argparse
import os
import posixpath
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from tools import repository

# A file of each kind; docs/build-artifacts.md has the same list, with how each is made again.
ARTIFACTS = (
    "poetry.lock",
    "pyproject.toml",
    "opt/pytorch/lib/libtorch.so",
    "opt/spectralmc/include/spectralmc/spectralmc.hpp",
    "build/test/CTestTestfile.cmake",
    "build/venv/bin/cmake",
    "examples/build/CMakeCache.txt",
    "cmake-build-debug/CMakeCache.txt",
    "build.log",
    "docker/logs/compose.log",
    "package-lock.json",
    "docs/package-lock.json",
    "dist/spectralmc_tools-0.0.0-py3-none-any.whl",
    "out/dax_heston/density.csv",
    "spectralmc_tools.egg-info/PKG-INFO",
    "generated/fragment.cpp",
    "compile_commands.json",
    "docker/.env",
    "CMakeUserPresets.json",
    ".venv/bin/python",
    "tools/dist/spectralmc_tools-0.0.0.tar.gz",
    "examples/.venv/bin/python",
    "examples/compile_commands.json",
    "tests/generated/fragment.cpp",
    "tools/__pycache__/audit.cpython-310.pyc",
    "tests/tools/__pycache__/audit_test.cpython-310.opt-1",
    "tools/audit.pyc",
    ".cache/clangd/index",
    ".ccache/ccache.conf",
    ".mypy_cache/CACHEDIR.TAG",
    ".pytest_cache/CACHEDIR.TAG",
    ".ruff_cache/CACHEDIR.TAG",
)

# What git neither versions nor ignores, but an image must not be made from.
HISTORY = ".git/HEAD"

# What the Dockerfiles copy, or a part of it.
NEEDED = (
    "CMakeLists.txt",
    "CMakePresets.json",
    "Makefile",
    "cmake/prerequisites.sh",
    "examples/dax_heston.cpp",
    "include/spectralmc/spectralmc.hpp",
    "poetry.toml",
    "pyproject.binary.toml",
    "pyproject.source.toml",
    "tools/__init__.py",
)


def ignored_by_git(root: Path, names: Iterable[str]) -> set[str]:
    """Those that a .gitignore of the checkout ignores; one that is the user's own does not count."""
    answers = repository.git(
        root,
        *("-c", "core.excludesFile=", "check-ignore", "-z", "-v", "--no-index", "--stdin"),
        standard_input="\0".join(names),
        allowed=(0, 1),  # 1: none
    )
    fields = zip(answers[0::4], answers[2::4], answers[3::4], strict=True)
    return {name for source, pattern, name in fields if source.endswith(".gitignore") and not pattern.startswith("!")}


def translate(pattern: str) -> str:
    """A pattern of .dockerignore as a regular expression: Go's path.Match, and ** for any number of folders."""
    if re.fullmatch(r"\*\*[^/*?\[\\][^*?\[\\]*", pattern):  # Docker takes **.py as any path that ends in .py
        return ".*" + re.escape(pattern[2:])
    expression = ""
    at = 0
    while at < len(pattern):
        character = pattern[at]
        at += 1
        if character == "*" and pattern.startswith("*", at):
            at += 2 if pattern.startswith("/", at + 1) else 1
            expression += ".*" if at >= len(pattern) else "(?:.*/)?"
        elif character == "*":
            expression += "[^/]*"
        elif character == "?":
            expression += "[^/]"
        elif character == "\\" and at < len(pattern):
            expression += re.escape(pattern[at])
            at += 1
        elif character in "[]-^":  # a class of characters is written in both alike
            expression += character
        else:
            expression += re.escape(character)
    return expression


class BuildContext:
    """Which files Docker takes into a build context, by the text of a .dockerignore.

    As Docker reads it: patterns are of paths from the root of the context, what is in a folder that one matches is
    matched too, and the last pattern that matches decides, where `!` takes back in.
    """

    def __init__(self, text: str) -> None:
        self.rules: list[tuple[bool, re.Pattern[str]]] = []
        for line in text.removeprefix("\ufeff").splitlines():
            pattern = line.strip()
            if line.startswith("#") or not pattern:
                continue
            leaves_out = not pattern.startswith("!")
            pattern = posixpath.normpath(pattern.removeprefix("!").strip()).lstrip("/")
            self.rules.append((leaves_out, re.compile(translate(pattern))))

    def has(self, name: str) -> bool:
        parts = name.split("/")
        folders = ["/".join(parts[:count]) for count in range(1, len(parts) + 1)]
        left_out = False
        for leaves_out, expression in self.rules:
            if leaves_out != left_out and any(expression.fullmatch(folder) for folder in folders):
                left_out = leaves_out
        return not left_out


def problems_of_git(root: Path, fresh_clone: bool) -> list[str]:
    ignored = ignored_by_git(root, ARTIFACTS)
    problems = [f".gitignore does not have {name}" for name in ARTIFACTS if name not in ignored]
    versioned = repository.git(root, "ls-files", "-z", "-ci", "--exclude-per-directory=.gitignore")
    problems += [f"{name} is versioned, and .gitignore has it" for name in versioned]
    if fresh_clone:
        status = repository.git(root, "status", "--porcelain", "-z", "--untracked-files=all")
        problems += [f"git status shows: {line}" for line in status]
    return problems


def problems_of_context(root: Path) -> list[str]:
    context = BuildContext((root / ".dockerignore").read_text(encoding="utf-8"))
    present = repository.git(root, "ls-files", "-z", "-oi", "--exclude-per-directory=.gitignore")
    names = dict.fromkeys([*ARTIFACTS, HISTORY, *present])  # in this order, each once
    problems = [f".dockerignore lets {name} into the build context" for name in names if context.has(name)]
    problems += [f".dockerignore keeps {name} out of the build context" for name in NEEDED if not context.has(name)]
    return problems


def problems_of_docker(root: Path, docker: str) -> list[str]:
    """Builds an image of the context alone, in which there is one file of each kind, and looks what is in it."""
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "source", Path(folder) / "target"
        for name in (*ARTIFACTS, HISTORY, *NEEDED):
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            (source / name).touch()
        (source / ".dockerignore").write_bytes((root / ".dockerignore").read_bytes())
        done = subprocess.run(
            [docker, "build", "--quiet", "--output", str(target), "--file", "-", str(source)],
            input="FROM scratch\nCOPY . /\n",
            env=os.environ | {"DOCKER_BUILDKIT": "1"},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            return [f"docker build failed: {done.stderr.strip()}"]
        problems = [
            f"Docker takes {name} into the build context" for name in (*ARTIFACTS, HISTORY) if (target / name).exists()
        ]
        problems += [f"Docker keeps {name} out of the build context" for name in NEEDED if not (target / name).exists()]
        return problems


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="verify_artifacts", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--fresh-clone", action="store_true", help="git status must show nothing")
    parser.add_argument("--docker", action="store_true", help="have Docker list the build context")
    options = parser.parse_args(arguments)
    try:
        root = repository.find_root()
        problems = problems_of_git(root, options.fresh_clone) + problems_of_context(root)
        if options.docker:
            docker = repository.find_program("docker")
            if docker is None:
                raise repository.RepositoryError("docker is not installed, which --docker needs.")
            problems += problems_of_docker(root, docker)
    except (OSError, re.error, repository.RepositoryError) as error:
        print(f"verify_artifacts: {error}", file=sys.stderr)
        return 2
    for problem in problems:
        print(problem)
    if not problems:
        print(f"{len(ARTIFACTS)} artifacts, one of each kind at least: none versioned, none in the build context.")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
