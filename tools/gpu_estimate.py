"""Estimates from machine code how many steps of paths a GPU of each architecture makes in a second. Needs no GPU.

Compiles the kernel of Black-Scholes and of Heston's quadratic-exponential scheme, in float and double, with each nvcc
found for each architecture that it knows; reads registers, spills and shared memory from ptxas and the loop over steps
from a disassembler (tools/machine_code.py); and takes the clocks that the busiest pipe, or the issue of instructions,
needs for it (tools/gpu_architectures.py). docs/benchmarks.md says what such a number leaves out.

CUDA 13 writes files that the disassembler of 11.8 cannot read: `pip install nvidia-cuda-nvdisasm`, or --nvdisasm.

--resources instead prints what each model's kernel takes of a GPU, by architecture, as a table in Markdown.

Exit status: 0; 1 if with --resources a kernel in float spills on sm_75 or later; 2 if there is no nvcc, a program of a
toolkit failed, nothing at all was estimated or the output cannot be written. What no disassembler can read, and
architectures that only nvcc knows, are left out by name.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tools import gpu_architectures, gpu_kernels, machine_code, repository
from tools.gpu_architectures import RATES, WARP, Limits, Rates
from tools.result_files import ResultError, items, record, text, write

RESULT = "bench/results/gpu_estimate.json"
KIND = "gpu_estimate"
# Named as in the benchmarks: the model of gpu_kernels.MODELS, and the steps that one block of four numbers serves.
CASES = {"black_scholes": ("Black-Scholes", 4), "heston_quadratic_exponential": ("Heston, QE", 2)}
REALS = ("float", "double")


def busy_clocks(counts: Mapping[str, int], facts: Limits, rates: Rates) -> dict[str, float]:
    """Clocks of a multiprocessor that each pipe is busy with one warp's instructions, and with their issue."""

    def n(*kinds: str) -> int:
        return sum(counts.get(kind, 0) for kind in kinds)

    products = n("multiply") + 2 * n("wide multiply")
    clocks = {"issue": n(*machine_code.KINDS) / rates.schedulers}
    if facts.capability < 70:  # one kind of core does it all
        clocks["FP32 and integers"] = (
            n("single", "integer") * WARP / facts.single_rate + products * WARP / rates.multiply
        )
    else:
        clocks["FP32"] = (n("single") + products) * WARP / facts.single_rate
        clocks["integers"] = n("integer") * WARP / rates.integer
        clocks["products of integers"] = products * WARP / rates.multiply
    clocks["FP64"] = n("double") * WARP / facts.double_rate
    clocks["special functions"] = (
        n("special", "conversion") * WARP / rates.special + n("conversion 64") * WARP / rates.conversion_64
    )
    clocks["memory"] = float(n("memory"))  # a warp a clock, as from shared memory or the cache
    return clocks


@dataclass(frozen=True)
class Estimate:
    case: str  # as the benchmarks name it, such as black_scholes_float
    capability: int
    toolkit: str
    registers: int
    spills: int
    shared_memory: int
    blocks: int  # resident on a multiprocessor
    occupancy: float
    instructions: dict[str, float]  # of a step, by kind
    clocks: float  # of a multiprocessor, for a step of one path
    bound: str  # what sets them
    waiting: float  # the factor by which too few warps to hide latencies make it slower, in the clocks
    gpu: str
    multiprocessors: int
    megahertz: int
    per_second: float

    @property
    def set_by(self) -> str:
        return self.bound if self.waiting == 1 else f"{self.bound}, waiting {self.waiting:.3g}-fold"


def estimate(
    case: str,
    facts: Limits,
    toolkit: str,
    resources: gpu_kernels.Resources,
    threads: int,
    counts: Mapping[str, int],
    steps: int,
) -> Estimate:
    """counts: the instructions of a turn of the loop that makes `steps` steps. Throws FactError if no block fits."""
    rates, gpu = RATES[facts.capability], gpu_architectures.GPUS[facts.capability]
    blocks = gpu_architectures.resident_blocks(facts, threads, resources.registers, resources.shared_memory)
    if blocks == 0:
        raise gpu_architectures.FactError(f"{case} does not fit on sm_{facts.capability}")
    warps = blocks * threads / WARP
    clocks = busy_clocks(counts, facts, rates)
    bound = max(clocks, key=lambda pipe: clocks[pipe])
    # If every instruction needs the one before, a scheduler has something to issue in every clock from as many warps on
    # as the latency has clocks. What another pipe bounds leaves that much more time.
    waiting = max(1.0, rates.latency * rates.schedulers / warps * clocks["issue"] / clocks[bound])
    of_a_step = clocks[bound] * waiting / (WARP * steps)
    return Estimate(
        case=case,
        capability=facts.capability,
        toolkit=toolkit,
        registers=resources.registers,
        spills=resources.spills,
        shared_memory=resources.shared_memory,
        blocks=blocks,
        occupancy=round(warps * WARP / facts.threads, 4),
        instructions={kind: round(number / steps, 3) for kind, number in counts.items()},
        clocks=float(f"{of_a_step:.4g}"),
        bound=bound,
        waiting=round(waiting, 3),
        gpu=gpu.name,
        multiprocessors=gpu.multiprocessors,
        megahertz=gpu.megahertz,
        per_second=float(f"{gpu.multiprocessors * gpu.megahertz * 1e6 / of_a_step:.4g}"),
    )


