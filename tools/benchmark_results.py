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

OWN = "spectralmc"


class ResultError(Exception):
    """A file that is not there, or that holds no results."""


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


def parse(entry: dict[str, Any]) -> Measurement | None:
    """None for what is not named as above or has no rate, and for means over repetitions."""
    parts = str(entry.get("run_name", "")).split("/")
    if entry.get("run_type") != "iteration" or "per_second" not in entry or len(parts) < 3:
        return None
    arguments = {}
    for part in parts[3:]:
        name, colon, value = part.partition(":")
        if colon and value.isdigit() and name not in SETTINGS:
            arguments[name] = int(value)
    unit, _, limit_name = str(entry.get("label", "")).partition("; limit: ")
    others = {
        name: float(value)
        for name, value in entry.items()
        if isinstance(value, (int, float)) and name not in KNOWN | USUAL
    }
    limit = entry.get("limit")
    return Measurement(
        group=parts[0],
        case=parts[1],
        who=parts[2],
        arguments=arguments,
        per_second=float(entry["per_second"]),
        unit=unit,
        limit=None if limit is None else float(limit),
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
    for entry in content["benchmarks"]:
        found = parse(entry)
        if found is None:
            continue
        key = (found.group, found.case, found.who, *sorted(found.arguments.items()))
        if key not in best or best[key].per_second < found.per_second:
            best[key] = found
    if not best:
        raise ResultError(f"{path} has no benchmark named GROUP/CASE/WHO with a rate.")
    context = {name: str(value) for name, value in content.get("context", {}).items()}
    return Run(path.stem, context, list(best.values()))


def usual_arguments(measurements: Iterable[Measurement]) -> dict[str, int]:
    """Those that most of a group's cases were measured with: what a curve leaves from in each direction."""
    counts = Counter(tuple(sorted(found.arguments.items())) for found in measurements if found.own)
    return dict(counts.most_common(1)[0][0]) if counts else {}


def select(measurements: Sequence[Measurement], group: str) -> list[Measurement]:
    return [found for found in measurements if found.group == group]
