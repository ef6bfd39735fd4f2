"""How the report writes numbers and names, and what it draws with."""

from __future__ import annotations

from types import ModuleType


def rate(value: float) -> str:
    for size, word in ((1e9, " billion"), (1e6, " million"), (1e3, " thousand")):
        if value >= size:
            return f"{value / size:.3g}{word}"
    return f"{value:.3g}"


def words(name: str) -> str:
    return name.replace("_", " ")


def described(arguments: dict[str, int]) -> str:
    return ", ".join(f"{name} {value}" for name, value in arguments.items())


def plotting() -> ModuleType:
    """Matplotlib's pyplot, for files and without a display; loaded where something is drawn, as that takes a second."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    return pyplot
