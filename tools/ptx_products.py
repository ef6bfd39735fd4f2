"""Looks in the PTX of CUDA objects for products that ptxas may fuse with the addition that they feed.

PTX leaves it to ptxas whether a `mul` and an `add` or `sub` without `.rn` become one fused operation, with one rounding
where the CPU has two. So no result of a kernel may come from such a pair, unless the product is exact, as one by a
power of two is.
Objects are to be compiled with nvcc's `--no-compress`, so that their PTX is text; files of PTX are read as they are.

Exit status: 0 if there is no such pair, 1 if there are some, 2 if a file cannot be read or holds no kernel.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

INSTRUCTION = re.compile(r"^(?:@!?%\w+\s+)?([a-z][a-z0-9_.:]*)\s+(.*);$")
FUSABLE_PRODUCT = re.compile(r"mul(\.ftz)?\.f(32|64)")
FUSABLE_SUM = re.compile(r"(add|sub)(\.ftz)?\.f(32|64)")
CONSTANT = re.compile(r"0[fFdD]([0-9a-fA-F]{8}|[0-9a-fA-F]{16})")


class Pair(NamedTuple):
    kernel: str
    product: str
    sums: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.kernel}: {self.product} feeds {'; '.join(self.sums)}"


def ptx_of(data: bytes) -> list[str]:
    """The PTX texts in an object or a file of PTX: each begins with its version and ends with a NUL or the file."""
    starts = [found.start() for found in re.finditer(rb"\.version \d+\.\d+\s+\.target sm_", data)]
    ends = [*starts[1:], len(data)]
    return [data[start:end].split(b"\0")[0].decode("ascii", "replace") for start, end in zip(starts, ends)]


def is_power_of_two(constant: str) -> bool:
    digits = CONSTANT.fullmatch(constant)
    if digits is None:
        return False
    bits, mantissa = int(digits[1], 16), 23 if len(digits[1]) == 8 else 52
    return bits & ((1 << mantissa) - 1) == 0 and bits & ((1 << (8 * len(digits[1]) // 2 - 1)) - 1) != 0


def functions_of(ptx: str) -> Iterator[tuple[str, str]]:
    """Names and bodies of the kernels, and of the functions that were not inlined."""
    parts = re.split(r"\.(?:entry|func)\s", ptx)
    for part in parts[1:]:
        name = re.search(r"([A-Za-z_$][\w$]*)\s*\(", re.sub(r"^\s*\(.*?\)", "", part, flags=re.DOTALL))
        yield name[1] if name else "?", part


def pairs_of(ptx: str) -> list[Pair]:
    found = []
    for kernel, body in functions_of(ptx):
        products: dict[str, tuple[str, list[str]]] = {}
        uses: dict[str, list[tuple[str, str]]] = {}
        constants: dict[str, str] = {}
        for line in body.splitlines():
            match = INSTRUCTION.match(line.strip())
            if match is None:
                continue
            operation, operands = match[1], [operand.strip() for operand in match[2].split(",")]
            sources = operands if operation.startswith("st") else operands[1:]
            for register in set(re.findall(r"%\w+", ",".join(sources))):
                uses.setdefault(register, []).append((operation, line.strip()))
            if operation.startswith("mov.f") and CONSTANT.fullmatch(operands[1]):
                constants[operands[0]] = operands[1]
            if FUSABLE_PRODUCT.fullmatch(operation):
                products[operands[0]] = (line.strip(), operands[1:])
        for register, (line, factors) in products.items():
            if any(is_power_of_two(constants.get(factor, factor)) for factor in factors):
                continue
            sums = tuple(text for use, text in uses.get(register, []) if FUSABLE_SUM.fullmatch(use))
            if sums:
                found.append(Pair(kernel, line, sums))
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="ptx_products", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("files", nargs="+", type=Path, help="objects that nvcc made, or files of PTX")
    options = parser.parse_args(arguments)
    kernels = 0
    pairs: list[Pair] = []
    for file in options.files:
        try:
            texts = ptx_of(file.read_bytes())
        except OSError as error:
            print(f"ptx_products: {file} cannot be read: {error.strerror}.", file=sys.stderr)
            return 2
        kernels += sum(len(re.findall(r"\.entry\s", text)) for text in texts)
        for text in texts:
            pairs += pairs_of(text)
    if kernels == 0:
        print("ptx_products: there is no kernel in PTX; are the objects compiled with --no-compress?", file=sys.stderr)
        return 2
    for pair in dict.fromkeys(pairs):
        print(pair)
    print(f"{kernels} kernels, {len(set(pairs))} products that may be fused with a sum.")
    return 1 if pairs else 0


if __name__ == "__main__":
    sys.exit(main())
