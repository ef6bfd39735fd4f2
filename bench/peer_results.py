"""Results of a peer that is measured from Python, in the form of Google Benchmark's, as tools/bench_report.py reads."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def result(name: str, seconds: float, items: float, unit: str, **more: float) -> dict[str, Any]:
    """A benchmark that did so many items of work in so many seconds, named GROUP/CASE/WHO/NAME:VALUE/..."""
    print(f"{name}: {items / seconds:.4g} {unit}s a second")
    return {
        "name": name,
        "run_name": name,
        "run_type": "iteration",
        "iterations": 1,
        "real_time": 1e9 * seconds,
        "time_unit": "ns",
        "per_second": items / seconds,
        "label": unit + "s",
        **more,
    }


def add(path: Path, versions: Mapping[str, str], results: list[dict[str, Any]]) -> None:
    """Adds to what the library's own benchmarks have written there, so that both are one run; or begins a file. What an
    earlier call has added is replaced."""
    content: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {"context": {}, "benchmarks": []}
    names = {each["run_name"] for each in results}
    kept = [each for each in content["benchmarks"] if each.get("run_name") not in names]
    content["benchmarks"] = kept + results
    content["context"] = {**content["context"], **versions}
    path.write_text(json.dumps(content, indent=2) + "\n")
