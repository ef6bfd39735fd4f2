"""How the report writes numbers and names, and what it draws with."""

from __future__ import annotations

import re
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import quote

from tools.result_files import ResultError


def rate(value: float) -> str:
    for size, word in ((1e9, " billion"), (1e6, " million"), (1e3, " thousand")):
        if value >= size:
            return f"{value / size:.3g}{word}"
    return f"{value:.3g}"


def words(name: str) -> str:
    return name.replace("_", " ")


def described(arguments: dict[str, int]) -> str:
    return ", ".join(f"{name} {value}" for name, value in arguments.items())


class DrawingError(Exception):
    """There is nothing to draw with."""


def plotting() -> ModuleType:
    """Matplotlib's pyplot, for files and without a display; loaded where something is drawn, as that takes a second.
    Throws DrawingError."""
    try:
        import matplotlib

        matplotlib.use("Agg")
        from matplotlib import pyplot
    except ImportError as error:
        raise DrawingError(f"the pictures need matplotlib, which cannot be loaded: {error}.") from None
    return pyplot


class Pictures:
    """The folder of a report's pictures; no two have the same name, on file systems without capitals either."""

    def __init__(self, folder: Path, place: str) -> None:
        """place: the folder, as seen from the report."""
        self.folder, self.place = folder, Path(place).as_posix()
        self.taken: set[str] = set()

    def add(self, figure: Any, name: str, shows: str) -> list[str]:
        """Draws it into NAME.png, and returns the lines that show it. Throws ResultError."""
        stem = re.sub(r"[^A-Za-z0-9_.-]", "_", name)
        unique, number = stem, 1
        while unique.lower() in self.taken:
            number += 1
            unique = f"{stem}-{number}"
        self.taken.add(unique.lower())
        path = self.folder / f"{unique}.png"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            figure.savefig(path, dpi=110)
        except OSError as error:
            raise ResultError(f"{path} cannot be written: {error.strerror}.") from None
        finally:
            plotting().close(figure)
        return [f"![{shows}]({quote(f'{self.place}/{path.name}')})", ""]
