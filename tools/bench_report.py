"""Makes a report in Markdown, with pictures, from result files of the benchmarks.

Each file is one run on one machine (`build/bench/bench/spectralmc_bench --benchmark_out=FILE`). The report has for each
the machine and the build, the library beside its peers, the shares of what the machine can do at most, and how the cost
grows with the size. Files of gpu-estimate are one more table and picture: GPUs of all architectures, estimated, and
beside the estimates what was measured on them.

Exit status: 0, or 2 if a file cannot be read or holds no results.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from tools import gpu_estimate
from tools.benchmark_results import Measurement, ResultError, Run, read, select, usual_arguments

# What peers need not have in common with the library to be compared by rate.
SCALE = {"paths"}


def rate(value: float) -> str:
    for size, word in ((1e9, " billion"), (1e6, " million"), (1e3, " thousand")):
        if value >= size:
            return f"{value / size:.3g}{word}"
    return f"{value:.3g}"


def words(name: str) -> str:
    return name.replace("_", " ")


def described(arguments: dict[str, int]) -> str:
    return ", ".join(f"{name} {value}" for name, value in arguments.items())


def groups_of(run: Run) -> list[str]:
    return list(dict.fromkeys(found.group for found in run.measurements))


def comparable(own: Measurement, peer: Measurement) -> bool:
    """The same work: a peer in double stands beside the library in float where it has no other."""
    if own.group != peer.group or peer.case not in (own.case, own.case.replace("_float", "_double")):
        return False
    shared = (own.arguments.keys() & peer.arguments.keys()) - SCALE
    return all(own.arguments[name] == peer.arguments[name] for name in shared)


def against_peers(run: Run) -> list[str]:
    lines = []
    for group in groups_of(run):
        found = select(run.measurements, group)
        usual = usual_arguments(found)
        for peer in (each for each in found if not each.own):
            matches = [own for own in found if own.own and comparable(own, peer)]
            # Of sizes that the peer does not have, the usual ones.
            for own in matches:
                free = SCALE & own.arguments.keys()
                if any(own.arguments[name] != usual.get(name) for name in free):
                    continue
                note = " (peer in double)" if own.case != peer.case else ""
                lines.append(
                    f"| {words(group)}: {words(own.case)}{note} | {described(peer.arguments)} | {own.who} "
                    f"| {rate(own.per_second)} | {peer.who} | {rate(peer.per_second)} "
                    f"| **{own.per_second / peer.per_second:.3g}** |"
                )
    if not lines:
        return []
    return [
        "### Beside its peers",
        "",
        "Work a second, and the ratio: the same work on one machine in one run.",
        "",
        "| work | size | library | a second | peer | a second | ratio |",
        "|---|---|---|---|---|---|---|",
        *sorted(lines),
        "",
    ]


def shares(run: Run) -> list[str]:
    lines = []
    for group in groups_of(run):
        found = [each for each in select(run.measurements, group) if each.own and each.share is not None]
        usual = usual_arguments(found)
        for each in found:
            if each.arguments == usual:
                lines.append(
                    f"| {words(group)}: {words(each.case)} | {described(each.arguments)} | {rate(each.per_second)} "
                    f"{each.unit} | {rate(each.limit or 0)} | {each.limit_name} | {100 * (each.share or 0):.0f}% |"
                )
    if not lines:
        return []
    return [
        "### Beside the limit",
        "",
        "The limit is measured in the same run, on as many threads.",
        "",
        "| work | size | a second | limit | set by | share |",
        "|---|---|---|---|---|---|",
        *lines,
        "",
    ]


def curves(run: Run, group: str, axis: str) -> dict[str, list[tuple[int, float]]]:
    """For each case and who, (size, rate) along one argument, all others as usual; two points at least."""
    found = [each for each in select(run.measurements, group) if axis in each.arguments]
    usual = usual_arguments(found)
    lines: dict[str, list[tuple[int, float]]] = {}
    for each in found:
        if all(
            each.arguments[name] == usual.get(name, each.arguments[name]) for name in each.arguments if name != axis
        ):
            lines.setdefault(f"{words(each.case)}, {each.who}", []).append((each.arguments[axis], each.per_second))
    return {name: sorted(points) for name, points in lines.items() if len({x for x, _ in points}) > 1}


def draw(run: Run, folder: Path) -> list[str]:
    """Pictures of all curves, and what the report says of them."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    text = []
    for group in groups_of(run):
        axes = dict.fromkeys(name for each in select(run.measurements, group) for name in each.arguments)
        for axis in axes:
            lines = curves(run, group, axis)
            if not lines:
                continue
            unit = select(run.measurements, group)[0].unit
            figure, plot = pyplot.subplots(figsize=(6, 3.6), layout="constrained")
            for name, points in lines.items():
                plot.plot([x for x, _ in points], [y for _, y in points], marker="o", markersize=3, label=name)
            plot.set_xscale("log", base=2)
            plot.set_yscale("log")
            plot.set_xlabel(words(axis))
            plot.set_ylabel(f"{unit} a second")
            plot.set_title(words(group), fontsize="medium")
            plot.grid(alpha=0.3)
            plot.legend(fontsize="x-small")
            name = f"{run.name}_{group}_{axis}.png"
            figure.savefig(folder / name, dpi=110)
            pyplot.close(figure)
            text.append(f"![{words(group)}: {unit} a second by {words(axis)}]({{pictures}}/{name})")
            text.append("")
    return ["### Cost against size", "", *text] if text else []


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


