"""Estimates from machine code: what is read of ptxas and nvdisasm, which loop is counted, and what a GPU makes of it.

The texts are in the form that the programs of CUDA 11.8 and 13 print, cut down to what matters. No nvcc is needed:
where the whole command is run, the programs are stand-ins that print such texts.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tools import bench_report, gpu_architectures, gpu_estimate, gpu_kernels, gpu_tuning, machine_code, repository

ROOT = repository.find_root(Path(__file__).parent)
LIMITS = gpu_architectures.limits(ROOT)
NAME = "_ZN10spectralmc8cuda_90012cuda_kernels10run_chunksINS_5modelIfEEEEvT_"

PTXAS = f"""ptxas info    : 0 bytes gmem
ptxas info    : Compiling entry function '_ZN10spectralmc12merge_chunksEv' for 'sm_90'
ptxas info    : Function properties for _ZN10spectralmc12merge_chunksEv
    0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads
ptxas info    : Used 32 registers, used 0 barriers
ptxas info    : Compiling entry function '{NAME}' for 'sm_90'
ptxas info    : Function properties for {NAME}
    24 bytes stack frame, 20 bytes spill stores, 12 bytes spill loads
ptxas info    : Used 96 registers, used 1 barriers, 16776 bytes smem
ptxas info    : Compile time = 80.989 ms
"""


def listing(*lines: str, name: str = NAME) -> str:
    """As nvdisasm -c prints it; lines that end with a colon are labels."""
    text = [f"//--------------------- .text.{name} --------------------------", f".text.{name}:"]
    for place, line in enumerate(lines):
        text.append(line if line.endswith(":") else f"        /*{16 * place:04x}*/                   {line} ;")
    return "\n".join(text) + "\n"


PHILOX = (
    "IMAD.WIDE.U32 R28, R28, -0x326172a9, RZ",
    "LOP3.LUT R30, R29, UR16, R7, 0x96, !PT",
    "IMAD.WIDE.U32 R30, R30, -0x2daee0ad, RZ",
) * 9
DIVISION = (
    "MUFU.RCP R29, R33",
    "FCHK P1, R0, R33",
    "FFMA R29, R29, R34, R29",
    "@!P1 BRA `(.L_x_7)",
    "MOV R39, 0xb60",
    "CALL.REL.NOINC `($__internal_0_$__cuda_sm3x_div_rn_noftz_f32_slowpath)",
    ".L_x_7:",
    "FADD R24, R3, R24",
)
# A loop over dates around one over steps, that draws numbers for some steps, or goes a shorter way; and a loop of sums.
STEPS = listing(
    "S2R R6, SR_TID.X",
    ".L_x_19:",
    "LDG.E R5, desc[UR12][R10.64]",
    ".L_x_17:",
    "LOP3.LUT P1, R3, R23, 0x3, RZ, 0xc0, !PT",
    "@P1 BRA `(.L_x_4)",
    *PHILOX,
    ".L_x_4:",
    "@!P0 BRA P2, `(.L_x_5)",
    "FADD R24, R3, R24",
    "BRA `(.L_x_8)",
    ".L_x_5:",
    *DIVISION,
    "I2F.F64.S64 R78, R66",
    ".L_x_8:",
    "@!P0 CALL.REL.NOINC `(.L_x_3)",
    "@P0 BRA `(.L_x_17)",
    ".L_x_3:",
    "@!P0 BRA `(.L_x_19)",
    ".L_x_36:",
    *("IMAD.WIDE.U32 R24, R25, 0x4, R10",) * 30,
    "@!P0 BRA `(.L_x_36)",
    "EXIT",
)


def test_what_ptxas_says_of_the_kernel_and_not_of_others() -> None:
    assert gpu_kernels.resources_in(PTXAS) == gpu_kernels.Resources(96, 32, 16776)
    without_memory = PTXAS.replace(", 16776 bytes smem", "")
    assert gpu_kernels.resources_in(without_memory) == gpu_kernels.Resources(96, 32, 0)
    with pytest.raises(gpu_kernels.ToolkitError, match="nothing of run_chunks"):
        gpu_kernels.resources_in(PTXAS.replace("run_chunks", "walk_chunks"))


def test_releases() -> None:
    text = "nvcc: NVIDIA (R) Cuda compiler driver\nCuda compilation tools, release 11.8, V11.8.89\n"
    assert gpu_kernels.version_in(text) == "11.8.89"
    assert gpu_kernels.version_in("g++ 12") == ""
    assert gpu_kernels.release("13.0.88") > gpu_kernels.release("9.2.1")


def test_the_loop_over_steps_is_counted_on_its_longest_way_without_calls() -> None:
    code = machine_code.kernel_code(STEPS, "run_chunks")
    first, last = machine_code.step_loop(code)
    assert code.instructions[first].name == "LOP3.LUT"
    assert code.instructions[last].text.startswith("BRA `(.L_x_17)")
    turn = machine_code.longest_turn(code, first, last)
    # All of the loop but the shorter way of two, and the two of the call.
    assert len(turn) == last - first + 1 - 2 - 2
    assert machine_code.count(turn) == {
        "single": 2,
        "integer": 1 + 9 + 1,
        "wide multiply": 18,
        "special": 1,
        "conversion 64": 1,
        "control": 5,
    }


def test_the_form_of_older_architectures() -> None:
    text = listing(
        ".L_x_11:",
        *("MOV32I R27, 0xcd9e8d57", "{         XMAD R29, R28.reuse, R27, RZ") * 20,
        "SSY `(.L_x_5)         }",
        '@P0 SYNC (*"BRANCH_TARGETS .L_x_5"*)',
        "CAL `($__internal_0)",
        'SYNC (*"BRANCH_TARGETS .L_x_5"*)',
        ".L_x_5:",
        "DADD R2, R2, R2",
        "@P0 BRA `(.L_x_11)         }",
    )
    code = machine_code.kernel_code(text, "run_chunks")
    turn = machine_code.longest_turn(code, *machine_code.step_loop(code))
    assert machine_code.count(turn) == {"double": 1, "integer": 20, "multiply": 20, "control": 3}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (STEPS.replace("run_chunks", "walk_chunks"), "nothing is disassembled of run_chunks"),
        (STEPS.replace("-0x326172a9", "0x5").replace("-0x2daee0ad", "0x7"), "no loop has the multiplications"),
    ],
)
def test_other_code_is_an_error(text: str, reason: str) -> None:
    with pytest.raises(machine_code.CodeError, match=reason):
        machine_code.step_loop(machine_code.kernel_code(text, "run_chunks"))


def test_a_section_ends_where_the_next_begins() -> None:
    text = STEPS + listing("EXIT", name="_ZN10spectralmc12merge_chunksEv")
    assert len(machine_code.kernel_code(text, "run_chunks").instructions) == len(
        machine_code.kernel_code(STEPS, "run_chunks").instructions
    )
    assert len(machine_code.kernel_code(text, "merge_chunks").instructions) == 1


def test_facts_are_those_of_the_library() -> None:
    assert set(LIMITS) == set(gpu_architectures.RATES) == set(gpu_architectures.GPUS)
    assert LIMITS[75] == gpu_architectures.Limits(75, 64, 64, 1024, 16, 64, 2)


def test_policies_are_those_of_the_library() -> None:
    policies = gpu_kernels.selected_policies(ROOT, [52, 90])
    assert set(policies) == {(52, "float"), (52, "double"), (90, "float"), (90, "double")}
    assert all(32 <= each.block_threads <= 1024 and each.sums_a_thread in (64, 32, 16) for each in policies.values())


@pytest.mark.parametrize(
    ("capability", "threads", "registers", "shared", "blocks"),
    [
        (80, 256, 32, 0, 8),  # 2048 threads, all there are
        (75, 256, 64, 0, 4),  # 1024 threads
        (70, 128, 255, 0, 2),  # 8192 registers a warp, 8 warps
        (90, 512, 33, 0, 3),  # 1280 registers a warp: 51 warps, of which 48 are whole fours
        (60, 64, 33, 0, 25),  # the same, of which 50 are whole pairs
        (61, 64, 33, 0, 24),
        (80, 32, 16, 0, 32),  # as many blocks as there can be
        (86, 32, 16, 0, 16),
        (89, 32, 16, 0, 24),
        (52, 128, 16, 49152, 2),  # 48 KiB of 96
        (86, 128, 16, 49152, 2),  # 49 of 100, with the KiB that the system takes
        (80, 1024, 64, 0, 1),
        (86, 1024, 32, 0, 1),  # 1536 threads
        (90, 128, 96, 16776, 5),
        (75, 1024, 255, 0, 0),  # does not fit
    ],
)
def test_occupancy(capability: int, threads: int, registers: int, shared: int, blocks: int) -> None:
    assert gpu_architectures.resident_blocks(LIMITS[capability], threads, registers, shared) == blocks


@pytest.mark.parametrize("asked", [(0, 32, 0), (1025, 32, 0), (128, 256, 0), (128, 32, -1)])
def test_kernels_that_there_cannot_be(asked: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError, match="no kernel has"):
        gpu_architectures.resident_blocks(LIMITS[80], *asked)


def estimated(capability: int, registers: int, **counts: int) -> gpu_estimate.Estimate:
    resources = gpu_kernels.Resources(registers, 0, 16776)
    facts = LIMITS[capability]
    return gpu_estimate.estimate("black_scholes_float", facts, "13.0.88", resources, 128, counts, 4)


def test_the_busiest_pipe_sets_the_rate() -> None:
    # 20 warps on four schedulers: 5 each, more than the latency of 4.
    issue = estimated(90, 96, single=120, integer=80)
    assert (issue.bound, issue.waiting, issue.blocks, issue.occupancy) == ("issue", 1, 5, 20 / 64)
    assert issue.clocks == pytest.approx(200 / 4 / (32 * 4), rel=1e-3)
    assert issue.per_second == pytest.approx(132 * 1.98e9 / issue.clocks, rel=1e-3)
    assert issue.instructions == {"single": 30, "integer": 20}
    # An A100 has half the FP32.
    assert estimated(80, 96, single=120, integer=80).bound == "FP32"
    integers = estimated(90, 96, single=20, integer=180)
    assert integers.bound == "integers"
    assert integers.clocks == pytest.approx(180 * 32 / 64 / 128, rel=1e-3)
    doubles = estimated(86, 96, double=10, integer=100)
    assert (doubles.bound, doubles.waiting) == ("FP64", 1)
    assert doubles.clocks == pytest.approx(10 * 32 / 2 / 128, rel=1e-3)
    assert estimated(90, 96, special=60, single=60).bound == "special functions"


def test_too_few_warps_make_it_slower() -> None:
    crowded, lonely = estimated(90, 96, single=120, integer=80), estimated(90, 255, single=120, integer=80)
    assert (lonely.blocks, lonely.waiting) == (2, 2)
    assert lonely.clocks == pytest.approx(2 * crowded.clocks, rel=1e-3)
    assert lonely.set_by == "issue, waiting 2-fold"


def test_more_work_never_takes_fewer_clocks() -> None:
    for capability in LIMITS:
        base = dict.fromkeys(machine_code.KINDS, 10)
        before = gpu_estimate.busy_clocks(base, LIMITS[capability], gpu_architectures.RATES[capability])
        for kind in machine_code.KINDS:
            after = gpu_estimate.busy_clocks(base | {kind: 11}, LIMITS[capability], gpu_architectures.RATES[capability])
            assert after["issue"] > before["issue"]
            assert all(after[pipe] >= before[pipe] for pipe in before)


def stand_ins(folder: Path, monkeypatch: pytest.MonkeyPatch, nvcc: str) -> Path:
    """On PATH, a toolkit of CUDA 13 whose compiler does this besides telling its version, and whose disassembler prints
    the file `sass`."""
    version = "echo 'Cuda compilation tools, release 13.0, V13.0.88'"
    for name, otherwise in {"nvcc": nvcc, "nvdisasm": f"*) cat {folder}/sass ;;", "g++": "*) echo 12 ;;"}.items():
        program = folder / name
        program.write_text(f'#!/bin/sh\ncase "$*" in *--version*) {version} ;; {otherwise} esac\n')
        program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.chdir(ROOT)
    return folder


@pytest.fixture
def toolkit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with an nvcc of CUDA 13 that knows two architectures, and a disassembler."""
    texts = {"ptxas": PTXAS, "sass": STEPS, "arch": "compute_75\ncompute_90\ncompute_999\n"}
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    nvcc = f"*--list-gpu-arch*) cat {tmp_path}/arch ;; *) cat {tmp_path}/ptxas >&2 ;;"
    return stand_ins(tmp_path, monkeypatch, nvcc)


