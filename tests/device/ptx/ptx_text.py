"""Reads PTX: the variables and functions of a module, and the statements of a function."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias


class PtxError(Exception):
    """The text is not PTX of a form that is known here."""


@dataclass(frozen=True)
class Instruction:
    predicate: str  # a register, with ! before it if negated; or nothing
    operation: str
    modifiers: tuple[str, ...]
    operands: tuple[str, ...]
    text: str

    @property
    def name(self) -> str:
        return ".".join((self.operation, *self.modifiers))


@dataclass(frozen=True)
class Label:
    name: str


@dataclass(frozen=True)
class Brace:
    opens: bool


@dataclass(frozen=True)
class Directive:
    text: str


Statement: TypeAlias = "Instruction | Label | Brace | Directive"


@dataclass(frozen=True)
class Variable:
    """Declared in a space of memory, or as a parameter."""

    space: str
    type: str
    name: str
    alignment: int
    elements: int | None  # none: as many as the launch gives it
    initial: str

    @property
    def size(self) -> int:
        return (self.elements or 0) * size_of(self.type)


@dataclass(frozen=True)
class Function:
    is_kernel: bool
    name: str
    results: tuple[Variable, ...]
    parameters: tuple[Variable, ...]
    most_threads: int  # in a block; 0: as many as the device takes
    statements: tuple[Statement, ...]
    body: str


@dataclass(frozen=True)
class Module:
    target: int
    variables: tuple[Variable, ...]
    functions: tuple[Function, ...]


def size_of(kind: str) -> int:
    """Bytes of a type such as u32 or pred."""
    if kind == "pred":
        return 1
    bits = re.fullmatch(r"[bsuf](8|16|32|64)", kind)
    if bits is None:
        raise PtxError(f"type .{kind}")
    return int(bits[1]) // 8


def aligned(offset: int, alignment: int) -> int:
    return (offset + alignment - 1) // alignment * alignment


def operands_of(text: str) -> tuple[str, ...]:
    """What commas part, but for those within braces, brackets and parentheses."""
    parts, depth, begin = [], 0, 0
    for at, letter in enumerate(text):
        if letter in "{[(":
            depth += 1
        elif letter in "}])":
            depth -= 1
        elif letter == "," and depth == 0:
            parts.append(text[begin:at].strip())
            begin = at + 1
    last = text[begin:].strip()
    return (*parts, last) if last else tuple(parts)


VARIABLE = re.compile(
    r"(?:\.(?:visible|extern|weak|common)\s+)*\.(?P<space>shared|global|const|local|param|reg)\s+"
    r"(?:\.align\s+(?P<alignment>\d+)\s+)?\.(?P<type>\w+)\s+(?:\.ptr\s+(?:\.\w+\s+)*?(?:\.align\s+\d+\s+)?)?"
    r"(?P<name>[\w$%]+)\s*(?P<dimensions>(?:\[[^\]]*\]\s*)*)(?:=\s*(?P<initial>.*))?",
    re.DOTALL,
)


def variable(text: str) -> Variable:
    found = VARIABLE.fullmatch(text.strip())
    if found is None:
        raise PtxError(f"declaration {text.strip()[:100]}")
    dimensions = [each.strip() for each in re.findall(r"\[([^\]]*)\]", found["dimensions"])]
    elements: int | None = 1
    for dimension in dimensions:
        elements = elements * int(dimension) if elements is not None and dimension else None
    alignment = int(found["alignment"] or size_of(found["type"]))
    return Variable(found["space"], found["type"], found["name"], alignment, elements, (found["initial"] or "").strip())


# A statement may hold the braces of a vector, but does not begin with one.
STATEMENT = re.compile(
    r"\s*(?:(?P<label>[\w$%]+)\s*:(?!:)|(?P<text>[^;{}\s][^;{}]*(?:\{[^{}]*\}[^;{}]*)*);|(?P<brace>[{}]))"
)
INSTRUCTION = re.compile(r"(?:@(?P<predicate>!?%\w+)\s+)?(?P<name>[a-z]\w*(?:\.[\w:]+)*)\s*(?P<operands>.*)", re.DOTALL)


def statements_of(body: str) -> Iterator[Statement]:
    at, end = 0, len(body.rstrip())
    while at < end:
        found = STATEMENT.match(body, at)
        if found is None:
            raise PtxError(f"statement {body[at : at + 100].strip()}")
        at = found.end()
        if found["label"]:
            yield Label(found["label"])
        elif found["brace"]:
            yield Brace(found["brace"] == "{")
        else:
            text = " ".join(found["text"].split())
            if text.startswith("."):
                yield Directive(text)
                continue
            parts = INSTRUCTION.fullmatch(text)
            if parts is None:
                raise PtxError(f"instruction {text}")
            operation, *modifiers = parts["name"].split(".")
            operands = operands_of(parts["operands"])
            yield Instruction(parts["predicate"] or "", operation, tuple(modifiers), operands, text)


LINE = re.compile(r"\s*\.(version|target|address_size|file)\b[^\n]*")
FUNCTION = re.compile(
    r"\s*(?:\.(?:visible|extern|weak)\s+)*\.(?P<kind>entry|func)\s+(?:\((?P<results>[^)]*)\)\s*)?"
    r"(?P<name>[\w$]+)\s*(?:\((?P<parameters>[^)]*)\))?(?P<limits>[^{;]*)(?P<end>[{;])"
)
DECLARATION = re.compile(r"\s*((?:\.(?:visible|extern|weak|common)\s+)*\.(?:shared|global|const)\b[^;]*);")


def end_of_body(text: str, begin: int) -> int:
    depth = 1
    for found in re.compile(r"[{}]").finditer(text, begin):
        depth += 1 if found[0] == "{" else -1
        if depth == 0:
            return found.start()
    raise PtxError("a function without an end")


def function(found: re.Match[str], body: str) -> Function:
    limit = re.search(r"\.(?:maxntid|reqntid)\s+(\d+)(?:\s*,\s*(\d+))?(?:\s*,\s*(\d+))?", found["limits"])
    most_threads = 0
    if limit:
        most_threads = int(limit[1]) * int(limit[2] or 1) * int(limit[3] or 1)
    return Function(
        is_kernel=found["kind"] == "entry",
        name=found["name"],
        results=tuple(variable(each) for each in operands_of(found["results"] or "")),
        parameters=tuple(variable(each) for each in operands_of(found["parameters"] or "")),
        most_threads=most_threads,
        statements=tuple(statements_of(body)),
        body=body,
    )


def target_of(text: str) -> int:
    found = re.search(r"\.target\s+sm_(\d+)", text)
    if found is None:
        raise PtxError("no target")
    return int(found[1])


def newest(texts: Sequence[str]) -> list[str]:
    """Those of the newest target."""
    most = max(map(target_of, texts), default=0)
    return [text for text in texts if target_of(text) == most]


def module(text: str) -> Module:
    """A module from its text. Throws PtxError."""
    text = re.sub(r"//[^\n]*|/\*.*?\*/", "", text, flags=re.DOTALL)
    variables: list[Variable] = []
    functions: list[Function] = []
    at, end = 0, len(text.rstrip())
    while at < end:
        if found := LINE.match(text, at):
            at = found.end()
        elif found := FUNCTION.match(text, at):
            at = found.end()
            if found["end"] == "{":
                body_end = end_of_body(text, at)
                functions.append(function(found, text[at:body_end]))
                at = body_end + 1
        elif found := DECLARATION.match(text, at):
            variables.append(variable(found[1]))
            at = found.end()
        else:
            raise PtxError(f"between functions: {text[at : at + 100].strip()}")
    return Module(target_of(text), tuple(variables), tuple(functions))
