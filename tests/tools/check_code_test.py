from __future__ import annotations

import re
from pathlib import Path

import pytest
from conftest import PROJECT, Programs

from tools import check_code

TOOLS = ("ruff", "black", "mypy", "clang-format", "clang-tidy", "clang++", "cmake", "ninja")


def summary(printed: str) -> dict[str, str]:
    return dict(re.findall(r"^  (\S+) +(.+)$", printed.partition("== summary\n")[2], re.MULTILINE))


@pytest.fixture
def tools(programs: Programs) -> Programs:
    for name in TOOLS:
        programs.add(name)
    return programs


def test_all_passed(checkout: Path, tools: Programs, capsys: pytest.CaptureFixture[str]) -> None:
    assert check_code.main([]) == 0
    assert summary(capsys.readouterr().out) == dict.fromkeys(check_code.CHECKS, "passed")
    calls = tools.calls()
    assert [call.split()[0] for call in calls] == ["ruff", "black", "mypy", "clang-format", "cmake", "clang-tidy"]
    assert calls[0].startswith("ruff check --config /") and calls[0].endswith("/pyproject.toml -- tools/__init__.py")
    assert calls[1].endswith("/pyproject.toml --check -- tools/__init__.py")
    assert calls[2].endswith("/pyproject.toml -- tools/__init__.py")
    assert calls[3] == "clang-format --dry-run --Werror include/spectralmc/a.hpp tests/a_test.cpp"
    assert calls[5] == "clang-tidy --quiet -p build/tidy tests/a_test.cpp"


def test_only_fix_has_files_rewritten(checkout: Path, tools: Programs) -> None:
    check_code.main([])
    assert not any(" --fix" in call or " -i" in call for call in tools.calls())
    tools.log.unlink()
    assert check_code.main(["--fix"]) == 0
    calls = tools.calls()
    assert " --fix " in calls[0] and "--check" not in calls[1] and calls[3].startswith("clang-format -i include")


@pytest.mark.parametrize("name", ["ruff", "black", "mypy", "clang-format", "clang-tidy", "cmake"])
def test_one_that_fails_is_reported_and_the_others_run(
    name: str, checkout: Path, tools: Programs, capsys: pytest.CaptureFixture[str]
) -> None:
    tools.add(name, status=1)
    assert check_code.main([]) == 1
    check = "clang-tidy" if name == "cmake" else name
    assert summary(capsys.readouterr().out) == dict.fromkeys(check_code.CHECKS, "passed") | {check: "failed"}


@pytest.mark.parametrize("name", ["ruff", "black", "mypy", "clang-format", "clang-tidy"])
def test_one_that_is_not_installed_fails_unless_it_is_skipped(
    name: str, checkout: Path, tools: Programs, capsys: pytest.CaptureFixture[str]
) -> None:
    (tools.folder / name).unlink()
    assert check_code.main([]) == 1
    outcomes = summary(capsys.readouterr().out)
    assert outcomes.pop(name) == f"not installed: {name} (to do without: --skip {name})"
    assert set(outcomes.values()) == {"passed"}
    assert check_code.main(["--skip", name]) == 0
    assert summary(capsys.readouterr().out)[name] == "left out"


