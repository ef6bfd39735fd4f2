"""Results of a peer that is measured from Python, in the form of Google Benchmark's, as tools/bench_report.py reads."""

from __future__ import annotations

import json
import os
import sys
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


class PeerError(Exception):
    """What peers are to be added to cannot be read or written, or is not what the benchmarks write."""


def begun(path: Path) -> dict[str, Any]:
    """What is in the file; with no benchmarks if there is none yet. Throws PeerError."""
    try:
        content: Any = json.loads(path.read_text()) if path.exists() else {"benchmarks": []}
    except OSError as error:
        raise PeerError(f"{path}: {error.strerror}.") from None
    except ValueError as error:
        raise PeerError(f"{path} is not JSON: {error}.") from None
    if not isinstance(content, dict) or not isinstance(content.setdefault("context", {}), dict):
        raise PeerError(f"{path} is not what the benchmarks write: it has no context.")
    benchmarks = content.get("benchmarks")
    if not isinstance(benchmarks, list) or not all(isinstance(each, dict) for each in benchmarks):
        raise PeerError(f"{path} is not what the benchmarks write: it has no list of benchmarks.")
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        raise PeerError(f"{path} cannot be written.")
    return content


def check(path: Path) -> None:
    """Before anything is measured: ends the program with status 2 and says why if results could not be added there."""
    try:
        begun(path)
    except PeerError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(2)


def add(path: Path, versions: Mapping[str, str], results: list[dict[str, Any]]) -> None:
    """Adds to what the library's own benchmarks have written there, so that both are one run; or begins a file. What an
    earlier call has added is replaced. Throws PeerError."""
    content = begun(path)
    names = {each["run_name"] for each in results}
    kept = [each for each in content["benchmarks"] if each.get("run_name") not in names]
    content["benchmarks"] = kept + results
    content["context"] = {**content["context"], **versions}
    try:
        path.write_text(json.dumps(content, indent=2) + "\n")
    except OSError as error:
        raise PeerError(f"{path} cannot be written: {error.strerror}.") from None