def across_generations(found: gpu_estimate.Found, runs: Sequence[Run], folder: Path) -> list[str]:
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

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
    name = "gpu_generations.png"
    figure.savefig(folder / name, dpi=110)
    pyplot.close(figure)
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
        f"![Estimated path-steps a second by architecture]({{pictures}}/{name})",
        "",
    ]


def newest_gpu(newest: dict[tuple[int, str], gpu_estimate.Estimate], capability: int) -> str:
    return next(one.gpu for (found, _), one in newest.items() if found == capability).replace(", ", ",\n")


def machine(run: Run) -> list[str]:
    context = run.context
    lines = [f"## {run.machine}", ""]
    shown = [f"{words(name)}: {value}" for name, value in context.items() if value and name not in ("cpu", "gpu")]
    return [*lines, "; ".join(shown) + ".", ""] if shown else lines


def report(runs: Sequence[Run], output: Path, pictures: Path, estimates: Sequence[gpu_estimate.Found] = ()) -> None:
    pictures.mkdir(parents=True, exist_ok=True)
    output.parent.mkdir(parents=True, exist_ok=True)
    place = os.path.relpath(pictures, output.parent)
    lines = ["# Performance", "", "Made by `bench-report` from the results in `bench/results`.", ""]
    for run in runs:
        lines += machine(run) + against_peers(run) + shares(run)
        lines += [line.replace("{pictures}", place) for line in draw(run, pictures)]
    for found in estimates:
        lines += [line.replace("{pictures}", place) for line in across_generations(found, runs, pictures)]
    output.write_text("\n".join(lines).rstrip() + "\n")


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="bench-report", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("results", nargs="+", type=Path, help="files of results")
    parser.add_argument("--output", type=Path, default=Path("out/performance.md"), help="(default: %(default)s)")
    parser.add_argument("--pictures", type=Path, help="folder (default: images/, beside the output)")
    options = parser.parse_args(arguments)
    try:
        estimates = {path: gpu_estimate.read(path) for path in options.results}
        runs = [read(path) for path, found in estimates.items() if found is None]
    except (ResultError, gpu_estimate.EstimateError) as error:
        print(f"bench-report: {error}", file=sys.stderr)
        return 2
    pictures = options.pictures or options.output.parent / "images"
    report(runs, options.output, pictures, [found for found in estimates.values() if found is not None])
    print(options.output)
    return 0


if __name__ == "__main__":
    sys.exit(main())
