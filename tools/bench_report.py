"""Makes a report in Markdown, with pictures, from result files of the benchmarks.

Each file is one run on one machine (`build/bench/bench/spectralmc_bench --benchmark_out=FILE`). The report has for each
the machine and the build, the library beside its peers, the shares of what the machine can do at most, what more
threads bring, accuracy against time, how the cost grows with the size, and what candidates for its policies come to.
Files of gpu-estimate are one more table and picture: GPUs of all architectures, estimated, and beside the estimates
what was measured on them; a file of gpu-tuning is a table of what it found for them.

Exit status: 0, or 2 if a file cannot be read or written or does not hold results, or without matplotlib.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from tools import gpu_estimate, gpu_kernels, gpu_tuning, repository
from tools.benchmark_results import Measurement, Run, read, select, usual_arguments
from tools.generations_report import across_generations
from tools.report_form import DrawingError, Pictures, described, plotting, rate, words
from tools.result_files import ResultError, plain, write
from tools.tuning_report import GROUPS as TUNING
from tools.tuning_report import measured_candidates, tuning_for_generations

# What peers need not have in common with the library to be compared by rate.
SCALE = {"paths"}
# The group whose answers are random: they are compared at equal errors, and not by rate.
ACCURACY = "accuracy"
# How many sizes of one piece of work stand in a table at most; the curves have them all.
SIZES = 6


def groups_of(run: Run) -> list[str]:
    """Those whose rates are compared by size and with peers."""
    return list(dict.fromkeys(each.group for each in run.measurements if each.group not in (ACCURACY, *TUNING)))


def comparable(own: Measurement, peer: Measurement) -> bool:
    """The same work: a peer in double stands beside the library in float where it has no other."""
    if own.group != peer.group or peer.case not in (own.case, own.case.replace("_float", "_double")):
        return False
    shared = (own.arguments.keys() & peer.arguments.keys()) - SCALE
    return all(own.arguments[name] == peer.arguments[name] for name in shared)


def thinned(rows: Sequence[tuple[list[int], str]]) -> list[str]:
    """The lines by ascending size, of too many those at even distances, with the first and the last."""
    lines = [line for _, line in sorted(rows)]
    if len(lines) <= SIZES:
        return lines
    return [lines[round(i * (len(lines) - 1) / (SIZES - 1))] for i in range(SIZES)]


def errors(own: Measurement, peer: Measurement) -> str:
    found = [each.other.get("error") for each in (own, peer)]
    if all(error is None for error in found):
        return ""
    return ", ".join("?" if error is None else f"{error:.1g}" for error in found)


def against_peers(run: Run) -> list[str]:
    rows: dict[tuple[str, str, str, str], list[tuple[list[int], str]]] = {}
    for group in groups_of(run):
        found = select(run.measurements, group)
        usual = usual_arguments(found)
        for peer in (each for each in found if not each.own):
            cases = {each.case for each in found if each.who == peer.who}
            matches = [
                own
                for own in found
                if own.own and comparable(own, peer) and (own.case == peer.case or own.case not in cases)
            ]
            # Of sizes that the peer does not have, the usual ones.
            for own in matches:
                free = SCALE & own.arguments.keys()
                if any(own.arguments[name] != usual.get(name) for name in free):
                    continue
                note = " (peer in double)" if own.case != peer.case else ""
                line = (
                    f"| {words(group)}: {words(own.case)}{note} | {described(peer.arguments)} | {own.who} "
                    f"| {rate(own.per_second)} | {peer.who} | {rate(peer.per_second)} "
                    f"| **{own.per_second / peer.per_second:.3g}** | {errors(own, peer)} |"
                )
                work = (group, own.case + note, own.who, peer.who)
                rows.setdefault(work, []).append((list(peer.arguments.values()), line))
    if not rows:
        return []
    return [
        "### Beside its peers",
        "",
        "Work a second, and the ratio: the same work on one machine; and where they are known, the errors of the two.",
        "",
        "| work | size | library | a second | peer | a second | ratio | errors |",
        "|---|---|---|---|---|---|---|---|",
        *(line for work in sorted(rows) for line in thinned(rows[work])),
        "",
    ]


def shares(run: Run) -> list[str]:
    rows: dict[tuple[str, str, str], list[tuple[list[int], str]]] = {}
    for group in groups_of(run):
        for each in select(run.measurements, group):
            if not each.own or each.share is None:
                continue
            line = (
                f"| {words(group)}: {words(each.case)} | {each.who} | {described(each.arguments)} "
                f"| {rate(each.per_second)} {each.unit} "
                f"| {rate(each.limit or 0)} | {each.limit_name} | {100 * each.share:.0f}% |"
            )
            rows.setdefault((group, each.case, each.who), []).append((list(each.arguments.values()), line))
    if not rows:
        return []
    lines = [line for work in rows.values() for line in thinned(work)]
    return [
        "### Beside the limit",
        "",
        "The limit is measured in the same run, on as many threads.",
        "",
        "| work | by | size | a second | limit | set by | share |",
        "|---|---|---|---|---|---|---|",
        *lines,
        "",
    ]


def threaded(run: Run) -> list[str]:
    """What was measured on one thread and on more, all else the same."""
    lines = []
    for group in groups_of(run):
        found = [each for each in select(run.measurements, group) if each.own and "threads" in each.arguments]
        alone = {(each.case, each.who, *sizes(each)): each for each in found if each.arguments["threads"] == 1}
        for each in found:
            one = alone.get((each.case, each.who, *sizes(each)))
            if one is None or one is each:
                continue
            lines.append(
                f"| {words(group)}: {words(each.case)} | {described(dict(sizes(each)))} "
                f"| {rate(one.per_second)} {one.unit} | {each.arguments['threads']} | {rate(each.per_second)} "
                f"| **{each.per_second / one.per_second:.3g}** |"
            )
    if not lines:
        return []
    return [
        "### On several threads",
        "",
        "| work | size | a second on one thread | threads | a second | ratio |",
        "|---|---|---|---|---|---|",
        *lines,
        "",
    ]


def sizes(measured: Measurement) -> list[tuple[str, int]]:
    return [(name, value) for name, value in measured.arguments.items() if name != "threads"]


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


def draw(run: Run, pictures: Pictures) -> list[str]:
    """Pictures of all curves, and what the report says of them."""
    text = []
    for group in groups_of(run):
        axes = dict.fromkeys(name for each in select(run.measurements, group) for name in each.arguments)
        for axis in axes:
            lines = curves(run, group, axis)
            if not lines:
                continue
            unit = select(run.measurements, group)[0].unit
            figure, plot = plotting().subplots(figsize=(6, 3.6), layout="constrained")
            for name, points in lines.items():
                plot.plot([x for x, _ in points], [y for _, y in points], marker="o", markersize=3, label=name)
            plot.set_xscale("log", base=2)
            plot.set_yscale("log")
            plot.set_xlabel(words(axis))
            plot.set_ylabel(f"{unit} a second")
            plot.set_title(words(group), fontsize="medium")
            plot.grid(alpha=0.3)
            plot.legend(fontsize="x-small")
            shows = f"{words(group)}: {unit} a second by {words(axis)}"
            text += pictures.add(figure, f"{run.name}_{group}_{axis}", shows)
    return ["### Cost against size", "", *text] if text else []


def accuracies(run: Run) -> dict[str, dict[str, list[Measurement]]]:
    """By case and who, by ascending number of paths, what has an error."""
    found: dict[str, dict[str, list[Measurement]]] = {}
    for each in select(run.measurements, ACCURACY):
        if each.other.get("rmse", 0) > 0:
            found.setdefault(each.case, {}).setdefault(each.who, []).append(each)
    for by_who in found.values():
        for measured in by_who.values():
            measured.sort(key=lambda each: each.arguments.get("paths", 0))
    return found


def seconds_to(error: float, measured: Measurement) -> float:
    """Seconds for that root mean square error, if it falls like one over the square root of the time."""
    return (measured.other["rmse"] / error) ** 2 / measured.per_second


def accuracy_table(run: Run) -> list[str]:
    lines = []
    for case, by_who in accuracies(run).items():
        last = [measured[-1] for measured in by_who.values()]
        error = min(each.other["rmse"] for each in last)
        fastest = min((seconds_to(error, each) for each in last if each.own), default=None)
        for each in last:
            reported = each.other.get("reported")
            seconds = seconds_to(error, each)
            lines.append(
                f"| {words(case)} | {each.who} | {each.arguments.get('paths', '')} | {1 / each.per_second:.3g} "
                f"| {each.other['rmse']:.3g} | {'' if reported is None else f'{reported:.3g}'} | {seconds:.3g} "
                f"| {'' if fastest is None else f'**{seconds / fastest:.3g}**'} |"
            )
    if not lines:
        return []
    return [
        "### Accuracy against time",
        "",
        "Root mean square errors over independent runs on one core, and the seconds to the least error of the case, as",
        "if each error fell like one over the square root of the time: also as multiples of the library's fastest.",
        "",
        "| problem | who | paths | seconds | error | reported | seconds to the same error | ratio |",
        "|---|---|---|---|---|---|---|---|",
        *lines,
        "",
    ]


def draw_accuracy(run: Run, pictures: Pictures) -> list[str]:
    """A picture of error against time, one panel a case, and what the report says of it."""
    cases = accuracies(run)
    if not cases:
        return []
    everybody = dict.fromkeys(who for by_who in cases.values() for who in by_who)
    colours = {who: f"C{number}" for number, who in enumerate(everybody)}
    columns = min(2, len(cases))
    rows = -(-len(cases) // columns)
    size = (4.6 * columns, 3.6 * rows)
    figure, plots = plotting().subplots(rows, columns, figsize=size, layout="constrained", squeeze=False)
    for plot in plots.flat[len(cases) :]:
        plot.set_axis_off()
    for plot, (case, by_who) in zip(plots.flat, cases.items()):
        for who, measured in by_who.items():
            seconds = [1 / each.per_second for each in measured]
            errors = [each.other["rmse"] for each in measured]
            own = measured[0].own
            plot.plot(seconds, errors, "-o" if own else "--s", color=colours[who], markersize=3, label=who)
        # The slope of all simulation, below what was measured.
        points = [each for measured in by_who.values() for each in measured]
        times = [1 / each.per_second for each in points]
        ends = [min(times), max(times)]
        level = 0.7 * min(each.other["rmse"] / each.per_second**0.5 for each in points)
        plot.plot(ends, [level / seconds**0.5 for seconds in ends], ":", color="grey", label="slope -1/2")
        plot.set_xscale("log")
        plot.set_yscale("log")
        plot.set_xlabel("seconds an answer, one core")
        plot.set_title(words(case), fontsize="medium")
        plot.grid(alpha=0.3)
        plot.legend(fontsize="x-small")
    for plot in plots[:, 0]:
        plot.set_ylabel("root mean square error")
    shows = f"Root mean square error against seconds: {', '.join(map(words, cases))}"
    return pictures.add(figure, f"{run.name}_{ACCURACY}", shows)


def machine(run: Run) -> list[str]:
    context = run.context
    lines = [f"## {run.machine}", ""]
    shown = [f"{words(name)}: {value}" for name, value in context.items() if value and name not in ("cpu", "gpu")]
    return [*lines, "; ".join(shown) + ".", ""] if shown else lines


def selected_policies(searches: Sequence[gpu_tuning.Found]) -> dict[tuple[int, str], gpu_kernels.Policy]:
    """Of the checkout that this is called in, if it is one, with a compiler to read them with."""
    capabilities = sorted({each.capability for found in searches for each in found.candidates})
    try:
        return gpu_kernels.selected_policies(repository.find_root(), capabilities) if capabilities else {}
    except (repository.RepositoryError, gpu_kernels.ToolkitError):
        return {}


def report(
    runs: Sequence[Run],
    output: Path,
    folder: Path,
    estimates: Sequence[gpu_estimate.Found] = (),
    searches: Sequence[gpu_tuning.Found] = (),
    remarks: str = "",
) -> None:
    """Into `output`, with pictures in `folder`. Throws ResultError, DrawingError."""
    pictures = Pictures(folder, os.path.relpath(folder, output.parent))
    lines = ["# Performance", "", "Made by `bench-report` from the results in `bench/results`.", ""]
    if remarks:
        lines += [remarks.strip(), ""]
    for run in runs:
        lines += machine(run) + against_peers(run) + shares(run) + threaded(run)
        lines += accuracy_table(run) + draw_accuracy(run, pictures) + draw(run, pictures) + measured_candidates(run)
    for found in estimates:
        lines += across_generations(found, runs, pictures)
    lines += tuning_for_generations(searches, selected_policies(searches))
    write(output, "\n".join(lines).rstrip() + "\n")


def read_runs(paths: Sequence[Path]) -> list[Run]:
    """Named as their files, those of which several have the same name with their folder's before it."""
    runs = [read(path) for path in paths]
    count = Counter(run.name for run in runs)
    return [
        run if count[run.name] == 1 else replace(run, name=plain(f"{path.resolve().parent.name}_{run.name}"))
        for path, run in zip(paths, runs)
    ]


def read_remarks(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise ResultError(f"{path}: {error.strerror}") from None
    except UnicodeError as error:
        raise ResultError(f"{path} is not text: {error}") from None


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="bench-report", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("results", nargs="+", type=Path, help="files of results")
    parser.add_argument("--output", type=Path, default=Path("out/performance.md"), help="(default: %(default)s)")
    parser.add_argument("--remarks", type=Path, help="a file of Markdown that the page begins with")
    parser.add_argument("--pictures", type=Path, help="folder (default: images/, beside the output)")
    options = parser.parse_args(arguments)
    try:
        estimates = {path: gpu_estimate.read(path) for path in options.results}
        searches = {path: gpu_tuning.read(path) for path in options.results}
        runs = read_runs([path for path in options.results if estimates[path] is None and searches[path] is None])
        remarks = read_remarks(options.remarks) if options.remarks else ""
        report(
            runs,
            options.output,
            options.pictures or options.output.parent / "images",
            [found for found in estimates.values() if found is not None],
            [found for found in searches.values() if found is not None],
            remarks,
        )
    except (ResultError, DrawingError) as error:
        print(f"bench-report: {error}", file=sys.stderr)
        return 2
    print(options.output)
    return 0


if __name__ == "__main__":
    sys.exit(main())
