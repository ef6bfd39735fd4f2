"""How tools/gpu_check.sh spends its time and what it says of it, on a machine of stand-ins for all programs."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "tools" / "gpu_check.sh"
# What the script and the stand-ins take from the system; nothing else is on PATH.
USED = [
    "cat",
    "chmod",
    "cp",
    "dirname",
    "grep",
    "head",
    "mkdir",
    "nproc",
    "rm",
    "sed",
    "sleep",
    "tail",
    "tee",
    "timeout",
]

WHOLE = '{\n  "context": {},\n  "benchmarks": [\n    {\n      "run_type": "iteration"\n    }\n  ]\n}\n'
CUT = WHOLE[: WHOLE.rindex("\n  ]")] + ',\n    {\n      "name'
WRITES = "for each; do case $each in --benchmark_out=*) printf %s '{}' >\"${{each#*=}}\" ;; esac; done\n"

PROGRAMS = {
    "nvidia-smi": "echo 'A GPU, 580, 9.0'",
    "nvcc": "echo 'Cuda compilation tools, release 13.0, V13.0.88'",
    "ninja": "",
    "c++": "",
    "ctest": "echo '100% tests passed, 0 tests failed out of 5'",
    "compute-sanitizer": "echo '[doctest] test cases:  2 |  2 passed | 0 failed | 7 skipped'",
    "cmake": """
case "$*" in
  *'--target help'*) echo 'spectralmc_gpu_bench: phony' ;;
  --build*) mkdir -p "$2/tests/cuda" "$2/bench"
    cp "$STUB_BUILT/spectralmc_cuda_tests" "$2/tests/cuda/"
    cp "$STUB_BUILT/spectralmc_gpu_bench" "$STUB_BUILT/spectralmc_bench" "$2/bench/" ;;
esac""",
    "python3": f"""
case "$*" in
  *find_spec*) exit 1 ;;
  *) exec {sys.executable} "$@" ;;
esac""",
}
BUILT = {
    "spectralmc_cuda_tests": "",
    "spectralmc_gpu_bench": WRITES.format(WHOLE),
    "spectralmc_bench": WRITES.format(WHOLE),
}


class Machine:
    """Programs that write down how they were called, and what the script left."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path, self.built = folder / "path", folder / "built"
        self.output = folder / "output with a space"
        for each in (self.path, self.built):
            each.mkdir()
        for name in USED:
            program = shutil.which(name)
            assert program is not None, name
            (self.path / name).symlink_to(program)
        for name, body in {**PROGRAMS, **BUILT}.items():
            self.program(name, body)

    def program(self, name: str, body: str) -> None:
        file = (self.built if name in BUILT else self.path) / name
        file.write_text(f'#!/bin/sh\necho {name} "$@" >>"$STUB_LOG"\n{body}\n')
        file.chmod(0o755)

    def run(self, *arguments: str, build: str | None = None) -> subprocess.CompletedProcess[str]:
        bash = shutil.which("bash")
        assert bash is not None
        self.log = self.folder / "calls"
        self.log.write_text("")
        environment = {
            **os.environ,
            "PATH": str(self.path),
            "STUB_LOG": str(self.log),
            "STUB_BUILT": str(self.built),
            "SPECTRALMC_GPU_BUILD": build or str(self.folder / "build"),
        }
        return subprocess.run(
            [bash, str(SCRIPT), *arguments],
            cwd=self.folder,
            env=environment,
            text=True,
            capture_output=True,
            check=False,
        )

    def check(self, *arguments: str, build: str | None = None) -> tuple[int, str]:
        """The exit status, and the summary, which is also what was printed."""
        done = self.run(str(self.output), *arguments, build=build)
        assert done.stderr == ""
        summary = (self.output / "summary.txt").read_text()
        assert summary == done.stdout
        return done.returncode, summary

    def calls(self, name: str = "") -> list[str]:
        return [line for line in self.log.read_text().splitlines() if line.startswith(name)]


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def said(summary: str, what: str, *texts: str) -> bool:
    """Whether one line of the summary says ok, FAILED or skipped of that."""
    return any(line.startswith(what) and all(text in line for text in texts) for line in summary.splitlines())


