"""Plants faults in the PTX that nvcc made of the Fourier transforms, and looks at what their test then says.

faults_in_nvcc_ptx.py OBJECT FOLDER OBJECTS... -- COMPILER FLAGS... OBJECT is that test's, OBJECTS are what it is linked
with. Exit status: 0 if each fault is told, and nothing is where there is none.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import ptx_text
from translation import translation

from tools.ptx_products import ptx_of

CASE = "rows of a few numbers*"
KERNELS = re.compile(r"transform_rowsI(fLm8E|dLm64E)")  # all that the case launches
FAULTY = re.compile(r"transform_rowsIdLm64ELb0E")  # which goes by way of shared memory


class Fault(NamedTuple):
    plant: Callable[[str], str]
    told: str  # a pattern


def substitution(pattern: str, replacement: str, count: int = 1) -> Callable[[str], str]:
    return lambda kernel: re.sub(pattern, replacement, kernel, count=count)


FAULTS = {
    "no fault": Fault(lambda kernel: kernel, r"test cases: +1 \| +1 passed"),
    "no barrier": Fault(substitution(r"bar\.sync[^;]*;", "", 0), r"a (read|write) of what .* in shared memory"),
    "a result stored one mebibyte on": Fault(
        substitution(r"(st\.global\.f64\s+\[%rd\d+)(\+\d+)?\]", r"\1+1048576]"),
        "an access out of bounds in global memory",
    ),
    "a number not stored in shared memory": Fault(
        substitution(r"st\.shared\.f64[^;]*;", ""), "a read of what was never written in shared memory"
    ),
    "a misaligned access": Fault(
        substitution(r"(ld\.global\.f64\s+%fd\d+, \[%rd\d+)(\+\d+)?\]", r"\1+4]"),
        "a misaligned access in global memory",
    ),
    "a difference for a sum": Fault(substitution(r"add\.f64", "sub.f64"), r"memcmp.* is NOT correct"),
}


def code_with(fault: Fault, texts: list[str]) -> str:
    changed = []
    for text in texts:
        parts = re.split(r"(?=(?:\.visible\s+)?\.entry\s)", text)
        kept = [part for part in parts[1:] if KERNELS.search(part.split("(")[0])]
        changed.append("".join([parts[0], *(fault.plant(p) if FAULTY.search(p.split("(")[0]) else p for p in kept)]))
    return translation([ptx_text.module(text) for text in changed])[0]


def main() -> int:
    at = sys.argv.index("--")
    host, folder, *objects = sys.argv[1:at]
    compiler, *flags = sys.argv[at + 1 :]
    texts = ptx_text.newest(ptx_of(Path(host).read_bytes()))
    here, program = Path(__file__).parent, Path(folder) / "faults_in_nvcc_ptx"
    unchanged = code_with(FAULTS["no fault"], texts)
    missed = 0
    for name, fault in FAULTS.items():
        code = code_with(fault, texts)
        if name != "no fault" and code == unchanged:
            raise ValueError(f"{name}: there is nothing to plant it in")
        source = program.with_suffix(".cpp")
        source.write_text(code, encoding="utf-8")
        command = [
            compiler,
            "-std=c++17",
            *flags,
            f"-I{here}",
            str(source),
            host,
            *objects,
            "-pthread",
            "-o",
            str(program),
        ]
        subprocess.run(command, check=True)
        done = subprocess.run(
            [program, "--no-colors", f"--test-case={CASE}"], capture_output=True, text=True, check=False
        )
        said = done.stdout + done.stderr
        told = re.search(fault.told, said) is not None and (code == unchanged) == (done.returncode == 0)
        print(f"{name}: {'told' if told else 'NOT told:' + chr(10) + said}", flush=True)
        missed += not told
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
