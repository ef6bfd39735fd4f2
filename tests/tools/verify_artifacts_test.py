from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from conftest import PROJECT, Programs

from tools import verify_artifacts
from tools.verify_artifacts import ARTIFACTS, HISTORY, NEEDED, BuildContext

# By the rules of Docker's documentation of .dockerignore.
IGNORE = """# a comment
*/temp*
*/*/temp*
temp?
/rooted/
**/*.pyc
**.pyo
**/cache/
a/**/z
*.md
!README.md
docs
!docs/keep
x[0-9].txt
\\#hash
"""


@pytest.mark.parametrize(
    "name, is_in",
    [
        ("temp", True),
        ("tempa", False),
        ("tempab", True),
        ("some/temporary.txt", False),
        ("some/temporary/file", False),
        ("some/sub/temporary.txt", False),
        ("some/sub/sub/temporary.txt", True),
        ("rooted/file", False),
        ("sub/rooted/file", True),
        ("a.pyc", False),
        ("sub/sub/a.pyc", False),
        ("apyc", True),
        ("a.pyo", False),
        ("sub/a.pyo", False),
        ("cache/file", False),
        ("sub/cache/file", False),
        ("a/z", False),
        ("a/b/c/z", False),
        ("b/a/z", True),
        ("CHANGES.md", False),
        ("README.md", True),
        ("sub/CHANGES.md", True),
        ("docs/file", False),
        ("docs/keep", True),
        ("docs/keep/file", True),
        ("x1.txt", False),
        ("xa.txt", True),
        ("#hash", False),
        ("# a comment", True),
    ],
)
def test_dockerignore_is_read_as_docker_reads_it(name: str, is_in: bool) -> None:
    assert BuildContext(IGNORE).has(name) == is_in


def test_all_out_but() -> None:
    context = BuildContext("*\n!include\n!tools/*.py\n**/__pycache__\n")
    assert context.has("include/spectralmc/spectralmc.hpp") and context.has("tools/audit.py")
    assert not context.has("build/a") and not context.has("tools/a.txt") and not context.has("tools/__pycache__/a.pyc")


@pytest.fixture
def complete(checkout: Path) -> Path:
    for name in NEEDED:
        (checkout / name).parent.mkdir(parents=True, exist_ok=True)
        (checkout / name).touch()
    (checkout / ".dockerignore").write_text("*\n" + "".join(f"!{name}\n" for name in NEEDED))
    subprocess.run(["git", "add", "--all"], cwd=checkout, check=True)
    return checkout


def test_all_is_well(complete: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert verify_artifacts.main([]) == 0
    assert "none versioned" in capsys.readouterr().out


def test_each_kind_that_gitignore_lacks_is_named(complete: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (complete / ".gitignore").write_text("")
    assert verify_artifacts.main([]) == 1
    assert capsys.readouterr().out.splitlines() == [f".gitignore does not have {name}" for name in ARTIFACTS]


def test_the_users_own_ignored_files_do_not_count(complete: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ignore = complete / ".gitignore"
    ignore.write_text(ignore.read_text().replace("*.lock", ""))
    (complete / ".git/info/exclude").write_text("*.lock\n")
    assert verify_artifacts.main([]) == 1
    assert capsys.readouterr().out == ".gitignore does not have poetry.lock\n"


def test_a_versioned_artifact_is_named(complete: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (complete / "poetry.lock").touch()
    subprocess.run(["git", "add", "--force", "poetry.lock"], cwd=complete, check=True)
    assert verify_artifacts.main([]) == 1
    assert capsys.readouterr().out == "poetry.lock is versioned, and .gitignore has it\n"


def test_each_kind_that_dockerignore_lacks_is_named(complete: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (complete / ".dockerignore").write_text("# nothing\n")
    (complete / "build").mkdir()
    (complete / "build/present").touch()
    assert verify_artifacts.main([]) == 1
    names = [*ARTIFACTS, HISTORY, "build/present"]
    assert capsys.readouterr().out.splitlines() == [
        f".dockerignore lets {name} into the build context" for name in names
    ]


def test_what_the_dockerfiles_copy_must_stay(complete: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with (complete / ".dockerignore").open("a") as file:
        file.write("pyproject*\n")
    assert verify_artifacts.main([]) == 1
    assert capsys.readouterr().out.splitlines() == [
        ".dockerignore keeps pyproject.binary.toml out of the build context",
        ".dockerignore keeps pyproject.source.toml out of the build context",
    ]


def test_a_fresh_clone_must_stay_clean(complete: Path, capsys: pytest.CaptureFixture[str]) -> None:
    identity = ("-c", "user.name=a", "-c", "user.email=a@b.example")
    subprocess.run(["git", *identity, "commit", "-q", "-m", "a"], cwd=complete, check=True)
    (complete / "build").mkdir()
    (complete / "build/file").touch()
    assert verify_artifacts.main(["--fresh-clone"]) == 0
    capsys.readouterr()
    (complete / "left over").touch()
    assert verify_artifacts.main([]) == 0
    capsys.readouterr()
    assert verify_artifacts.main(["--fresh-clone"]) == 1
    assert capsys.readouterr().out == "git status shows: ?? left over\n"


def test_docker_that_fails_and_docker_that_takes_nothing(
    complete: Path, programs: Programs, capsys: pytest.CaptureFixture[str]
) -> None:
    programs.add("docker", status=1)
    assert verify_artifacts.main(["--docker"]) == 1
    assert capsys.readouterr().out.startswith("docker build failed")
    programs.add("docker")
    assert verify_artifacts.main(["--docker"]) == 1
    lines = [f"Docker keeps {name} out of the build context" for name in NEEDED]
    assert capsys.readouterr().out.splitlines() == lines


def test_status_2(complete: Path, programs: Programs, capsys: pytest.CaptureFixture[str]) -> None:
    assert verify_artifacts.main(["--docker"]) == 2
    assert "docker is not installed" in capsys.readouterr().err
    (complete / ".dockerignore").unlink()
    assert verify_artifacts.main([]) == 2
    assert ".dockerignore" in capsys.readouterr().err


def test_this_project(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    if not (PROJECT / ".git").exists():
        pytest.skip("this copy of the project is not in git")
    monkeypatch.chdir(PROJECT)
    status = verify_artifacts.main([])
    assert status == 0, capsys.readouterr()


def test_what_is_needed_is_there() -> None:
    assert [name for name in NEEDED if not (PROJECT / name).is_file()] == []


@pytest.mark.parametrize("name", [".gitignore", ".dockerignore"])
def test_no_line_is_needless_or_goes_unnoticed(
    name: str, checkout: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for other in (".gitignore", ".dockerignore"):
        (checkout / other).write_bytes((PROJECT / other).read_bytes())
    lines = (PROJECT / name).read_text(encoding="utf-8").splitlines()
    assert verify_artifacts.main([]) == 0, capsys.readouterr()
    for number, line in enumerate(lines):
        if line and not line.startswith("#"):
            (checkout / name).write_text("\n".join(lines[:number] + lines[number + 1 :]))
            assert verify_artifacts.main([]) == 1, line
