"""Compiles each wrong program and looks whether the compiler's first error says what is wrong, in the library's words.

check.py SOURCE COMPILER [FLAG ...]
"""

import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor


def wrong_programs(source: str) -> dict[int, str]:
    """The number of each program and how the text begins by which it is to be refused."""
    with open(source, encoding="utf-8") as file:
        found = re.findall(r"^#(?:el)?if WRONG == (\d+)\n// refused: (.+)$", file.read(), re.M)
    return {int(number): text for number, text in found}


def first_error(output: str) -> str:
    """The first error's text, in one line."""
    at = re.search(r"\berror\b", output)
    return " ".join(output[at.start() : at.start() + 2000].split()) if at else ""


def fault(command: list[str], number: int, text: str) -> str:
    """What is wrong with the refusal of one program; nothing if all is well. Program 0 is right and must compile."""
    done = subprocess.run([*command, f"-DWRONG={number}"], capture_output=True, text=True, check=False)
    output = done.stdout + done.stderr
    if number == 0:
        return "" if done.returncode == 0 else f"the right program does not compile:\n{output[:3000]}"
    if done.returncode == 0:
        return f"program {number} compiles"
    error = first_error(output)
    if f"SpectralMC: {text}" in error:
        return ""
    return f"program {number} is to be refused by '{text}', but the first error is:\n{error[:600]}"


def main() -> int:
    """Checks all programs, as many at a time as there are processors."""
    source, *compiler = sys.argv[1:]
    programs = {0: "", **wrong_programs(source)}
    command = [*compiler, source]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        faults = [f for f in pool.map(lambda item: fault(command, *item), programs.items()) if f]
    print("\n\n".join(faults) or f"{len(programs) - 1} wrong programs are refused in words, and the right one compiles")
    return 1 if faults or len(programs) < 2 else 0


if __name__ == "__main__":
    sys.exit(main())