@dataclass(frozen=True)
class Found:
    estimates: list[Estimate]
    left_out: list[str]


def read(path: Path) -> Found | None:
    """None if the file is a result of another kind. Throws ResultError."""
    try:
        content = json.loads(path.read_text())
    except (OSError, ValueError):
        return None  # whoever reads the other kinds says why
    if not isinstance(content, dict) or content.get("kind") != KIND:
        return None
    estimates = [
        record(Estimate, each, f"{path}: estimate {place}", ("spills", "shared_memory"))
        for place, each in enumerate(items(content.get("estimates"), f"{path}: estimates"), 1)
    ]
    if not estimates:
        raise ResultError(f"{path} has no estimates.")
    for each in estimates:
        if not re.fullmatch(r"[0-9]{1,6}(\.[0-9]{1,6})+", each.toolkit):
            raise ResultError(f"{path}: toolkit is {each.toolkit}, not a version.")
    left_out = items(content.get("left_out"), f"{path}: left_out")
    return Found(estimates, [text(each, f"{path}: left_out") for each in left_out])


def newest(estimates: Sequence[Estimate]) -> dict[tuple[int, str], Estimate]:
    """By capability and case, those of the newest toolkit."""
    ordered = sorted(estimates, key=lambda each: gpu_kernels.release(each.toolkit))
    return {(each.capability, each.case): each for each in ordered}


def commit_of_headers(root: Path) -> str:
    """The last commit that changed what is compiled, and -dirty if it has been changed since."""
    git = ["git", "-C", str(root)]
    commit = gpu_kernels.output_of([*git, "log", "-1", "--format=%h", "--abbrev=12", "--", "include"]).strip()
    return commit + ("-dirty" if gpu_kernels.output_of([*git, "status", "--porcelain", "--", "include"]) else "")


def architectures(
    toolkits: Sequence[gpu_kernels.Toolkit], facts: Mapping[int, Limits], wanted: Sequence[int]
) -> tuple[list[tuple[gpu_kernels.Toolkit, int]], list[str]]:
    """What each toolkit compiles for, of those wanted or of all, and what is left out. Throws ToolkitError."""
    listed = {(toolkit, each) for toolkit in toolkits for each in toolkit.architectures()}
    listed = {(toolkit, each) for toolkit, each in listed if not wanted or each in wanted}
    numbers = {each for _, each in listed}
    unknown = {each for each in numbers if each not in facts or each not in RATES}
    left_out = [f"sm_{each}: nothing is known of it here" for each in sorted(unknown)]
    left_out += [f"sm_{each}: no nvcc here knows it" for each in sorted(set(wanted) - numbers)]
    known = [(toolkit, each) for toolkit, each in listed if each not in unknown]
    return sorted(known, key=lambda pair: (gpu_kernels.release(pair[0].version), pair[1])), left_out


