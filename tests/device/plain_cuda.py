"""Rewrites what of CUDA's C++ no header can make plain C++: declarations of shared memory, launches by address, and
attributes of namespaces, which Clang wants in another place.

plain_cuda.py SOURCE TARGET. Fails where one has a form that it does not know.
"""

import re
import sys
from pathlib import Path

ENGINE = "::software_device::block_engine::get()"
DYNAMIC = re.compile(r"extern __shared__ __align__\(\d+\) unsigned char (\w+)\[\];")
STATIC = re.compile(r"__shared__ alignas\([^;]*\) unsigned char (\w+)\[([^;]*)\];")
BY_ADDRESS = re.compile(r"cudaLaunchKernel\(reinterpret_cast<const void\*>\((\w+)\)")
HIDDEN = 'namespace __attribute__((visibility("hidden"))) '


def plain(text: str) -> str:
    text = text.replace(HIDDEN, "namespace ")
    text = BY_ADDRESS.sub(r"cudaLaunchKernel(\1", text)
    text = DYNAMIC.sub(rf"unsigned char* const \1 = {ENGINE}.dynamic_shared();", text)
    text = STATIC.sub(
        rf"static const char key_of_\1 = 0; unsigned char* const \1 = {ENGINE}.static_shared(&key_of_\1, \2);", text
    )
    for line in text.splitlines():
        if "__shared__" in line.split("//")[0]:
            raise ValueError(f"a declaration of shared memory that is not known: {line.strip()}")
    return text


def main() -> int:
    source, target = map(Path, sys.argv[1:])
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(f'#line 1 "{source}"\n' + plain(source.read_text(encoding="utf-8")), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
