from __future__ import annotations

from pathlib import Path

import pytest
from conftest import Programs

from tools import test_all as command


def test_it_is_make_test_in_the_root(checkout: Path, programs: Programs, monkeypatch: pytest.MonkeyPatch) -> None:
    programs.add("make")
    monkeypatch.chdir(checkout / "include")
    assert command.main([]) == 0
    assert command.main(["--all", "--jobs", "2", "CXX=clang++"]) == 0
    assert programs.calls() == [f"make -C {checkout} test", f"make -C {checkout} test ALL=1 JOBS=2 CXX=clang++"]


def test_a_failure_has_makes_status(checkout: Path, programs: Programs, capsys: pytest.CaptureFixture[str]) -> None:
    programs.add("make", status=2)
    assert command.main([]) == 2
    assert "make's exit status is 2" in capsys.readouterr().err


def test_a_make_that_a_signal_ends(checkout: Path, programs: Programs, capsys: pytest.CaptureFixture[str]) -> None:
    programs.add("make")
    (programs.folder / "make").write_text("#!/bin/sh\nkill -9 $$\n")
    assert command.main([]) == 128 + 9
    assert "signal 9" in capsys.readouterr().err


def test_without_make_and_outside_of_a_checkout(
    checkout: Path, programs: Programs, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command.main([]) == 2
    assert "make is not installed" in capsys.readouterr().err
    monkeypatch.chdir(checkout.parent)
    assert command.main([]) == 2
    assert "is not in a checkout" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["clean"], ["--jobs", "0"], ["--unknown"], ["=1"]])
def test_wrong_arguments(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as exit:
        command.main(arguments)
    assert exit.value.code == 2
