"""More instructions than recorded fail; the program and valgrind are stand-ins that say what they are told to."""

from __future__ import annotations

import json
import os
import platform
from pathlib import Path

import pytest

from tools import bench_check

COMPILER = f"g++ 99.1.0, {platform.machine()}"


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Has two loops; what is counted for them is in the files of their names."""
    (tmp_path / "include" / "spectralmc").mkdir(parents=True)
    (tmp_path / "bench").mkdir()
    (tmp_path / "CMakeLists.txt").touch()
    commands = tmp_path / "commands"
    commands.mkdir()
    for name, text in {
        "loops": "#!/bin/sh\n# GCC: (Some distribution 99.1.0-1) 99.1.0\nprintf 'first\\nsecond\\n'\n",
        "valgrind": f'#!/bin/sh\nfor loop; do :; done\necho "Collected : $(cat {tmp_path}/$loop)" >&2\n',
    }.items():
        (commands / name).write_text(text)
        (commands / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{commands}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.chdir(tmp_path)
    counted(tmp_path, 1000, 2000)
    return commands / "loops"


def counted(folder: Path, first: int, second: int) -> None:
    (folder / "first").write_text(str(first))
    (folder / "second").write_text(str(second))


@pytest.mark.parametrize(
    ("first", "second", "status"),
    [(1000, 2000, 0), (1030, 2060, 0), (1031, 2000, 1), (1000, 2061, 1), (900, 1000, 0), (900, 3000, 1)],
)
def test_three_percent_more_are_allowed(program: Path, tmp_path: Path, first: int, second: int, status: int) -> None:
    assert bench_check.main([str(program), "--update"]) == 0
    counted(tmp_path, first, second)
    assert bench_check.main([str(program)]) == status


def test_what_is_recorded(program: Path, tmp_path: Path) -> None:
    record = tmp_path / bench_check.RECORD
    record.write_text(json.dumps({"another compiler": {"first": 1}}))
    assert bench_check.main([str(program), "--update"]) == 0
    assert json.loads(record.read_text()) == {
        "another compiler": {"first": 1},
        COMPILER: {"first": 1000, "second": 2000},
    }


def test_without_a_record_nothing_passes(program: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert bench_check.main([str(program)]) == 2
    assert "Nothing is recorded for this compiler" in capsys.readouterr().err
    (tmp_path / bench_check.RECORD).write_text(json.dumps({COMPILER: {"first": 1000}}))
    assert bench_check.main([str(program)]) == 2
    counted(tmp_path, 2000, 2000)
    assert bench_check.main([str(program)]) == 1


def test_failures_are_reported(program: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    counted(tmp_path, 0, 1)
    assert bench_check.main([str(program)]) == 2
    assert "counted nothing in count_first" in capsys.readouterr().err
    assert bench_check.main([str(tmp_path / "missing")]) == 2
    assert "missing" in capsys.readouterr().err
    counted(tmp_path, 1, 1)
    program.write_text("#!/bin/sh\n# GCC: (A 1) 9.1.0\n")
    assert bench_check.main([str(program)]) == 2
    assert "lists no loops" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("nonsense", "is not JSON"),
        ("\x00", "is not JSON"),
        ("[]", "is [], not an object"),
        ('{"a": []}', "a is [], not an object"),
        ('{"a": {"b": 0}}', "a: b is 0, not a whole number"),
        ('{"a": {"b": "many"}}', "a: b is 'many', not a whole number"),
    ],
)
def test_broken_records(
    program: Path, tmp_path: Path, content: str, reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / bench_check.RECORD).write_text(content)
    for arguments in ([str(program)], [str(program), "--update"]):
        assert bench_check.main(arguments) == 2
        told = capsys.readouterr().err
        assert bench_check.RECORD in told and reason in told


def test_a_record_that_cannot_be_written(program: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / bench_check.RECORD).mkdir()
    assert bench_check.main([str(program), "--update"]) == 2
    assert "cannot be written" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("written", "compiler"),
    [
        (b"GCC: (Debian 12.2.0-14) 12.2.0\0Debian clang version 14.0.6\0", "clang++ 14.0.6"),
        (b"Debian clang version 14.0.6\0GCC: (Debian 12.2.0-14) 12.2.0\0", "clang++ 14.0.6"),
        (b"GCC: (Debian 12.2.0-14) 12.2.0\0", "g++ 12.2.0"),
    ],
)
def test_crt1_does_not_say_what_compiled_the_program(tmp_path: Path, written: bytes, compiler: str) -> None:
    (tmp_path / "program").write_bytes(b"\x7fELF" + written)
    assert bench_check.compiler_of(tmp_path / "program") == f"{compiler}, {platform.machine()}"
