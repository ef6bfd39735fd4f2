"""The search over policies by machine code: which loop is counted as that of sums, what a policy costs, what is found.

No nvcc is needed: the programs are stand-ins that print texts in the form of CUDA's.
"""

from __future__ import annotations

import json
import math
import re
from pathlib import Path

import pytest
from gpu_estimate_test import LIMITS, PHILOX, ROOT, listing, stand_ins

from tools import bench_report, gpu_kernels, gpu_tuning, machine_code
from tools.gpu_kernels import Policy

# A loop over steps; one over samples, in one over pieces, and a shorter one.
KERNEL = listing(
    ".L_x_1:",
    *PHILOX,
    "FADD R24, R3, R24",
    "@P0 BRA `(.L_x_1)",
    ".L_x_2:",
    *("FADD R24, R3, R24",) * 40,
    "@P0 BRA `(.L_x_2)",
    ".L_x_3:",
    "S2R R6, SR_TID.X",
    ".L_x_4:",
    *("FFMA R1, R2, R3, R4", "DFMA R1, R2, R3, R4") * 148,
    "@P0 BRA `(.L_x_4)",
    "@P0 BRA `(.L_x_3)",
    "EXIT",
)


@pytest.mark.parametrize("real", ["float", "double"])
def test_the_loop_over_samples_has_two_operations_for_each_sum(real: str) -> None:
    code = machine_code.kernel_code(KERNEL, "run_chunks")
    counts = machine_code.count(machine_code.longest_turn(code, *machine_code.sums_loop(code, 64, real)))
    assert counts == {"single": 148, "double": 148, "control": 1}
    with pytest.raises(machine_code.CodeError, match="no loop has the operations of 128 sums"):
        machine_code.sums_loop(code, 128, real)


STEP = {"single": 120, "integer": 80}
SUMS = {64: {"single": 150, "integer": 26}, 32: {"single": 88, "integer": 27}}


def clocks(threads: int, sums: int, blocks: int, capability: int = 90) -> float:
    return gpu_tuning.chunk_clocks(LIMITS[capability], Policy(threads, 1, sums), blocks, STEP, 4, SUMS[sums])


def test_enough_blocks_cost_what_the_busiest_pipe_needs() -> None:
    # 32 warps make 63 turns of 200 instructions on four schedulers; one warp sums 64 rows at twelve dates.
    assert clocks(128, 64, 32) == pytest.approx(32 * 63 * 200 / 4 + 64 * 12 * 176 / 4)
    assert clocks(128, 32, 32) == pytest.approx(32 * 63 * 200 / 4 + 2 * 64 * 12 * 115 / 4)


def test_too_few_blocks_cost_what_a_thread_waits_for() -> None:
    assert clocks(128, 64, 1) == pytest.approx(4 * (8 * 63 * 200 + 64 * 12 * 176))
    assert clocks(128, 64, 2) == pytest.approx(clocks(128, 64, 1) / 2)
    # 64 threads share the sums, so that each has less.
    assert clocks(128, 32, 1) < clocks(128, 64, 1)


def test_more_blocks_never_cost_more() -> None:
    for capability in LIMITS:
        found = [clocks(128, 32, blocks, capability) for blocks in range(1, 17)]
        assert found == sorted(found, reverse=True)