def test_the_command(toolkit: Path, capsys: pytest.CaptureFixture[str]) -> None:
    output = toolkit / "results" / "gpu_estimate.json"
    assert gpu_estimate.main(["--nvcc", str(toolkit / "nvcc"), "--output", str(output)]) == 0
    assert capsys.readouterr().out == f"{output}\n"
    content = json.loads(output.read_text())
    assert content["toolkits"] == [{"nvcc": "13.0.88", "nvdisasm": "13.0.88"}]
    assert content["left_out"] == ["sm_999: nothing is known of it here"]
    found = gpu_estimate.read(output)
    assert found is not None
    assert {(one.capability, one.case) for one in found.estimates} == {
        (capability, f"{case}_{real}")
        for capability in (75, 90)
        for case in ("black_scholes", "heston_quadratic_exponential")
        for real in ("float", "double")
    }
    assert {one.spills for one in found.estimates} == {32}


def test_what_no_disassembler_reads_is_left_out_by_name(toolkit: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (toolkit / "nvdisasm").write_text("#!/bin/sh\nexit 1\n")
    output = toolkit / "estimate.json"
    arguments = ["--nvcc", str(toolkit / "nvcc"), "--arch", "90", "--output", str(output)]
    assert gpu_estimate.main(arguments) == 2
    assert not output.exists()
    told = capsys.readouterr().err
    assert told.count("no disassembler") == 4
    assert "black_scholes_float on sm_90 by CUDA 13.0.88: no disassembler" in told


def test_architectures_that_were_asked_for_are_not_dropped(toolkit: Path, capsys: pytest.CaptureFixture[str]) -> None:
    output = toolkit / "estimate.json"
    arguments = ["--nvcc", str(toolkit / "nvcc"), "--output", str(output), "--arch", "1"]
    assert gpu_estimate.main(arguments) == 2
    assert "nothing could be estimated.\nsm_1: no nvcc here knows it" in capsys.readouterr().err
    assert gpu_estimate.main([*arguments, "--arch", "90"]) == 0
    assert json.loads(output.read_text())["left_out"] == ["sm_1: no nvcc here knows it"]


@pytest.mark.parametrize("command", [gpu_estimate.main, gpu_tuning.main])
def test_a_part_does_not_replace_the_whole(
    toolkit: Path, command: Callable[[list[str]], int], capsys: pytest.CaptureFixture[str]
) -> None:
    for narrowed in (["--arch", "90"], ["--nvcc", str(toolkit / "nvcc")]):
        with pytest.raises(SystemExit, match="2"):
            command(narrowed)
        assert "--output has to name a file" in capsys.readouterr().err


def test_an_output_that_cannot_be_written(toolkit: Path, capsys: pytest.CaptureFixture[str]) -> None:
    output = toolkit / "nvcc" / "estimate.json"
    assert gpu_estimate.main(["--nvcc", str(toolkit / "nvcc"), "--output", str(output)]) == 2
    assert f"{output} cannot be written" in capsys.readouterr().err


def test_the_table_of_all_models_fails_where_a_float_kernel_spills(
    toolkit: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert gpu_estimate.main(["--nvcc", str(toolkit / "nvcc"), "--resources", "--arch", "90"]) == 1
    assert "| Kou | 96, 32 B spilled | 96, 32 B spilled |" in capsys.readouterr().out
    (toolkit / "ptxas").write_text(PTXAS.replace("20 bytes spill", "0 bytes spill").replace("12 bytes", "0 bytes"))
    assert gpu_estimate.main(["--nvcc", str(toolkit / "nvcc"), "--resources", "--arch", "90"]) == 0


def test_failures_are_told(toolkit: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert gpu_estimate.main(["--nvcc", str(toolkit / "no-such"), "--output", str(toolkit / "e.json")]) == 2
    assert "no such nvcc" in capsys.readouterr().err
    (toolkit / "ptxas").write_text("nothing")
    assert gpu_estimate.main(["--nvcc", str(toolkit / "nvcc"), "--output", str(toolkit / "e.json")]) == 2
    assert "ptxas said nothing of run_chunks" in capsys.readouterr().err


def test_the_report_puts_measurements_beside_estimates(toolkit: Path) -> None:
    pytest.importorskip("matplotlib")
    output, report = toolkit / "estimate.json", toolkit / "docs" / "performance.md"
    assert gpu_estimate.main(["--nvcc", str(toolkit / "nvcc"), "--output", str(output)]) == 0
    assert bench_report.main([str(output), "--output", str(report)]) == 0
    text = report.read_text()
    assert "## Across GPU generations (estimates, not measured)" in text
    assert "None of these was measured." in text
    assert "| 75 | RTX 2080 Ti, 68 at 1545 MHz | 13.0.88 |" in text
    assert (report.parent / "images" / "gpu_generations.png").is_file()

    found = gpu_estimate.read(output)
    assert found is not None
    expected = gpu_estimate.newest(found.estimates)[90, "black_scholes_float"].per_second
    measured = toolkit / "h200.json"
    entry = {
        "run_name": "gpu_path_steps/black_scholes_float/spectralmc/steps:252/paths:1048576",
        "run_type": "iteration",
        "label": "path-step",
        "per_second": expected / 4,
    }
    context = {"gpu": "A GPU", "compute_capability": "9.0", "multiprocessors": "66"}
    measured.write_text(json.dumps({"context": context, "benchmarks": [entry]}))
    assert bench_report.main([str(output), str(measured), "--output", str(report)]) == 0
    line = next(line for line in report.read_text().splitlines() if line.startswith("| black scholes float | A GPU"))
    assert line.endswith("| **0.5** |")  # of half as many multiprocessors


@pytest.mark.parametrize("content", ["nonsense", "[]", '{"kind": "other"}'])
def test_results_of_other_kinds_are_not_estimates(tmp_path: Path, content: str) -> None:
    path = tmp_path / "result.json"
    path.write_text(content)
    assert gpu_estimate.read(path) is None


COMMITTED = json.loads((ROOT / gpu_estimate.RESULT).read_text())
ONE = COMMITTED["estimates"][0]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ({"estimates": [{"case": 1}], "left_out": []}, "estimate 1 should have the fields"),
        ({"estimates": [], "left_out": []}, "has no estimates"),
        ({"left_out": []}, "estimates is None, not a list"),
        ({"estimates": [ONE], "left_out": 1}, "left_out is 1, not a list"),
        ({"estimates": [ONE], "left_out": [1]}, "left_out is 1, not a text"),
        *(
            ({"estimates": [ONE, ONE | {name: value}], "left_out": []}, f"{where}: {name} is ")
            for where, name, value in (
                ("estimate 2", "per_second", math.nan),
                ("estimate 2", "per_second", math.inf),
                ("estimate 2", "clocks", "many"),
                ("estimate 2", "multiprocessors", 0),
                ("estimate 2", "multiprocessors", 1.5),
                ("estimate 2", "spills", -1),
                ("estimate 2", "gpu", None),
                ("estimate 2", "instructions", []),
            )
        ),
        ({"estimates": [ONE | {"toolkit": "new"}], "left_out": []}, "toolkit is new, not a version"),
    ],
)
def test_broken_estimates(
    tmp_path: Path, content: dict[str, object], reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "result.json"
    path.write_text(json.dumps({"kind": "gpu_estimate"} | content))
    assert bench_report.main([str(path)]) == 2
    told = capsys.readouterr().err
    assert str(path) in told and reason in told


def test_committed_estimates_can_be_read() -> None:
    found = gpu_estimate.read(ROOT / gpu_estimate.RESULT)
    assert found is not None and len(found.estimates) == len(COMMITTED["estimates"])