@pytest.mark.parametrize(
    "arguments",
    [[], ["a", "b"], ["--what"], ["a", "--seconds"], ["a", "--seconds", "1.5"], ["a", "--brought"], ["--bring"]],
)
def test_other_calls_are_told_how(machine: Machine, arguments: list[str]) -> None:
    done = machine.run(*arguments)
    assert done.returncode == 2
    assert "tools/gpu_check.sh FOLDER" in done.stderr
    assert "was called in another way" in done.stderr and "set -euo" not in done.stderr
    assert machine.calls() == []


def test_a_folder_that_cannot_be_taken_from_is_named(machine: Machine) -> None:
    done = machine.run("a", "--brought", "nowhere")
    assert (done.returncode, done.stderr) == (2, "gpu_check.sh: --brought: there is no folder nowhere\n")
    (machine.folder / "two;folders").mkdir()
    done = machine.run("a", "--brought", "two;folders")
    assert done.returncode == 2
    assert "semicolon" in done.stderr


def test_without_a_gpu_nothing_is_built(machine: Machine) -> None:
    machine.program("nvidia-smi", "exit 9")
    status, summary = machine.check()
    assert status == 1
    assert said(summary, "FAILED", "nvidia-smi finds none")
    assert machine.calls("cmake") == []


def test_a_program_that_is_missing_is_named(machine: Machine) -> None:
    (machine.path / "ninja").unlink()
    status, summary = machine.check()
    assert status == 1
    assert said(summary, "FAILED", "ninja: it is not on PATH")


def test_all_passes(machine: Machine) -> None:
    (machine.folder / "brought").mkdir()
    status, summary = machine.check("--brought", "brought", "--seconds", "0600")
    assert status == 0, summary
    assert "FAILED" not in summary
    assert "All that ran passed, " in summary
    configured, _, first, rest = machine.calls("cmake")
    assert f"-DCMAKE_PREFIX_PATH={machine.folder / 'brought'}" in configured
    assert "--target spectralmc_cuda_tests spectralmc_gpu_bench -- -k 0" in first
    assert "--target" not in rest
    # The first file under all tools, then the next; then the benchmarks.
    runs = machine.calls("compute-sanitizer")
    tools = ["memcheck", "racecheck", "initcheck", "synccheck"]
    assert [run.split()[2] for run in runs] == tools * 6
    assert all("measurement_test.cu" in run for run in runs[:4])
    assert all("--test-case=" in run for run in runs)
    order = [line.split()[0] for line in machine.calls()]
    assert order.index("ctest") < order.index("compute-sanitizer") < order.index("spectralmc_gpu_bench")
    assert json.loads((machine.output / "gpu.json").read_text())["context"] == {}
    assert said(summary, "skipped", "python3 has neither")


def test_cases_for_sanitizers_are_there() -> None:
    """Each filter has a case of its file, and each file of tests is among them."""
    [block] = re.findall(r"^sanitized=\(\n(.*?)^\)", SCRIPT.read_text(), re.DOTALL | re.MULTILINE)
    listed = dict(re.findall(r'^  "(\w+): (.*)"$', block, re.MULTILINE))
    assert set(listed) == {path.name.removesuffix("_test.cu") for path in (ROOT / "tests/cuda").glob("*_test.cu")}
    for name, filters in listed.items():
        cases = re.findall(r'^TEST_CASE\("(.*?)"\)', (ROOT / f"tests/cuda/{name}_test.cu").read_text(), re.MULTILINE)
        for each in filters.split(","):
            assert any(fnmatchcase(case, each) for case in cases), (name, each)


def test_a_relative_build_folder(machine: Machine) -> None:
    status, summary = machine.check(build="not/absolute")
    assert status == 0, summary
    assert said(summary, "ok", "benchmarks (gpu)")
    assert (machine.folder / "not/absolute/bench/spectralmc_gpu_bench").is_file()


