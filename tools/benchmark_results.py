"""Results of the benchmarks, as the program of bench/ writes them: Google Benchmark's JSON with a context of its own.

A benchmark is named GROUP/CASE/WHO/NAME:VALUE/...: what is done, by whom, and how much of it.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tools.result_files import ResultError, fields, number, plain, positive, text, whole

OWN = "spectralmc"


@dataclass(frozen=True)
class Measurement:
    """One figure: so much work a second, and where there is one the limit to it."""

    group: str
    case: str
    who: str
    arguments: dict[str, int] = field(hash=False)
    per_second: float
    unit: str
    limit: float | None = None
    limit_name: str = ""
    other: dict[str, float] = field(default_factory=dict, hash=False)

    @property
    def share(self) -> float | None:
        return None if self.limit is None else self.per_second / self.limit

    @property
    def own(self) -> bool:
        return self.who.startswith(OWN)


@dataclass(frozen=True)
class Run:
    """One file: the machine and the build, and what was measured."""

    name: str
    context: dict[str, str]
    measurements: list[Measurement]

    @property
    def machine(self) -> str:
        return self.context.get("gpu") or self.context.get("cpu") or self.name


KNOWN = {"per_second", "limit", "share"}
# What Google Benchmark itself puts beside the counters.
USUAL = {
    *("family_index", "per_family_instance_index", "repetitions", "repetition_index", "threads", "iterations"),
    *("real_time", "cpu_time"),
}
# What it puts behind the arguments of a name, in their form.
SETTINGS = {"iterations", "repeats"}


# It has no counters of what it had to leave.
LEFT = ("error_occurred", "skipped")
# GROUP/CASE/WHO; a number or NAME:VALUE is nobody, nor is what it puts last where times are not those of the CPU.
NAMED = re.compile(r"[^/]+/[^/]+/(?!(real|manual|process)_time)[^\W\d][^/:]*(/|$)")


def parse(entry: dict[str, Any], where: str) -> Measurement | None:
    """None for what is not named as above or was left, and for means over repetitions. Throws ResultError."""
    full_name = text(entry.get("run_name", ""), f"{where}: run_name")
    if entry.get("run_type") != "iteration" or not NAMED.match(full_name) or any(entry.get(name) for name in LEFT):
        return None
    where = f"{where}, {full_name}"
    if "per_second" not in entry:
        raise ResultError(f"{where}: it has no per_second.")
    parts = full_name.split("/")
    arguments = {}
    for part in parts[3:]:
        name, colon, value = part.partition(":")
        if colon and re.fullmatch("[0-9]{1,100}", value) and name not in SETTINGS:
            arguments[name] = whole(int(value), f"{where}: {name}", 0)
    unit, _, limit_name = text(entry.get("label", ""), f"{where}: label").partition("; limit: ")
    others = {
        plain(name): number(value, f"{where}: {plain(name)}")
        for name, value in entry.items()
        if isinstance(value, (int, float)) and not isinstance(value, bool) and name not in KNOWN | USUAL
    }
    # An error of none at all is left out of what is compared by errors.
    if others.get("rmse"):
        positive(others["rmse"], f"{where}: rmse")
    limit = entry.get("limit")
    return Measurement(
        group=parts[0],
        case=parts[1],
        who=parts[2],
        arguments=arguments,
        per_second=positive(entry["per_second"], f"{where}: per_second"),
        unit=unit,
        limit=None if limit is None else positive(limit, f"{where}: limit"),
        limit_name=limit_name,
        other=others,
    )


def completed(text: str) -> Any:
    """What a file of results holds. One that was cut short, as its program was, has the benchmarks that were finished,
    and says so in its context. Throws ValueError if it is not even that."""
    try:
        return json.loads(text)
    except ValueError:
        # Google Benchmark ends an entry by such a line, and nothing else.
        entries, end, rest = text.rpartition("\n    }")
        if not end or not re.fullmatch(r"\s*(\]\s*|,\s*(\{.*)?)?", rest, re.DOTALL):
            raise
        content = json.loads(entries + end + "]}")
        if not isinstance(content.get("context"), dict):
            raise
        content["context"]["cut_short"] = "yes"
        return content


def read(path: Path) -> Run:
    """Of repetitions the fastest counts: what else a machine does can only slow them down. Throws ResultError."""
    try:
        content = completed(path.read_text())
    except OSError as error:
        raise ResultError(f"{path}: {error.strerror}") from None
    except ValueError as error:
        raise ResultError(f"{path} is not JSON: {error}") from None
    if not isinstance(content, dict) or not isinstance(content.get("benchmarks"), list):
        raise ResultError(f"{path} has no results of benchmarks.")
    best: dict[tuple[object, ...], Measurement] = {}
    for place, entry in enumerate(content["benchmarks"], 1):
        where = f"{path}: benchmark {place}"
        found = parse(fields(entry, where), where)
        if found is None:
            continue
        key = (found.group, found.case, found.who, *sorted(found.arguments.items()))
        if key not in best or best[key].per_second < found.per_second:
            best[key] = found
    if not best:
        raise ResultError(f"{path} has no benchmark named GROUP/CASE/WHO with a rate.")
    given = fields(content.get("context", {}), f"{path}: context")
    context = {plain(name): plain(str(value)) for name, value in given.items()}
    multiprocessors = context.get("multiprocessors", "1")
    if not re.fullmatch("[1-9][0-9]{0,5}", multiprocessors):
        raise ResultError(f"{path}: context: multiprocessors is {multiprocessors}, not a whole number from 1 on.")
    return Run(plain(path.stem), context, list(best.values()))


def usual_arguments(measurements: Iterable[Measurement]) -> dict[str, int]:
    """Those that most of a group's cases were measured with: what a curve leaves from in each direction."""
    counts = Counter(tuple(sorted(found.arguments.items())) for found in measurements if found.own)
    return dict(counts.most_common(1)[0][0]) if counts else {}


def select(measurements: Sequence[Measurement], group: str) -> list[Measurement]:
    return [found for found in measurements if found.group == group]
