"""Reads the machine code of a kernel, as nvdisasm prints it: its loops, and what they ask of each pipe.

The loop over steps is the shortest one (from a label to a branch back to it) in which the multipliers of Philox stand
at least LEAST_MULTIPLIERS times: ten rounds have two each, of which the compiler moves the first ones out of the loop.
What numbers the addresses or the sums of a spectrum multiply by is none of the two.

A turn of the loop can go several ways: a block of numbers is drawn or not, and then serves one step or all that it has
numbers for; a quotient or a root whose operands are out of the ordinary is computed by a function. What is counted is
the longest way that calls no function: the block is drawn and all of its steps are made.

The loop over the samples of a spectrum's sums is the shortest one without these multipliers that has two operations for
each sum, and those that begin the recurrence.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

PHILOX = ("0xd2511f53", "-0x2daee0ad", "0xcd9e8d57", "-0x326172a9")
LEAST_MULTIPLIERS = 12
LEAST_BEGIN = 16  # of the operations that begin a recurrence: a sine, a cosine and their two products


class CodeError(Exception):
    """The text is not what is expected of nvdisasm and of the kernel."""


@dataclass(frozen=True)
class Instruction:
    predicated: bool
    name: str  # with its modifiers, such as IMAD.WIDE.U32
    text: str  # operands included

    @property
    def stem(self) -> str:
        return self.name.split(".", 1)[0]


@dataclass(frozen=True)
class Code:
    instructions: list[Instruction]
    labels: dict[str, int]  # where in the list each stands

    def targets(self, at: int) -> list[int]:
        """Where the instruction may go to, as it names it."""
        if self.instructions[at].stem not in ("BRA", "SYNC", "BRK", "CONT"):
            return []
        return [self.labels[name] for name in re.findall(r"\.L_x_\d+", self.instructions[at].text)]


def kernel_code(text: str, kernel: str) -> Code:
    """The section of the kernel in whose name `kernel` stands. Throws CodeError."""
    begin = re.search(rf"^\.text\.\S*{re.escape(kernel)}\S*:$", text, re.MULTILINE)
    if not begin:
        raise CodeError(f"nothing is disassembled of {kernel}")
    end = re.search(r"^//-{5,}", text[begin.end() :], re.MULTILINE)
    section = text[begin.end() : begin.end() + end.start()] if end else text[begin.end() :]
    instructions: list[Instruction] = []
    labels: dict[str, int] = {}
    for line in section.splitlines():
        label = re.match(r"(\.L_x_\d+):", line)
        if label:
            labels[label[1]] = len(instructions)
        found = re.match(r"\s*/\*[0-9a-f]+\*/\s+\{?\s*(@!?U?P\w+\s+)?([A-Z][A-Z0-9_.a-z]*)(.*)", line)
        if found:
            instructions.append(Instruction(found[1] is not None, found[2], found[2] + found[3].rstrip()))
    return Code(instructions, labels)


def step_loop(code: Code) -> tuple[int, int]:
    """Its first instruction and the branch back. Throws CodeError."""
    loops = []
    for at in range(len(code.instructions)):
        for target in code.targets(at):
            turn = code.instructions[target : at + 1]
            if target <= at and sum(any(m in each.text for m in PHILOX) for each in turn) >= LEAST_MULTIPLIERS:
                loops.append((at - target, target, at))
    if not loops:
        raise CodeError("no loop has the multiplications of Philox")
    _, first, last = min(loops)
    return first, last


def sums_loop(code: Code, sums: int, real: str) -> tuple[int, int]:
    """Of a kernel whose threads keep so many sums, its first instruction and the branch back. Throws CodeError."""
    pipe = {"float": "single", "double": "double"}[real]
    loops = []
    for at in range(len(code.instructions)):
        for target in code.targets(at):
            turn = code.instructions[target : at + 1]
            if any(m in each.text for m in PHILOX for each in turn):
                continue
            if sum(kind(each) == pipe for each in turn) >= 2 * sums + LEAST_BEGIN:
                loops.append((at - target, target, at))
    if not loops:
        raise CodeError(f"no loop has the operations of {sums} sums in {real}")
    _, first, last = min(loops)
    return first, last


def longest_turn(code: Code, first: int, last: int) -> list[Instruction]:
    """The longest way from `first` to `last` by branches forwards, with as few calls as there can be."""
    ways: dict[int, tuple[int, int, int]] = {first: (0, 0, -1)}  # calls (negative), length, where from
    for at in range(first, last):
        if at not in ways:
            continue
        each = code.instructions[at]
        calls, length, _ = ways[at]
        onwards = [target for target in code.targets(at) if at < target <= last]
        always = not each.predicated and not re.match(r"BRA\S*\s+!?U?P\d", each.text)
        if not (always and each.stem in ("BRA", "SYNC", "BRK", "CONT", "EXIT", "RET")):
            onwards.append(at + 1)
        # A call under a condition is one of the exits, to a label of the kernel.
        way = (calls - (always and each.stem in ("CALL", "CAL", "JCAL")), length + 1, at)
        for target in onwards:
            if target not in ways or ways[target][:2] < way[:2]:
                ways[target] = way
    if last not in ways:
        raise CodeError("the loop over steps has no way through it")
    turn, at = [], last
    while at >= 0:
        turn.append(code.instructions[at])
        at = ways[at][2]
    return turn[::-1]


SINGLE = {
    "FADD",
    "FMUL",
    "FFMA",
    "FADD32I",
    "FMUL32I",
    "FFMA32I",
    "HFMA2",
    "HADD2",
    "HMUL2",
    "FSWZADD",
    "FFMA2",
    "FADD2",
}
DOUBLE = {"DADD", "DMUL", "DFMA", "DSETP", "DMNMX", "DSET"}
CONTROL = {
    *("BRA", "BRX", "JMP", "CALL", "CAL", "RET", "EXIT", "BSSY", "BSYNC", "SSY", "SYNC", "PBK", "BRK", "PCNT", "CONT"),
    *("NOP", "YIELD", "WARPSYNC", "BMOV", "BREAK", "DEPBAR", "BAR", "MEMBAR"),
}
MEMORY = re.compile(r"LD|ST|ATOM|RED|SHFL|CCTL")
CONVERSION = {"I2F", "F2I", "F2F", "FRND", "I2I"}


def kind(instruction: Instruction) -> str:
    """What is counted together: one of KINDS."""
    stem, name = instruction.stem, instruction.name
    if stem in SINGLE:
        return "single"
    if stem in DOUBLE:
        return "double"
    if stem in ("IMAD", "IMUL", "IMUL32I", "IMAD32I", "XMAD", "IDP"):
        return "wide multiply" if re.search(r"\.(WIDE|HI)", name) else "multiply"
    if stem == "MUFU":
        return "special"
    if stem in CONVERSION:
        return "conversion 64" if "64" in name else "conversion"
    if stem in CONTROL:
        return "control"
    if MEMORY.match(stem) and stem != "REDUX":
        return "memory"
    if re.match(r"U[A-Z]", stem) or stem in ("R2UR", "S2UR", "VOTEU"):
        return "uniform"
    return "integer"


KINDS = (
    *("single", "double", "integer", "multiply", "wide multiply", "special", "conversion", "conversion 64"),
    *("memory", "uniform", "control"),
)


def count(turn: Sequence[Instruction]) -> dict[str, int]:
    found = Counter(kind(each) for each in turn)
    return {name: found[name] for name in KINDS if found[name]}
