from __future__ import annotations

from pathlib import Path

import pytest
from conftest import PROJECT

from tools import manifests

SHARED = """
[project]
name = "a"
[tool.x]
number = 1
list = [1, "two", { three = 3 }]
empty = {}
"""
BINARY = SHARED + """
[tool.poetry.group.cupy.dependencies]
cupy-cuda12x = ">=13.4,<14"
[tool.poetry.group.binary-torch.dependencies]
torch = "1"
[[tool.poetry.source]]
name = "index"
"""
SOURCE = SHARED + """
[tool.poetry.group.cupy.dependencies]
cupy-cuda11x = "^13.4"
[tool.poetry.group.binary-torch.dependencies]
"""


def lines_of(tmp_path: Path, binary: str, source: str) -> list[str]:
    (tmp_path / manifests.BINARY).write_text(binary, encoding="utf-8")
    (tmp_path / manifests.SOURCE).write_text(source, encoding="utf-8")
    return manifests.differences(
        manifests.read(tmp_path / manifests.BINARY), manifests.read(tmp_path / manifests.SOURCE)
    )


def test_what_each_has_of_its_own_is_no_difference(tmp_path: Path) -> None:
    assert lines_of(tmp_path, BINARY, SOURCE) == []


@pytest.mark.parametrize(
    "old, new, lines",
    [
        ("number = 1", "number = 2", ["- tool.x.number = 1", "+ tool.x.number = 2"]),
        ("number = 1", "number = 1.0", ["- tool.x.number = 1", "+ tool.x.number = 1.0"]),
        ("number = 1", "number = true", ["- tool.x.number = 1", "+ tool.x.number = true"]),
        ("number = 1", "number = 1\nmore = 1979-05-27", ['+ tool.x.more = "1979-05-27"']),
        ("number = 1", "number = 1\n'a.b' = 'ü'", ['+ tool.x."a.b" = "ü"']),
        ("empty = {}", "", ["- tool.x.empty = {}"]),
        ("empty = {}", "empty = { not = 1 }", ["- tool.x.empty = {}", "+ tool.x.empty.not = 1"]),
        (
            '[1, "two", ',
            '["two", 1, ',
            ['- tool.x.list = [1, "two", {"three": 3}]', '+ tool.x.list = ["two", 1, {"three": 3}]'],
        ),
        (
            "[tool.poetry.group.binary-torch.dependencies]",
            "",
            ["- tool.poetry.group.binary-torch.dependencies = its own"],
        ),
        (
            "[tool.poetry.group.binary-torch.dependencies]",
            "[tool.poetry.group.binary-torch]\noptional = true\n[tool.poetry.group.binary-torch.dependencies]",
            ["+ tool.poetry.group.binary-torch.optional = true"],
        ),
    ],
)
def test_the_diff_names_each_shared_key_that_differs(tmp_path: Path, old: str, new: str, lines: list[str]) -> None:
    assert old in SOURCE
    diff = lines_of(tmp_path, BINARY, SOURCE.replace(old, new))
    assert diff == ["--- pyproject.binary.toml", "+++ pyproject.source.toml", *lines]


@pytest.mark.parametrize("content", [None, b"[tool", b"a = 1\na = 2", b'a = "\xff"', b"a = " + b"[" * 99999])
def test_a_missing_file_and_one_that_is_not_toml_are_named(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / manifests.BINARY
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(manifests.ManifestError, match="pyproject.binary.toml is (missing|not TOML)"):
        manifests.read(path)


def test_the_source_image_has_what_a_pytorch_built_there_imports() -> None:
    groups = manifests.read(PROJECT / manifests.SOURCE)["tool"]["poetry"]["group"]
    assert groups["binary-torch"]["dependencies"] == {}
    # Of setup.py of PyTorch 2.4.1, for Python 3.10.
    needed = {"filelock", "fsspec", "jinja2", "networkx", "sympy", "typing-extensions"}
    assert set(groups["source-torch"]["dependencies"]) == needed