@pytest.fixture
def toolkit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with an nvcc of CUDA 13 whose code for 32 sums takes fewer registers, and spills if it has 85."""
    ptxas = "ptxas info : Compiling entry function 'x_run_chunks_x' for 'sm_90'\n 0 bytes stack frame, "
    for registers, spills in ((96, 0), (85, 8)):
        (tmp_path / f"ptxas{registers}").write_text(
            f"{ptxas}{spills} bytes spill stores, 0 bytes spill loads\n"
            f"ptxas info    : Used {registers} registers, 13704 bytes smem\n"
        )
    (tmp_path / "sass").write_text(KERNEL)
    compiling = f"if grep -q '128, 4, ' {tmp_path}/last; then cat {tmp_path}/ptxas96; else cat {tmp_path}/ptxas85; fi"
    keep = f'for each in "$@"; do case "$each" in *.cu) cp "$each" {tmp_path}/last ;; esac; done'
    return stand_ins(tmp_path, monkeypatch, f"*--list-gpu-arch*) echo compute_90 ;; *) {keep}; {compiling} ;;")


def test_the_command_and_its_part_of_the_report(toolkit: Path, capsys: pytest.CaptureFixture[str]) -> None:
    output = toolkit / "results" / "gpu_tuning.json"
    assert gpu_tuning.main(["--nvcc", str(toolkit / "nvcc"), "--output", str(output)]) == 0
    assert capsys.readouterr().out == f"{output}\n"
    found = gpu_tuning.read(output)
    assert found is not None
    for real in ("float", "double"):
        candidates = found.of(90, real)
        assert {each.sums_a_thread for each in candidates} == {64, 32, 16}
        # What spills stands last, whatever it would cost.
        sound = [each.sound for each in candidates]
        assert sound == sorted(sound, reverse=True) and {True, False} == set(sound)
        assert all(each.block_threads * each.resident_blocks in gpu_tuning.RESIDENT[real] for each in candidates)
        assert [each.clocks for each in candidates if each.sound] == sorted(
            each.clocks for each in candidates if each.sound
        )
    report = toolkit / "docs" / "performance.md"
    assert bench_report.main([str(output), "--output", str(report)]) == 0
    text = report.read_text()
    assert "## Tuning for GPU generations (by static estimate)" in text
    assert "| 90 | float | " in text


def test_a_gpu_measures_what_the_library_selects() -> None:
    source = (ROOT / "bench" / "gpu_bench.cu").read_text()
    measured = {
        (real, Policy(*map(int, values.split(","))))
        for real, values in re.findall(r"add_candidate<(float|double), ([\d, ]+)>", source)
    }
    selected = gpu_kernels.selected_policies(ROOT, list(LIMITS))
    assert {(real, policy) for (_, real), policy in selected.items()} <= measured


def test_measured_candidates_are_reported_by_speed(tmp_path: Path) -> None:
    result, report = tmp_path / "cpu.json", tmp_path / "docs" / "performance.md"
    entries = [
        {
            "run_name": f"tuning/sums_float/spectralmc/lanes:{lanes}/rows:2/real_time",
            "run_type": "iteration",
            "label": "pairs",
            "per_second": 1e9 * lanes,
        }
        for lanes in (4, 16, 8)
    ]
    result.write_text(json.dumps({"context": {"cpu": "A CPU"}, "benchmarks": entries}))
    assert bench_report.main([str(result), "--output", str(report)]) == 0
    line = next(each for each in report.read_text().splitlines() if each.startswith("| sums float |"))
    assert line == (
        "| sums float | lanes 16, rows 2: 16 billion (100%); lanes 8, rows 2: 8 billion (50%); "
        "lanes 4, rows 2: 4 billion (25%) |"
    )


@pytest.mark.parametrize("content", ["nonsense", "[]", '{"kind": "gpu_estimate"}'])
def test_results_of_other_kinds_are_no_search(tmp_path: Path, content: str) -> None:
    path = tmp_path / "result.json"
    path.write_text(content)
    assert gpu_tuning.read(path) is None


ONE = json.loads((ROOT / gpu_tuning.RESULT).read_text())["candidates"][0]


@pytest.mark.parametrize(
    ("candidates", "reason"),
    [
        ([{"capability": 90}], "candidate 1 should have the fields"),
        ([], "has no candidates"),
        (1, "candidates is 1, not a list"),
        ([ONE, ONE | {"clocks": "many"}], "candidate 2: clocks is 'many', not a finite positive number"),
        ([ONE | {"clocks": math.nan}], "clocks is nan"),
        ([ONE | {"capability": "90"}], "capability is '90', not a whole number"),
    ],
)
def test_broken_searches(tmp_path: Path, candidates: object, reason: str, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "result.json"
    path.write_text(json.dumps({"kind": "gpu_tuning", "candidates": candidates}))
    assert bench_report.main([str(path)]) == 2
    told = capsys.readouterr().err
    assert str(path) in told and reason in told


def test_a_search_where_all_spill(tmp_path: Path) -> None:
    path, report = tmp_path / "result.json", tmp_path / "performance.md"
    path.write_text(json.dumps({"kind": "gpu_tuning", "candidates": [ONE | {"spills": 8}]}))
    assert bench_report.main([str(path), "--output", str(report)]) == 0
    assert "| all spill |" in report.read_text()


def test_nothing_found_and_what_is_not_known(toolkit: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (toolkit / "nvcc").write_text((toolkit / "nvcc").read_text().replace("echo compute_90", "echo compute_999"))
    assert gpu_tuning.main(["--nvcc", str(toolkit / "nvcc"), "--output", str(toolkit / "t.json")]) == 2
    assert "no candidate was found.\nsm_999: nothing is known of it here" in capsys.readouterr().err
    assert not (toolkit / "t.json").exists()


def test_failures_are_told(toolkit: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert gpu_tuning.main(["--nvcc", str(toolkit / "no-such"), "--output", str(toolkit / "t.json")]) == 2
    assert "no such nvcc" in capsys.readouterr().err
    (toolkit / "nvdisasm").write_text("#!/bin/sh\nexit 1\n")
    assert gpu_tuning.main(["--nvcc", str(toolkit / "nvcc"), "--output", str(toolkit / "t.json")]) == 2
    assert "no disassembler here can read code for sm_90" in capsys.readouterr().err
