"""What build.sh, build.ps1, docker/compose.sh and the Makefile ask of Docker, seen by a docker that writes it down."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

STUB = f"""#!{sys.executable}
import json, os, sys
arguments = sys.argv[1:]
with open(os.environ["STUB_LOG"], "a") as log:
    names = ("BUILD_FROM_SOURCE", "DOCKER_BUILDKIT", "COMPOSE_DOCKER_CLI_BUILD", "SPECTRALMC_UID", "SPECTRALMC_GID")
    log.write(json.dumps([arguments, {{name: os.environ.get(name) for name in names}}]) + "\\n")
if arguments[0] == "version":
    version = os.environ.get("STUB_VERSION", "27.3.1")
    print(version)
    sys.exit(0 if version else 1)
if arguments[0] == "info":
    print(os.environ.get("STUB_RUNTIMES", '{{"nvidia":{{}},"runc":{{}}}}'))
if arguments[:2] == ["compose", "version"]:
    print(os.environ.get("STUB_COMPOSE_VERSION", "2.26.1"))
    sys.exit(int(os.environ.get("STUB_COMPOSE", "0")))
if os.environ.get("STUB_FAILS", "-") in arguments:
    sys.exit(17)
"""

SETTINGS = ("BUILD_FROM_SOURCE", "SLIM", "SPECTRALMC_GPU", "SPECTRALMC_UID", "SPECTRALMC_GID")

SCRIPTS = [
    pytest.param("sh", id="build.sh"),
    pytest.param(
        "pwsh",
        id="build.ps1",
        marks=pytest.mark.skipif(shutil.which("pwsh") is None, reason="there is no PowerShell (pwsh) here"),
    ),
]


class Project:
    """A copy of the scripts, and what they called."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "project with a space"
        shutil.copytree(ROOT / "docker", self.root / "docker", ignore=shutil.ignore_patterns(".env"))
        for name in ("build.sh", "build.ps1", "Makefile"):
            shutil.copy(ROOT / name, self.root / name)
        self.log = folder / "calls"
        self.commands = folder / "commands"
        self.commands.mkdir()
        stub = self.commands / "docker"
        stub.write_text(STUB)
        stub.chmod(0o755)

    def run(self, *command: str, path: str | None = None, **variables: str) -> subprocess.CompletedProcess[str]:
        self.log.write_text("")
        environment = {name: value for name, value in os.environ.items() if name not in SETTINGS}
        environment["PATH"] = path if path is not None else f"{self.commands}{os.pathsep}{environment['PATH']}"
        environment["STUB_LOG"] = str(self.log)
        return subprocess.run(
            command, cwd=self.root.parent, env=environment | variables, text=True, capture_output=True, check=False
        )

    def script(self, shell: str, *options: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Runs build.sh or build.ps1 with options in build.sh's spelling."""
        if shell == "sh":
            return self.run("sh", str(self.root / "build.sh"), *options, **variables)
        spelled = {"--detached": "-Detached", "--no-cache": "-NoCache", "--pull": "-Pull", "--source": "-Source"}
        arguments = [spelled.get(option, option) for option in options]
        return self.run("pwsh", "-NoProfile", "-File", str(self.root / "build.ps1"), *arguments, **variables)

    def make(self, target: str, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        return self.run("make", "-C", str(self.root), target, *arguments, **variables)

    def calls(self) -> list[tuple[list[str], dict[str, str | None]]]:
        """The calls of Compose proper: the arguments after its files, and the environment."""
        found = []
        for line in self.log.read_text().splitlines():
            arguments, environment = json.loads(line)
            if arguments[0] == "compose" and arguments[1] != "version":
                assert arguments[1:3] == ["--project-name", "spectralmc"]
                rest, self.files = arguments[3:], []
                while rest[0] == "--file":
                    self.files.append(Path(rest[1]).name)
                    rest = rest[2:]
                found.append((rest, environment))
        return found


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


@pytest.mark.parametrize("shell", SCRIPTS)
@pytest.mark.parametrize(
    ("options", "build", "up"),
    [
        ([], ["build"], ["up"]),
        (["--detached"], ["build"], ["up", "--detach"]),
        (["--no-cache"], ["build", "--no-cache"], ["up"]),
        (["--pull"], ["build", "--pull"], ["up"]),
        (["--source"], ["build"], ["up"]),
        (["--detached", "--no-cache", "--pull", "--source"], ["build", "--no-cache", "--pull"], ["up", "--detach"]),
    ],
)
def test_each_option_does_what_it_says(
    project: Project, shell: str, options: list[str], build: list[str], up: list[str]
) -> None:
    done = project.script(shell, *options)
    assert done.returncode == 0, done.stderr
    calls = project.calls()
    assert [arguments for arguments, _ in calls] == [build, up]
    for _, environment in calls:
        assert environment["BUILD_FROM_SOURCE"] == ("true" if "--source" in options else None)
        assert environment["DOCKER_BUILDKIT"] == "1"
        assert environment["COMPOSE_DOCKER_CLI_BUILD"] == "1"


@pytest.mark.parametrize("shell", SCRIPTS)
def test_an_unknown_option_fails_before_docker_is_asked(project: Project, shell: str) -> None:
    done = project.script(shell, "--everything")
    assert done.returncode != 0
    assert "everything" in done.stderr
    assert project.log.read_text() == ""


@pytest.mark.parametrize("shell", SCRIPTS)
@pytest.mark.parametrize("value", ["TRUE", "True", "yes", "1", "false ", "source"])
@pytest.mark.parametrize("from_file", [False, True])
def test_another_value_of_build_from_source_is_named(project: Project, shell: str, value: str, from_file: bool) -> None:
    if from_file:
        (project.root / "docker" / ".env").write_text(f"BUILD_FROM_SOURCE='{value}'\n")
        done = project.script(shell)
    else:
        done = project.script(shell, BUILD_FROM_SOURCE=value)
    assert done.returncode == 1
    assert f"BUILD_FROM_SOURCE is '{value}'" in done.stderr
    assert project.calls() == []


@pytest.mark.parametrize("shell", SCRIPTS)
@pytest.mark.parametrize(
    "line", ["", "BUILD_FROM_SOURCE=", "BUILD_FROM_SOURCE=false", 'export BUILD_FROM_SOURCE="true"']
)
def test_values_that_the_file_may_hold(project: Project, shell: str, line: str) -> None:
    (project.root / "docker" / ".env").write_text(f"# chosen by the team\n{line} # or not\r\n")
    assert project.script(shell).returncode == 0
    assert len(project.calls()) == 2


@pytest.mark.parametrize("shell", SCRIPTS)
def test_the_shell_goes_before_the_file(project: Project, shell: str) -> None:
    (project.root / "docker" / ".env").write_text("BUILD_FROM_SOURCE=nonsense\n")
    assert project.script(shell, BUILD_FROM_SOURCE="").returncode == 0
    assert project.script(shell, "--source").returncode == 0


@pytest.mark.parametrize("shell", SCRIPTS)
@pytest.mark.parametrize(
    ("version", "works"),
    [("18.06.3-ce", False), ("17.12.0", False), ("18.09.0", True), ("20.10.24+dfsg1", True), ("28.0.1", True)],
)
def test_the_oldest_docker(project: Project, shell: str, version: str, works: bool) -> None:
    done = project.script(shell, STUB_VERSION=version)
    assert (done.returncode == 0) == works
    if not works:
        assert version in done.stderr
        assert "18.09" in done.stderr
        assert project.calls() == []


@pytest.mark.parametrize("shell", SCRIPTS)
def test_what_is_missing_is_named(project: Project, shell: str) -> None:
    silent = project.script(shell, STUB_VERSION="")
    assert silent.returncode == 1
    assert "daemon does not answer" in silent.stderr
    without_plugin = project.script(shell, STUB_COMPOSE="1", PATH=f"{project.commands}:/usr/bin:/bin")
    if shutil.which("docker-compose", path="/usr/bin:/bin") is None:
        assert without_plugin.returncode == 1
        assert "no Compose" in without_plugin.stderr


@pytest.mark.parametrize("shell", SCRIPTS)
@pytest.mark.parametrize(
    ("version", "works"), [("2.23.3", False), ("v2.9.0", False), ("2.24.0", True), ("v2.26.1-4", True), ("5.0.1", True)]
)
def test_the_oldest_compose_without_a_gpu(project: Project, shell: str, version: str, works: bool) -> None:
    done = project.script(shell, STUB_COMPOSE_VERSION=version, SPECTRALMC_GPU="false")
    assert (done.returncode == 0) == works
    if not works:
        assert "2.24 or newer" in done.stderr
        assert project.calls() == []
    assert project.script(shell, STUB_COMPOSE_VERSION=version, SPECTRALMC_GPU="true").returncode == 0


def test_a_compose_of_version_1(project: Project) -> None:
    standalone = project.commands / "docker-compose"
    standalone.write_text('#!/bin/sh\nif [ "$1" = version ]; then echo 1.29.2; else echo "$@" >>"$STUB_LOG.1"; fi\n')
    standalone.chmod(0o755)
    done = project.script("sh", STUB_COMPOSE="1", SPECTRALMC_GPU="false")
    assert done.returncode == 1
    assert "Compose is 1.29.2" in done.stderr
    assert project.script("sh", STUB_COMPOSE="1", SPECTRALMC_GPU="true").returncode == 0
    assert Path(f"{project.log}.1").read_text().splitlines() == [
        f"--project-name spectralmc --file docker-compose.yml {command}" for command in ("build", "up")
    ]


def test_folders_of_cdpath_are_not_gone_to(project: Project, tmp_path: Path) -> None:
    (tmp_path / "elsewhere" / "docker").mkdir(parents=True)
    (tmp_path / "elsewhere" / "docker" / ".env").write_text("BUILD_FROM_SOURCE=nonsense\n")
    done = project.make("build", CDPATH=str(tmp_path / "elsewhere"))
    assert done.returncode == 0, done.stderr
    assert [path.name for path in (tmp_path / "elsewhere").iterdir()] == ["docker"]


def test_no_docker_at_all(project: Project, tmp_path: Path) -> None:
    tools = tmp_path / "tools"
    tools.mkdir()
    for name in ("sh", "dirname", "sed", "tail", "id", "mkdir", "cat"):
        found = shutil.which(name)
        assert found is not None
        (tools / name).symlink_to(found)
    done = project.run(str(tools / "sh"), str(project.root / "build.sh"), path=str(tools))
    assert done.returncode == 1
    assert "no docker on PATH" in done.stderr


@pytest.mark.parametrize("shell", SCRIPTS)
@pytest.mark.parametrize(
    ("runtimes", "wanted", "gpu"),
    [
        ('{"nvidia":{},"runc":{}}', None, True),
        ('{"runc":{}}', None, False),
        ('{"runc":{}}', "true", True),
        ('{"nvidia":{},"runc":{}}', "false", False),
        ('{"nvidia":{},"runc":{}}', "auto", True),
    ],
)
def test_without_gpus_the_override_is_taken(
    project: Project, shell: str, runtimes: str, wanted: str | None, gpu: bool
) -> None:
    variables = {"STUB_RUNTIMES": runtimes} | ({} if wanted is None else {"SPECTRALMC_GPU": wanted})
    assert project.script(shell, **variables).returncode == 0
    assert len(project.calls()) == 2
    assert project.files == ["docker-compose.yml"] + ([] if gpu else ["docker-compose.cpu.yml"])


@pytest.mark.parametrize("shell", SCRIPTS)
@pytest.mark.parametrize("variable", ["SPECTRALMC_GPU", "SLIM"])
def test_other_settings_are_checked_as_well(project: Project, shell: str, variable: str) -> None:
    done = project.script(shell, **{variable: "perhaps"})
    assert done.returncode == 1
    assert f"{variable} is 'perhaps'" in done.stderr


@pytest.mark.parametrize("shell", SCRIPTS)
def test_a_failed_build_starts_nothing_and_is_reported(project: Project, shell: str) -> None:
    assert project.script(shell, STUB_FAILS="build").returncode == 17
    assert [arguments for arguments, _ in project.calls()] == [["build"]]


def test_the_user_is_never_root(project: Project) -> None:
    assert project.script("sh").returncode == 0
    for _, environment in project.calls():
        assert environment["SPECTRALMC_UID"] == str(os.getuid() or 1000)
    for numbers in ({"SPECTRALMC_UID": "0", "SPECTRALMC_GID": "0"}, {"SPECTRALMC_UID": "1234", "SPECTRALMC_GID": "0"}):
        assert project.script("sh", **numbers).returncode == 0
        for _, environment in project.calls():
            assert "0" not in (environment["SPECTRALMC_UID"], environment["SPECTRALMC_GID"])
    (project.root / "docker" / ".env").write_text("SPECTRALMC_UID=4242 # of the team\n")
    assert project.script("sh").returncode == 0
    assert {environment["SPECTRALMC_UID"] for _, environment in project.calls()} == {"4242"}
    refused = project.script("sh", SPECTRALMC_UID="me")
    assert refused.returncode == 1
    assert "SPECTRALMC_UID is 'me'" in refused.stderr


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("build", [["build"]]),
        ("build-fresh", [["build", "--no-cache", "--pull"]]),
        ("dev", [["up", "--detach"], ["exec", "spectralmc", "bash"]]),
        ("down", [["--profile", "sidecars", "down"]]),
    ],
)
def test_targets_of_make(project: Project, target: str, expected: list[list[str]]) -> None:
    done = project.make(target, "BUILD_FROM_SOURCE=true")
    assert done.returncode == 0, done.stderr
    assert [arguments for arguments, _ in project.calls()] == expected
    assert all(environment["BUILD_FROM_SOURCE"] == "true" for _, environment in project.calls())
    failed = project.make(target, BUILD_FROM_SOURCE="TRUE")
    assert failed.returncode != 0
    assert "BUILD_FROM_SOURCE is 'TRUE'" in failed.stderr
    assert project.calls() == []


def test_the_example_of_settings_and_the_documentation_have_all_that_compose_reads() -> None:
    read = {name for path in (ROOT / "docker").glob("*.yml") for name in re.findall(r"\$\{(\w+)", path.read_text())}
    example = (ROOT / "docker" / ".env.example").read_text()
    documentation = (ROOT / "docs" / "docker.md").read_text()
    assert read <= set(re.findall(r"^#?(\w+)=", example, re.MULTILINE)) <= set(re.findall(r"`(\w+)`", documentation))
