from __future__ import annotations

from pathlib import Path

import pytest

from tools import audit


@pytest.fixture
def pip_audit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A stand-in for pip-audit, which writes down its arguments and exits with 1; the file that it writes."""
    log = tmp_path / "log"
    package = tmp_path / "pip_audit.py"
    package.write_text(f"import sys\nopen({str(log)!r}, 'w').write(repr(sys.argv[1:]))\nsys.exit(1)\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.syspath_prepend(str(tmp_path))
    return log


@pytest.mark.parametrize(
    "arguments, passed_on",
    [([], []), (["--desc", "--format", "json"], ["--desc", "--format", "json"]), (["--", "--help"], ["--help"])],
)
def test_arguments_and_status_are_pip_audits(pip_audit: Path, arguments: list[str], passed_on: list[str]) -> None:
    assert audit.main(arguments) == 1
    assert pip_audit.read_text() == repr(passed_on)


def test_without_pip_audit(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert audit.main([]) == 2
    assert "pip-audit is not installed" in capsys.readouterr().err


def test_help(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit:
        audit.main(["--help"])
    assert exit.value.code == 0
    assert "audit -- --help" in capsys.readouterr().out