def test_a_failed_sanitizer_shows_its_own_lines(machine: Machine) -> None:
    machine.program(
        "compute-sanitizer",
        """
echo "========= this is $*"
echo '[doctest] test cases: 1 | 1 passed'
case "$*" in *racecheck*nonuniform*) echo '========= Race reported'; exit 99 ;; esac""",
    )
    status, summary = machine.check()
    assert status == 1
    assert said(summary, "FAILED", "racecheck: nonuniform_fourier (99)")
    shown = [line for line in summary.splitlines() if line.startswith("=========")]
    assert len(shown) == 2
    assert "--tool racecheck" in shown[0] and shown[1] == "========= Race reported"
    assert shown[0] in (machine.output / "sanitizer_racecheck_nonuniform_fourier.log").read_text()
    assert summary.endswith(" left out.\n") and "1 failed" in summary


def test_a_file_without_cases_did_not_pass(machine: Machine) -> None:
    none = "echo '[doctest] test cases: 0 | 0 passed'"
    passes = PROGRAMS["compute-sanitizer"]
    machine.program("compute-sanitizer", f'case "$*" in */cufft_test*) {none} ;; *) {passes} ;; esac')
    status, summary = machine.check()
    assert status == 0, summary
    assert said(summary, "skipped", "memcheck: cufft: this build has none")
    machine.program("compute-sanitizer", none)
    status, summary = machine.check()
    assert status == 1
    assert said(summary, "FAILED", "sanitizers: none ran")


def test_a_sanitizer_that_finds_no_gpu_failed(machine: Machine) -> None:
    machine.program("compute-sanitizer", "echo 'SKIPPED: no CUDA device'; " + PROGRAMS["compute-sanitizer"])
    status, summary = machine.check()
    assert status == 1
    assert said(summary, "FAILED", "memcheck: measurement: it finds no GPU")


def test_tests_that_find_no_gpu_failed(machine: Machine) -> None:
    machine.program("ctest", "echo '1/5 Test #1: cuda/models_test ...***Skipped   0.1 sec'")
    status, summary = machine.check()
    assert status == 1
    assert said(summary, "FAILED", "tests found the GPU")


def test_without_a_sanitizer_it_is_no_check(machine: Machine) -> None:
    (machine.path / "compute-sanitizer").unlink()
    status, summary = machine.check()
    assert status == 1
    assert said(summary, "FAILED", "sanitizers: none ran: compute-sanitizer is not on PATH")
    assert said(summary, "ok", "benchmarks (gpu)")


def test_sanitizers_that_take_too_long(machine: Machine) -> None:
    machine.program("compute-sanitizer", "exec sleep 60")
    begun = time.monotonic()
    status, summary = machine.check("--seconds", "14")
    assert time.monotonic() - begun < 16
    assert status == 1
    assert said(summary, "skipped", "synccheck: measurement: too little time")
    assert said(summary, "FAILED", "sanitizers: none ran")
    assert said(summary, "ok", "benchmarks (gpu)")  # in the time that is kept for them


def test_benchmarks_that_take_too_long_leave_what_they_have(machine: Machine) -> None:
    machine.program("spectralmc_gpu_bench", WRITES.format(CUT) + "exec sleep 60")
    begun = time.monotonic()
    status, summary = machine.check("--seconds", "12")
    assert time.monotonic() - begun < 14
    assert status == 0, summary
    assert said(summary, "skipped", "some benchmarks (gpu)", "gpu.json is cut short after 1 results")
    content = json.loads((machine.output / "gpu.json").read_text())
    assert content == {"context": {"cut_short": "yes"}, "benchmarks": [{"run_type": "iteration"}]}


def test_benchmarks_that_end_early_failed(machine: Machine) -> None:
    machine.program("spectralmc_gpu_bench", WRITES.format(CUT) + "echo 'out of memory' >&2; exit 134")
    (machine.path / "python3").unlink()
    status, summary = machine.check()
    assert status == 1
    assert said(summary, "FAILED", "benchmarks (gpu) (134)", "cut short after 1 results")
    assert "out of memory" in summary
    assert (machine.output / "gpu.json").read_text() == CUT
    assert said(summary, "ok", "benchmarks (cpu)")


