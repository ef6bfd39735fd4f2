"""The report's part on GPU generations: estimates from machine code, and beside them what was measured."""

from __future__ import annotations

from collections.abc import Sequence

from tools import gpu_estimate
from tools.benchmark_results import Run, select
from tools.report_form import Pictures, plotting, rate, words


def measured(run: Run, one: gpu_estimate.Estimate) -> float | None:
    """The most path-steps a second that the run has of what was estimated, if it is of such a GPU."""
    if run.context.get("compute_capability", "").replace(".", "") != str(one.capability):
        return None
    rates = [
        found.per_second for found in select(run.measurements, "gpu_path_steps") if found.own and found.case == one.case
    ]
    return max(rates, default=None)


def beside_estimates(runs: Sequence[Run], estimates: Sequence[gpu_estimate.Estimate]) -> list[str]:
    """What was measured on a GPU of an architecture, over its estimate for as many multiprocessors."""
    lines = []
    for one in estimates:
        for run in runs:
            rate_there = measured(run, one)
            if rate_there is None:
                continue
            multiprocessors = int(run.context.get("multiprocessors", one.multiprocessors))
            expected = one.per_second * multiprocessors / one.multiprocessors
            lines.append(
                f"| {words(one.case)} | {run.machine} | {multiprocessors} | {rate(rate_there)} | {rate(expected)} "
                f"| **{rate_there / expected:.2g}** |"
            )
    if not lines:
        return ["None of these was measured.", ""]
    return [
        "Measured, beside the estimate for as many multiprocessors at the clock in the table:",
        "",
        "| model | GPU | multiprocessors | measured | estimate | measured over estimate |",
        "|---|---|---|---|---|---|",
        *lines,
        "",
    ]


def across_generations(found: gpu_estimate.Found, runs: Sequence[Run], pictures: Pictures) -> list[str]:
    pyplot = plotting()
    newest = gpu_estimate.newest(found.estimates)
    cases = list(dict.fromkeys(one.case for one in found.estimates))
    lines = []
    figure, plot = pyplot.subplots(figsize=(7, 3.8), layout="constrained")
    capabilities = sorted({capability for capability, _ in newest})
    for capability in capabilities:
        ones = {case: newest[capability, case] for case in cases if (capability, case) in newest}
        first = next(iter(ones.values()))
        cells = [
            (
                f"{rate(ones[case].per_second)} ({ones[case].registers}{', spills' if ones[case].spills else ''}; "
                f"{100 * ones[case].occupancy:.0f}%; {ones[case].set_by})"
                if case in ones
                else ""
            )
            for case in cases
        ]
        lines.append(
            f"| {capability} | {first.gpu}, {first.multiprocessors} at {first.megahertz} MHz | {first.toolkit} | "
            + " | ".join(cells)
            + " |"
        )
    for case in cases:
        places = [place for place, capability in enumerate(capabilities) if (capability, case) in newest]
        heights = [newest[capabilities[place], case].per_second for place in places]
        (line,) = plot.plot(places, heights, marker="o", markersize=4, label=f"{words(case)}, estimate")
        for place in places:
            for run in runs:
                rate_there = measured(run, newest[capabilities[place], case])
                if rate_there is not None:
                    plot.plot([place], [rate_there], marker="x", markersize=8, color=line.get_color())
    names = [f"sm_{each}\n{newest_gpu(newest, each)}" for each in capabilities]
    plot.set_xticks(range(len(capabilities)), names, fontsize=6)
    plot.set_yscale("log")
    plot.set_ylabel("path-steps a second")
    plot.set_title("estimates from machine code (crosses: measured)", fontsize="medium")
    plot.grid(alpha=0.3)
    plot.legend(fontsize="x-small")
    return [
        "## Across GPU generations (estimates, not measured)",
        "",
        "Path-steps a second; in brackets the registers of a thread, the share of all threads that are resident, and",
        "what sets the rate. From machine code, by `gpu-estimate`; docs/benchmarks.md says what it leaves out.",
        "",
        "| sm | GPU, multiprocessors | CUDA | " + " | ".join(words(case) for case in cases) + " |",
        "|---|---|---|" + "---|" * len(cases),
        *lines,
        "",
        *(f"Left out: {each}." for each in found.left_out),
        *([""] if found.left_out else []),
        *beside_estimates(runs, list(newest.values())),
        *pictures.add(figure, "gpu_generations", "Estimated path-steps a second by architecture"),
    ]


def newest_gpu(newest: dict[tuple[int, str], gpu_estimate.Estimate], capability: int) -> str:
    return next(one.gpu for (found, _), one in newest.items() if found == capability).replace(", ", ",\n")