def run(
    root: Path, toolkits: Sequence[gpu_kernels.Toolkit], disassemblers: Sequence[str], wanted: Sequence[int]
) -> Any:
    """All estimates, as written to the file. Throws ToolkitError, also if there are none."""
    commit = commit_of_headers(root)
    facts = gpu_architectures.limits(root)
    policies = gpu_kernels.selected_policies(root, list(facts))
    models = {name: (observer, model) for name, observer, model in gpu_kernels.MODELS}
    found: list[Estimate] = []
    known, left_out = architectures(toolkits, facts, wanted)
    used: dict[str, str] = {}
    for toolkit, architecture in known:
        for case, (name, steps) in CASES.items():
            for real in REALS:
                observer, model = models[name]
                source = gpu_kernels.source_of(model, observer, real)
                kernel = gpu_kernels.kernel(root, toolkit, disassemblers, source, architecture)
                title = f"{case}_{real} on sm_{architecture} by CUDA {toolkit.version}"
                if kernel is None:
                    left_out.append(f"{title}: no disassembler here can read it")
                    continue
                used[toolkit.version] = kernel.disassembler
                code = machine_code.kernel_code(kernel.text, gpu_kernels.KERNEL)
                turn = machine_code.longest_turn(code, *machine_code.step_loop(code))
                one = estimate(
                    f"{case}_{real}",
                    facts[architecture],
                    toolkit.version,
                    kernel.resources,
                    policies[architecture, real].block_threads,
                    machine_code.count(turn),
                    steps,
                )
                found.append(one)
                print(f"{title}: {one.per_second:.3g} path-steps a second on {one.gpu}", file=sys.stderr)
    if not found:
        raise gpu_kernels.ToolkitError("\n".join(["nothing could be estimated.", *left_out]))
    return {
        "kind": KIND,
        "commit": commit,
        "toolkits": [{"nvcc": each.version, "nvdisasm": used.get(each.version)} for each in toolkits],
        "estimates": [dataclasses.asdict(each) for each in found],
        "left_out": left_out,
    }


def print_resources(root: Path, toolkit: gpu_kernels.Toolkit, architectures: Sequence[int]) -> int:
    columns = [f"{real} sm_{a}" for real in REALS for a in architectures]
    print("| model | " + " | ".join(columns) + " |")
    print("|---|" + "---|" * len(columns))
    spilled = False
    for name, observer, model in gpu_kernels.MODELS:
        cells = []
        for real in REALS:
            for architecture in architectures:
                with TemporaryDirectory() as folder:
                    source = gpu_kernels.source_of(model, observer, real)
                    kernel = toolkit.compile(root, source, architecture, Path(folder) / "kernel.cubin")
                cells.append(f"{kernel.registers}" + (f", {kernel.spills} B spilled" if kernel.spills else ""))
                spilled = spilled or (kernel.spills > 0 and real == "float" and architecture >= 75)
        print(f"| {name} | " + " | ".join(cells) + " |", flush=True)
    return 1 if spilled else 0


def add_toolkit_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--nvcc", action="append", default=[], help="a CUDA compiler; may be repeated (default: all)")
    parser.add_argument("--host-compiler", help="the C++ compiler that it calls (default: a g++ that it takes)")
    parser.add_argument("--flag", action="append", default=[], help="passed to nvcc, such as --flag=-I/folder")
    parser.add_argument("--nvdisasm", action="append", default=[], help="a disassembler; may be repeated")
    parser.add_argument("--arch", action="append", type=int, default=[], help="10 x compute capability (default: all)")
    parser.add_argument("--output", type=Path, help="needed with --nvcc or --arch (default: in bench/results)")


def chosen_output(parser: argparse.ArgumentParser, options: argparse.Namespace, usual: Path) -> Path:
    """What only some toolkits or architectures give does not replace what all gave; that ends the program."""
    if options.output is None and (options.nvcc or options.arch):
        parser.error("--nvcc and --arch leave out a part: --output has to name a file for the rest.")
    return options.output or usual


# What ends a program of this kind with a message and exit status 2.
FAILURES = (
    *(repository.RepositoryError, gpu_kernels.ToolkitError, machine_code.CodeError),
    *(gpu_architectures.FactError, ResultError),
)


def deliver(content: Any, output: Path) -> int:
    """Writes what was found, and tells where it is and what it leaves out. Throws ResultError."""
    write(output, json.dumps(content, indent=1) + "\n")
    for line in content["left_out"]:
        print(f"left out: {line}", file=sys.stderr)
    print(output)
    return 0


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="gpu-estimate", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add_toolkit_options(parser)
    parser.add_argument("--resources", action="store_true", help="the table of all models (default: sm_75, sm_90)")
    options = parser.parse_args(arguments)
    try:
        root = repository.find_root()
        output = None if options.resources else chosen_output(parser, options, root / RESULT)
        toolkits = gpu_kernels.find_toolkits(options.nvcc, options.host_compiler, options.flag)
        if output is None:
            return print_resources(root, toolkits[-1], options.arch or [75, 90])
        disassemblers = gpu_kernels.find_disassemblers(options.nvdisasm)
        return deliver(run(root, toolkits, disassemblers, options.arch), output)
    except FAILURES as error:
        print(f"gpu-estimate: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