def test_a_build_that_takes_too_long_leaves_time_for_the_rest(machine: Machine) -> None:
    machine.program("cmake", PROGRAMS["cmake"] + '\ncase "$*" in -S* | *--target*) ;; *) exec sleep 60 ;; esac')
    status, summary = machine.check("--seconds", "14")
    assert said(summary, "skipped", "builds the rest: too little time")
    assert "--tests-regex ^cuda/.*_test$" in machine.calls("ctest")[0]
    assert said(summary, "ok", "synccheck: measurement")
    assert said(summary, "ok", "benchmarks (gpu)")
    assert status == 0, summary


def test_a_target_that_fails_leaves_the_others(machine: Machine) -> None:
    fails = "echo 'FAILED: bits.o'; echo 'error: that'; exit 1"
    machine.program("cmake", PROGRAMS["cmake"] + f'\ncase "$*" in -S* | *--target*) ;; *) {fails} ;; esac')
    status, summary = machine.check()
    assert status == 1
    assert said(summary, "FAILED", "builds the rest (1)")
    assert "error: that" in summary
    assert said(summary, "ok", "tests") and said(summary, "ok", "benchmarks (gpu)")


def test_a_build_that_gives_nothing(machine: Machine) -> None:
    machine.program("cmake", 'case "$*" in -S*) ;; *) exit 1 ;; esac')
    machine.program("ctest", "exit 8")
    status, summary = machine.check()
    assert status == 1
    assert said(summary, "FAILED", "tests")
    assert said(summary, "FAILED", "sanitizers: none ran: the GPU's tests are not built")
    assert said(summary, "skipped", "benchmarks (gpu): not built")
    machine.program("cmake", "echo 'no compiler'; exit 1")
    status, summary = machine.check()
    assert status == 1
    assert said(summary, "FAILED", "is configured") and "no compiler" in summary


def test_programs_of_an_earlier_run_are_not_taken_for_this_one(machine: Machine) -> None:
    assert machine.check()[0] == 0
    machine.program("cmake", 'case "$*" in -S* | *help*) ;; *) exec sleep 60 ;; esac')
    status, summary = machine.check("--seconds", "10")
    assert status == 1
    assert said(summary, "skipped", "builds the GPU's tests and benchmarks: too little time")
    assert said(summary, "skipped", "tests: not built")
    assert said(summary, "FAILED", "sanitizers: none ran: the GPU's tests are not built")
    assert machine.calls("ctest") + machine.calls("spectralmc_gpu_bench") == []


def test_no_results_of_an_earlier_run_are_left(machine: Machine) -> None:
    assert machine.check()[0] == 0
    machine.program("spectralmc_gpu_bench", "exit 1")
    assert machine.check()[0] == 1
    assert not (machine.output / "gpu.json").exists()


def test_peers_are_added_to_the_results(machine: Machine) -> None:
    peers = "*find_spec*) exit 0 ;; *peers_gpu*) echo 'PyTorch is not installed: left out.' ;;"
    machine.program("python3", f'case "$*" in {peers} esac')
    status, summary = machine.check()
    assert status == 0, summary
    assert said(summary, "ok", "CuPy and PyTorch")
    assert "PyTorch is not installed" in summary
    assert machine.calls("python3")[-1] == f"python3 {ROOT}/bench/peers_gpu.py {machine.output}/gpu.json"
    order = [line.split()[0] for line in machine.calls()]
    assert order.index("spectralmc_gpu_bench") < order.index("python3") < order.index("spectralmc_bench")
    machine.program("python3", 'case "$*" in *peers_gpu*) echo "a traceback"; exit 1 ;; esac')
    status, summary = machine.check()
    assert status == 1
    assert said(summary, "FAILED", "CuPy and PyTorch (1)") and "a traceback" in summary
