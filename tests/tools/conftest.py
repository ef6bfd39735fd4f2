"""A checkout of the smallest kind, and programs that only write down how they were called."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]


class Programs:
    """A folder that is all of PATH: git, and stand-ins for what is to be found."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log = folder / "log"
        git = shutil.which("git")
        assert git is not None
        (folder / "git").symlink_to(git)

    def add(self, name: str, status: int = 0) -> None:
        program = self.folder / name
        program.write_text(f'#!/bin/sh\necho {name} "$@" >> {self.log}\nexit {status}\n')
        program.chmod(0o755)

    def calls(self) -> list[str]:
        return self.log.read_text().splitlines() if self.log.exists() else []


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Programs:
    folder = tmp_path / "programs"
    folder.mkdir()
    stand_ins = Programs(folder)
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setattr(sys, "executable", str(folder / "python"))
    return stand_ins


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder: in git, with manifests that are in step and one file for each check.

    Whether this project's own are is asked by hand, with check-code: no test does.
    """
    root = tmp_path / "checkout"
    (root / "include" / "spectralmc").mkdir(parents=True)
    (root / "tests").mkdir()
    (root / "tools").mkdir()
    (root / "CMakeLists.txt").touch()
    (root / "include/spectralmc/a.hpp").write_text("#pragma once\n")
    (root / "tests/a_test.cpp").write_text("int main() {}\n")
    (root / "tools/__init__.py").write_text('"""Nothing."""\n')
    for name in ("pyproject.binary.toml", ".gitignore", ".clang-format"):
        shutil.copyfile(PROJECT / name, root / name)
    shutil.copyfile(root / "pyproject.binary.toml", root / "pyproject.source.toml")
    subprocess.run(["git", "init", "-q"], cwd=root, check=True)
    subprocess.run(["git", "add", "--all"], cwd=root, check=True)
    monkeypatch.chdir(root)
    return root
