"""The report's part on tuning: the candidates for policies that were measured, and those searched by machine code."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tools import gpu_tuning
from tools.benchmark_results import Run, select
from tools.gpu_kernels import Policy
from tools.report_form import described, rate, words

GROUPS = ("tuning", "gpu_tuning")


def measured_candidates(run: Run) -> list[str]:
    """For each piece of work, what all candidates do of it in a second, the fastest first."""
    cases: dict[str, list[tuple[float, str]]] = {}
    for group in GROUPS:
        for found in select(run.measurements, group):
            cases.setdefault(found.case, []).append((found.per_second, described(found.arguments)))
    if not cases:
        return []
    lines = []
    for case, candidates in cases.items():
        candidates.sort(reverse=True)
        best = candidates[0][0]
        shown = "; ".join(f"{name}: {rate(speed)} ({100 * speed / best:.0f}%)" for speed, name in candidates)
        lines.append(f"| {words(case)} | {shown} |")
    return [
        "### Tuning",
        "",
        "What candidates for the policies do in a second, the fastest first.",
        "",
        "| work | candidates |",
        "|---|---|",
        *lines,
        "",
    ]


def described_policy(policy: Policy) -> str:
    return f"{policy.block_threads} x {policy.resident_blocks}, {policy.sums_a_thread}"


def searched_candidates(found: gpu_tuning.Found, selected: Mapping[tuple[int, str], Policy]) -> list[str]:
    """Of each architecture, what the search by machine code found, and what the library selects."""
    lines = []
    for capability, real in dict.fromkeys((each.capability, each.real) for each in found.candidates):
        candidates = found.of(capability, real)
        best = candidates[0]
        worst = next((f"{each.clocks:.4g}" for each in reversed(candidates) if each.sound), "all spill")
        chosen = selected.get((capability, real))
        clocks = next((each.clocks for each in candidates if each.policy == chosen), None)
        lines.append(
            f"| {capability} | {real} | {len(candidates)} | {described_policy(best.policy)} | {best.clocks:.4g} "
            f"| {best.registers} | {best.blocks} | {worst} "
            f"| {'' if chosen is None else described_policy(chosen)} | {'' if clocks is None else f'{clocks:.4g}'} |"
        )
    return [
        "## Tuning for GPU generations (by static estimate)",
        "",
        "Policies of the kernel that follows paths and sums their spectra: threads a block x blocks that there are",
        "registers for, sums a thread. Clocks are those of a multiprocessor for a path of 252 steps with sums of 64",
        "frequencies at twelve dates, by `gpu-tuning`, Black-Scholes and Heston's model equally; of the best, of the",
        "worst that does not spill, and of what the library selects.",
        "",
        "| sm | real | candidates | best | clocks | registers | blocks there | worst clocks | selected | clocks |",
        "|---|---|---|---|---|---|---|---|---|---|",
        *lines,
        "",
    ]


def tuning_for_generations(
    searches: Sequence[gpu_tuning.Found], selected: Mapping[tuple[int, str], Policy]
) -> list[str]:
    return [line for found in searches for line in searched_candidates(found, selected)]