def test_manifests_in_step_out_of_step_missing_and_not_toml(
    checkout: Path, programs: Programs, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--only", "manifests"]
    assert check_code.main(arguments) == 0
    source = checkout / "pyproject.source.toml"
    text = source.read_text()
    source.write_text(text.replace("strict = true", "strict = false"))
    assert check_code.main(arguments) == 1
    assert "- tool.mypy.strict = true\n+ tool.mypy.strict = false\n" in capsys.readouterr().out
    source.write_text(text.replace("[tool.mypy]", "[tool.mypy"))
    assert check_code.main(arguments) == 2
    assert "pyproject.source.toml is not TOML" in capsys.readouterr().err
    source.unlink()
    assert check_code.main(arguments) == 2
    assert "pyproject.source.toml is missing" in capsys.readouterr().err
    assert programs.calls() == []


def test_nothing_runs_where_a_manifest_is_missing(checkout: Path, tools: Programs) -> None:
    (checkout / "pyproject.binary.toml").unlink()
    assert check_code.main([]) == 2
    assert tools.calls() == []


def test_out_of_step_the_others_run_nevertheless(checkout: Path, tools: Programs) -> None:
    source = checkout / "pyproject.source.toml"
    source.write_text(source.read_text().replace("strict = true", "strict = false"))
    assert check_code.main([]) == 1
    assert len(tools.calls()) == 6


def test_paths_narrow_what_is_checked(
    checkout: Path, tools: Programs, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(checkout / "include")
    assert check_code.main(["."]) == 0
    assert tools.calls() == ["clang-format --dry-run --Werror include/spectralmc/a.hpp"]
    outcomes = summary(capsys.readouterr().out)
    assert [name for name, outcome in outcomes.items() if outcome == "no files"] == [
        "ruff",
        "black",
        "mypy",
        "clang-tidy",
    ]


def test_new_files_are_checked_and_ignored_or_removed_ones_are_not(checkout: Path, tools: Programs) -> None:
    (checkout / "tools" / "a b.py").touch()
    (checkout / "build").mkdir()
    (checkout / "build" / "c.py").touch()
    (checkout / "tools" / "__init__.py").unlink()
    assert check_code.main(["--only", "ruff"]) == 0
    assert tools.calls()[0].endswith(" -- tools/a b.py")


def test_a_path_that_does_not_exist_or_lies_outside_is_no_success(
    checkout: Path, tools: Programs, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert check_code.main(["tolls"]) == 2
    assert "there is no file or folder tolls" in capsys.readouterr().err
    assert check_code.main([str(tmp_path)]) == 2
    assert f"{tmp_path} is not in {checkout}" in capsys.readouterr().err
    assert tools.calls() == []


def test_the_checkout_may_be_reached_by_a_link(checkout: Path, tools: Programs, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(checkout)
    assert check_code.main(["--only", "ruff", str(tmp_path / "link" / "tools")]) == 0
    assert tools.calls()[0].endswith(" -- tools/__init__.py")


def test_the_whole_checkout_and_a_part_are_the_whole(checkout: Path, tools: Programs) -> None:
    assert check_code.main(["--only", "clang-format", ".", "tests"]) == 0
    assert tools.calls() == ["clang-format --dry-run --Werror include/spectralmc/a.hpp tests/a_test.cpp"]


def test_programs_beside_python_need_not_be_on_path(
    checkout: Path, tools: Programs, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "git").mkdir()
    (tools.folder / "git").rename(tmp_path / "git" / "git")
    monkeypatch.setenv("PATH", str(tmp_path / "git"))
    assert check_code.main(["--skip", "manifests"]) == 0
    assert len(tools.calls()) == 6


@pytest.mark.parametrize(
    "arguments", [["--only", "pylint"], ["--jobs", "0"], ["--unknown"], ["--only", "ruff", "--skip", "ruff"]]
)
def test_wrong_arguments(arguments: list[str], checkout: Path) -> None:
    with pytest.raises(SystemExit) as exit:
        check_code.main(arguments)
    assert exit.value.code == 2


def test_outside_of_a_checkout(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert check_code.main([]) == 2
    assert "is not in a checkout of SpectralMC" in capsys.readouterr().err


@pytest.mark.parametrize(
    "check, file, bad, good",
    [
        (
            "ruff",
            "tools/bad.py",
            "import sys\nimport os\n\nprint(os, sys)\n",
            "import os\nimport sys\n\nprint(os, sys)\n",
        ),
        ("black", "tools/bad.py", "print( 'a' )\n", 'print("a")\n'),
        ("mypy", "tools/bad.py", "def f(a): return a\n", None),
        ("clang-format", "tests/bad.cpp", "int main( ){ }\n", "int main() {}\n"),
    ],
)
def test_the_real_tools_by_the_projects_settings(
    check: str, file: str, bad: str, good: str | None, checkout: Path
) -> None:
    if check_code.repository.find_program(check) is None:
        pytest.skip(f"{check} is not installed")
    path = checkout / file
    path.write_text(bad)
    assert check_code.main(["--only", check]) == 1
    assert path.read_text() == bad
    assert check_code.main(["--only", check, "--fix"]) == (0 if good else 1)
    assert path.read_text() == (good or bad)


def test_the_files_are_those_of_the_makefile() -> None:
    makefile = (PROJECT / "Makefile").read_text(encoding="utf-8")
    for patterns in (check_code.FORMATTED, check_code.TIDIED):
        assert " ".join(f"'{pattern}'" for pattern in patterns) in makefile
    assert f"-DCMAKE_CXX_COMPILER=clang++ -B {check_code.TIDY_TREE}\n" in makefile
