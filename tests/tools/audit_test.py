from __future__ import annotations

import json
from pathlib import Path

import pytest

from tools import audit

SOUND = {"name": "sound", "version": "1.0", "vulns": []}
BAD = {
    "name": "bad",
    "version": "2.0",
    "vulns": [{"id": "PYSEC-1", "aliases": ["CVE-1"], "fix_versions": ["2.1", "3.0"], "description": "bad"}],
}
UNFIXED = {"name": "unfixed", "version": "3.0", "vulns": [{"id": "PYSEC-2", "aliases": [], "fix_versions": []}]}
LEFT = {"name": "torch", "skip_reason": "Dependency not found on PyPI"}


class Index:
    """A stand-in for pip-audit, which writes down its arguments and prints what it is told to."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "pip_audit.py").write_text(
            "import pathlib, sys\n"
            "folder = pathlib.Path(__file__).parent\n"
            "(folder / 'arguments').write_text(' '.join(sys.argv[1:]))\n"
            "sys.stdout.write((folder / 'output').read_text())\n"
            "sys.exit(1)\n"
        )

    def answers(self, *packages: object) -> None:
        (self.folder / "output").write_text(json.dumps({"dependencies": packages, "fixes": []}))


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Index:
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.syspath_prepend(str(tmp_path))
    return Index(tmp_path)


def test_nothing_known(index: Index, capsys: pytest.CaptureFixture[str]) -> None:
    index.answers(SOUND, LEFT)
    assert audit.main([]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "Not audited, unknown to the index: torch",
        "Packages audited: 1; with known vulnerabilities: 0.",
    ]


def test_each_vulnerability_is_named(index: Index, capsys: pytest.CaptureFixture[str]) -> None:
    index.answers(SOUND, BAD, UNFIXED)
    assert audit.main([]) == 1
    assert capsys.readouterr().out.splitlines() == [
        "bad 2.0: PYSEC-1, CVE-1; fixed in 2.1, 3.0",
        "unfixed 3.0: PYSEC-2; fixed in no version",
        "Packages audited: 3; with known vulnerabilities: 2.",
    ]


def test_an_index_that_knows_nothing_is_no_good_news(index: Index, capsys: pytest.CaptureFixture[str]) -> None:
    index.answers(LEFT)
    assert audit.main([]) == 2
    assert "the index knew none of the packages" in capsys.readouterr().err


@pytest.mark.parametrize("output", ["", "not JSON\n", "[]", "{}"])
def test_pip_audit_fails(index: Index, output: str, capsys: pytest.CaptureFixture[str]) -> None:
    (index.folder / "output").write_text(output)
    assert audit.main([]) == 2
    printed = capsys.readouterr()
    assert printed.err == f"{output}audit: pip-audit failed with exit status 1.\n" and not printed.out


def test_arguments_are_passed_on(index: Index) -> None:
    index.answers(SOUND)
    assert audit.main(["--ignore-vuln", "PYSEC-1", "--local"]) == 0
    arguments = (index.folder / "arguments").read_text()
    assert arguments == "--progress-spinner off --ignore-vuln PYSEC-1 --local --format json"


def test_without_pip_audit(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert audit.main([]) == 2
    assert "pip-audit is not installed" in capsys.readouterr().err


def test_help(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit:
        audit.main(["--help"])
    assert exit.value.code == 0
    assert "Exit status" in capsys.readouterr().out
