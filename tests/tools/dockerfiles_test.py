"""The rules that both Dockerfiles keep, by their text; tools/verify_images.sh builds them."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from conftest import PROJECT

from tools import manifests

NAMES = ["Dockerfile", "Dockerfile.source"]


def instructions(name: str) -> list[str]:
    """Each instruction on a line, without comments; a here-document belongs to its RUN."""
    text = (PROJECT / "docker" / name).read_text(encoding="utf-8")
    text = re.sub(r"^ *#.*\n", "", text, flags=re.MULTILINE).replace("\\\n", " ")
    text = re.sub(r"<<'(\w+)'\n(.*?)\n\1\n", lambda found: found[2].replace("\n", " ; ") + "\n", text, flags=re.DOTALL)
    return [re.sub(r"\s+", " ", line).strip() for line in text.splitlines() if line.strip()]


def stages(name: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in instructions(name):
        if line.startswith("FROM "):
            found[line.split(" AS ")[1]] = []
        if found:
            found[list(found)[-1]].append(line)
    return found


@pytest.mark.parametrize("name", NAMES)
def test_poetry_is_the_only_installer_and_pip_its_bootstrap(name: str) -> None:
    lines = instructions(name)
    (bootstrap,) = [line for line in lines if re.search(r"\bpip3? install\b", line)]
    assert len(re.findall(r"\bpip3? install\b", bootstrap)) == 1
    packages = re.findall(r"'(\w+)[^']*'", bootstrap)
    assert packages == ["pip", "setuptools", "wheel", "poetry"]
    for unwanted in ("poetry config", "install.python-poetry.org", "get-pip", "PIP_NO_CACHE_DIR", "--no-cache-dir"):
        assert not any(unwanted in line for line in lines)


@pytest.mark.parametrize("name", NAMES)
def test_a_slim_image_leaves_out_all_groups_that_differ(name: str) -> None:
    own = [key.split(".")[3] for key in manifests.OWN_GROUPS]
    assert any(f"true) without=--without={','.join(own)} ;;" in line for line in instructions(name))


def test_the_images_differ_in_their_bases_and_in_pytorch_alone() -> None:
    binary, source = (stages(name) for name in NAMES)
    assert list(binary) == ["toolchain", "dependencies", "code", "development", "examples", "runtime"]
    for stage in ("code", "development", "runtime"):
        assert binary[stage] == source[stage]
    installs = [
        [line.partition("&& poetry install")[2] for line in found["dependencies"] if "poetry install" in line]
        for found in (binary, source)
    ]
    assert installs[0] == installs[1] != [""]
    assert set(source["dependencies"]) > set(binary["dependencies"]) - {
        "RUN cp pyproject.binary.toml pyproject.toml",
        "ARG SLIM=false",  # of the whole file, where it chooses a stage
    }


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("stage", ["development", "runtime"])
def test_an_image_ends_as_a_user_who_is_not_root(name: str, stage: str) -> None:
    lines = stages(name)[stage]
    assert "ARG UID=1000" in lines + (stages(name)["code"] if stage == "development" else [])
    assert lines[-3:] == ["USER ${UID}:${GID}", 'ENTRYPOINT ["/usr/bin/tini", "--"]', 'CMD ["sleep", "infinity"]']


@pytest.mark.parametrize("name", NAMES)
def test_code_is_copied_after_all_that_does_not_depend_on_it(name: str) -> None:
    found = stages(name)
    for stage in ("toolchain", "dependencies"):
        copied = [line for line in found[stage] if re.match("(COPY|ADD) ", line) and "--from=" not in line]
        assert copied in ([], ["COPY poetry.toml pyproject.binary.toml pyproject.source.toml ./"])
    assert "FROM dependencies AS code" in found["code"]


@pytest.mark.parametrize("name", NAMES)
def test_documentation_is_not_in_the_layers_that_programs_are_built_on(name: str) -> None:
    found = stages(name)
    sources = [line.split()[-2:] for line in found["code"] if line.startswith("COPY ")]
    assert sources == [["LICENSE", "./"], ["cmake", "cmake"], ["include", "include"], ["examples", "examples"]]
    assert "FROM code AS examples" in found["examples"]
    assert not any("cmake " in line for line in found["development"])


def test_poetry_takes_the_images_project_where_there_is_no_other(tmp_path: Path) -> None:
    # The wrapper, with a stand-in for the program behind it.
    real = tmp_path / "poetry"
    real.write_text('#!/bin/sh\necho "$@"\n')
    real.chmod(0o755)
    wrapper = tmp_path / "poetry.sh"
    text = (PROJECT / "docker/poetry.sh").read_text(encoding="utf-8")
    wrapper.write_text(text.replace("/usr/local/bin/poetry", str(real)))
    folder = tmp_path / "a b" / "c"
    folder.mkdir(parents=True)

    def asked() -> str:
        return subprocess.run(
            ["sh", str(wrapper), "run", "x"], cwd=folder, capture_output=True, text=True, check=True
        ).stdout.strip()

    assert asked() == "--project=/opt/spectralmc-python run x"
    (tmp_path / "a b" / "pyproject.toml").touch()
    assert asked() == "run x"
