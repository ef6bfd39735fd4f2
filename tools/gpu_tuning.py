"""Searches the policies of the kernel that follows paths and sums their spectra, by its machine code. Needs no GPU.

Candidates are threads a block, blocks that registers must leave room for, and sums a thread. Each is compiled for the
two models of gpu-estimate, in float and double, for each architecture by the newest nvcc that knows it. What a chunk of
paths costs a multiprocessor, with 252 steps, and at 12 dates the sums of 64 frequencies, is the most of

- the clocks that the busiest pipe needs for the steps, and those that it needs for the sums;
- the clocks that pass if every instruction of a thread needs the one before, by the number of blocks that are there
  for others to go on: what a phase leaves to few threads costs as long as it takes them.

docs/benchmarks.md says what such numbers cannot see. bench/gpu_bench.cu measures some of the candidates where there is
a GPU. What is found is written to a file with all candidates; include/spectralmc/parallel/architecture.hpp has what
was chosen, and bench-report puts the two side by side.

Exit status: 0, or 2 if there is no nvcc or disassembler, a program of a toolkit failed, nothing at all was found or the
output cannot be written. Architectures that only nvcc knows are left out by name.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tools import gpu_architectures, gpu_estimate, gpu_kernels, machine_code, repository
from tools.gpu_architectures import RATES, WARP, Limits
from tools.gpu_kernels import Policy
from tools.result_files import ResultError, items, record

RESULT = "bench/results/gpu_tuning.json"
KIND = "gpu_tuning"
CHUNK, STEPS, DATES, FREQUENCIES = 1024, 252, 12, 64
SLOTS = 16  # of the canonical sum
BLOCK = 32  # frequencies that begin at one anchor

# Threads that registers must leave room for on a multiprocessor; more would leave other models too few registers.
RESIDENT = {"float": (512, 768), "double": (256, 384, 512)}
THREADS = (64, 128, 256, 512)
SUMS = (64, 32, 16)


@dataclass(frozen=True)
class Candidate:
    capability: int
    real: str
    toolkit: str
    block_threads: int
    resident_blocks: int
    sums_a_thread: int
    registers: int  # of a thread, the most of the models
    spills: int  # bytes, the most of the models
    blocks: int  # resident on a multiprocessor, the least of the models
    clocks: float  # of a multiprocessor for a path, geometric mean over the models

    @property
    def policy(self) -> Policy:
        return Policy(self.block_threads, self.resident_blocks, self.sums_a_thread)

    @property
    def sound(self) -> bool:
        return self.spills == 0


def chunk_clocks(
    facts: Limits,
    policy: Policy,
    blocks: int,
    step: dict[str, int],
    steps: int,
    sums: dict[str, int],
) -> float:
    """Clocks of a multiprocessor for a chunk.

    step: instructions of a turn that makes so many steps; sums: those of a thread for one of its samples.
    """
    rates = RATES[facts.capability]
    turns = STEPS / steps
    tasks = FREQUENCIES // BLOCK * (2 * BLOCK // policy.sums_a_thread) * SLOTS
    samples = CHUNK // SLOTS * DATES

    def busiest(counts: dict[str, int]) -> float:
        return max(gpu_estimate.busy_clocks(counts, facts, rates).values())

    busy = CHUNK / WARP * turns * busiest(step) + math.ceil(tasks / WARP) * samples * busiest(sums)
    one_by_one = math.ceil(CHUNK / policy.block_threads) * turns * sum(step.values())
    one_by_one += math.ceil(tasks / policy.block_threads) * samples * sum(sums.values())
    return max(busy, rates.latency * one_by_one / blocks)


def candidates_of(
    root: Path, toolkit: gpu_kernels.Toolkit, disassemblers: Sequence[str], facts: Limits, real: str
) -> list[Candidate]:
    """All that fit. Throws ToolkitError."""
    models = {name: (observer, model) for name, observer, model in gpu_kernels.MODELS}
    found = []
    for resident in RESIDENT[real]:
        for sums_a_thread in SUMS:
            compiled = []
            for name, steps in gpu_estimate.CASES.values():
                observer, model = models[name]
                compiled_for = Policy(128, resident // 128, sums_a_thread)  # other blocks have as many registers
                source = gpu_kernels.source_of(model, observer, real, compiled_for)
                kernel = gpu_kernels.kernel(root, toolkit, disassemblers, source, facts.capability)
                if kernel is None:
                    raise gpu_kernels.ToolkitError(f"no disassembler here can read code for sm_{facts.capability}.")
                code = machine_code.kernel_code(kernel.text, gpu_kernels.KERNEL)
                step = machine_code.count(machine_code.longest_turn(code, *machine_code.step_loop(code)))
                loop = machine_code.sums_loop(code, sums_a_thread, real)
                sums = machine_code.count(machine_code.longest_turn(code, *loop))
                compiled.append((kernel.resources, step, steps, sums))
            for threads in (each for each in THREADS if resident % each == 0):
                policy = Policy(threads, resident // threads, sums_a_thread)
                blocks = [
                    gpu_architectures.resident_blocks(facts, threads, used.registers, used.shared_memory)
                    for used, _, _, _ in compiled
                ]
                if policy.resident_blocks > facts.blocks or min(blocks) == 0:
                    continue
                clocks = [
                    chunk_clocks(facts, policy, there, step, steps, sums) / CHUNK
                    for there, (_, step, steps, sums) in zip(blocks, compiled)
                ]
                found.append(
                    Candidate(
                        capability=facts.capability,
                        real=real,
                        toolkit=toolkit.version,
                        block_threads=threads,
                        resident_blocks=policy.resident_blocks,
                        sums_a_thread=sums_a_thread,
                        registers=max(used.registers for used, _, _, _ in compiled),
                        spills=max(used.spills for used, _, _, _ in compiled),
                        blocks=min(blocks),
                        clocks=float(f"{math.exp(sum(map(math.log, clocks)) / len(clocks)):.4g}"),
                    )
                )
    return found


@dataclass(frozen=True)
class Found:
    candidates: list[Candidate]

    def of(self, capability: int, real: str) -> list[Candidate]:
        """The fastest first, those that spill last."""
        those = [each for each in self.candidates if (each.capability, each.real) == (capability, real)]
        return sorted(those, key=lambda each: (not each.sound, each.clocks))


def read(path: Path) -> Found | None:
    """None if the file is a result of another kind. Throws ResultError."""
    try:
        content = json.loads(path.read_text())
    except (OSError, ValueError):
        return None  # whoever reads the other kinds says why
    if not isinstance(content, dict) or content.get("kind") != KIND:
        return None
    candidates = [
        record(Candidate, each, f"{path}: candidate {place}", ("spills",))
        for place, each in enumerate(items(content.get("candidates"), f"{path}: candidates"), 1)
    ]
    if not candidates:
        raise ResultError(f"{path} has no candidates.")
    return Found(candidates)


def run(
    root: Path, toolkits: Sequence[gpu_kernels.Toolkit], disassemblers: Sequence[str], wanted: Sequence[int]
) -> Any:
    """The whole search, as written to the file. Throws ToolkitError, also if nothing was found."""
    commit, facts = gpu_estimate.commit_of_headers(root), gpu_architectures.limits(root)
    known, left_out = gpu_estimate.architectures(toolkits, facts, wanted)
    newest = {architecture: toolkit for toolkit, architecture in known}
    found: list[Candidate] = []
    for architecture in sorted(newest):
        for real in RESIDENT:
            found += candidates_of(root, newest[architecture], disassemblers, facts[architecture], real)
            for best in Found(found).of(architecture, real)[:1]:
                print(f"sm_{architecture}, {real}: {best.policy}, {best.clocks} clocks a path", file=sys.stderr)
    if not found:
        raise gpu_kernels.ToolkitError("\n".join(["no candidate was found.", *left_out]))
    workload = {"steps": STEPS, "dates": DATES, "frequencies": FREQUENCIES}
    return {
        "kind": KIND,
        "commit": commit,
        "workload": workload,
        "candidates": [dataclasses.asdict(each) for each in found],
        "left_out": left_out,
    }


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="gpu-tuning", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    gpu_estimate.add_toolkit_options(parser)
    options = parser.parse_args(arguments)
    try:
        root = repository.find_root()
        output = gpu_estimate.chosen_output(parser, options, root / RESULT)
        toolkits = gpu_kernels.find_toolkits(options.nvcc, options.host_compiler, options.flag)
        content = run(root, toolkits, gpu_kernels.find_disassemblers(options.nvdisasm), options.arch)
        return gpu_estimate.deliver(content, output)
    except gpu_estimate.FAILURES as error:
        print(f"gpu-tuning: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
