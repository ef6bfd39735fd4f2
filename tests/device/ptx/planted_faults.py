"""Writes PTX of copies of a kernel, each with one fault, or with another way to do the same.

planted_faults.py REVERSAL.ptx TARGET.ptx. planted_faults_test.cpp says what becomes of each.
"""

from __future__ import annotations

import sys
from pathlib import Path

STORE = "st.shared.f32 \t[%r7], %f1;"
BARRIER = "bar.sync \t0;"
LOAD = "ld.shared.f32 \t%f2, [%r10+-4];"
RESULT = "st.global.f32 \t[%rd9], %f2;"
COUNT = "red.global.add.u32 \t[%rd6], 1;"

# For each name that is added to the kernel's, what is put in the place of what.
CHANGES: dict[str, tuple[tuple[str, str], ...]] = {
    "unchanged": (),
    "by_generic_addresses": (
        (
            STORE,
            "cvt.u64.u32 %rd10, %r7; cvta.shared.u64 %rd11, %rd10; st.f32 [%rd11], %f1;",
        ),
        (RESULT, "st.f32 [%rd9], %f2;"),
    ),
    "by_bytes": (
        (
            STORE,
            "mov.b32 %r11, %f1; st.shared.u8 [%r7], %r11; shr.u32 %r11, %r11, 8; st.shared.u8 [%r7+1], %r11;"
            "shr.u32 %r11, %r11, 8; st.shared.u16 [%r7+2], %r11;",
        ),
    ),
    "by_local_memory": (
        (
            STORE,
            ".local .align 4 .b8 depot[8]; st.local.f32 [depot+4], %f1; mov.u64 %rd10, depot;"
            " ld.local.f32 %f3, [%rd10+4]; st.shared.f32 [%r7], %f3;",
        ),
    ),
    "peeks_at_counter": ((COUNT, COUNT + " ld.volatile.global.u32 %r11, [%rd6];"),),
    "no_barrier": ((BARRIER, ""),),
    "no_shared_store": ((STORE, ""),),
    "one_place_in_shared": (("add.s32 \t%r7, %r6, %r5;", "mov.u32 %r7, %r6;"),),
    "barrier_too_early": ((STORE, STORE + BARRIER + STORE), (BARRIER + "\n\tsub", "sub")),
    "neighbour_without_barrier": (
        (BARRIER, BARRIER + STORE + "setp.ne.u32 %p2, %r1, 0; mov.f32 %f2, %f1;"),
        (LOAD, "@%p2 ld.shared.f32 %f2, [%r7+-4];"),
    ),
    "one_place_of_blocks": (("add.s64 \t%rd9, %rd4, %rd7;", "mul.wide.u32 %rd10, %r1, 4; add.s64 %rd9, %rd4, %rd10;"),),
    "reads_other_blocks": ((COUNT, "ld.global.f32 %f3, [%rd4];" + COUNT),),
    "counts_without_atomic": (
        (COUNT, "ld.global.u32 %r11, [%rd6]; add.s32 %r11, %r11, 1; st.global.u32 [%rd6], %r11;"),
    ),
    "reads_counter": ((COUNT, COUNT + " ld.global.u32 %r11, [%rd6];"),),
    "one_mebibyte_on": ((RESULT, RESULT.replace("%rd9", "%rd9+1048576")),),
    "one_number_on": ((RESULT, RESULT.replace("%rd9", "%rd9+4")),),
    "one_number_before": ((RESULT, RESULT.replace("%rd9", "%rd9+-4")),),
    "beyond_shared": ((LOAD, LOAD.replace("+-4", "+0")),),
    "beyond_dynamic_shared": (("mov.u32 \t%r6, row;", "mov.u32 %r6, more;"),),
    "beyond_local": (
        (STORE, STORE + " .local .align 4 .b8 depot[8]; mov.u64 %rd10, depot; st.local.f32 [%rd10+8], %f1;"),
    ),
    "misaligned": ((RESULT, RESULT.replace("%rd9", "%rd9+2")),),
    "misaligned_in_shared": ((STORE, STORE.replace("%r7", "%r7+1")),),
    "misaligned_vector": ((RESULT, "@%p1 st.global.v2.f32 [%rd9], {%f2, %f2};"),),
    "barrier_of_some": ((BARRIER, BARRIER + " @%p1 " + BARRIER),),
    "two_barriers": ((BARRIER, f"@%p1 bra $first; {BARRIER} bra $both; $first: {BARRIER} $both:"),),
    "writes_constant": ((COUNT, COUNT + " mov.u64 %rd10, constants; st.global.u32 [%rd10], %r1;"),),
    "traps": ((COUNT, COUNT + " trap;"),),
}


def changed(kernel: str, name: str) -> str:
    for old, new in CHANGES[name]:
        if kernel.count(old) != 1:
            raise ValueError(f"{name}: '{old}' is in the kernel {kernel.count(old)} times")
        kernel = kernel.replace(old, new)
    return kernel.replace("reverse", f"reverse_{name}")


def main() -> int:
    source, target = map(Path, sys.argv[1:])
    text = source.read_text(encoding="utf-8")
    begin = text.index(".visible .entry")
    copies = [changed(text[begin:], name) for name in CHANGES]
    target.write_text(text[text.index(".version") : begin] + "\n".join(copies), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
