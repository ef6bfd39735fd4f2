from __future__ import annotations

from pathlib import Path

import pytest

from tools import ptx_products

HEAD = ".version 7.8\n.target sm_90\n.address_size 64\n"


def kernel(*lines: str) -> str:
    return (
        HEAD + ".visible .entry f(\n.param .u64 f_param_0\n)\n{\n" + "\n".join(f"\t{line}" for line in lines) + "\n}\n"
    )


@pytest.mark.parametrize(
    "lines, pairs",
    [
        (["mul.f32 %f3, %f1, %f2;", "sub.f32 %f4, %f3, %f1;"], 1),
        (["mul.f64 %fd3, %fd1, %fd2;", "@%p1 add.f64 %fd4, %fd1, %fd3;"], 1),
        (["mul.ftz.f32 %f3, %f1, %f2;", "add.ftz.f32 %f4, %f3, %f1;"], 1),
        (
            ["mul.f32 %f3, %f1, %f2;", "add.f32 %f4, %f3, %f1;", "st.global.f32 [%rd1], %f3;"],
            1,
        ),  # it may be fused and kept
        (["mul.rn.f32 %f3, %f1, %f2;", "sub.f32 %f4, %f3, %f1;"], 0),
        (["mul.f32 %f3, %f1, %f2;", "sub.rn.f32 %f4, %f3, %f1;"], 0),
        (["mul.f32 %f3, %f1, %f2;", "div.rn.f32 %f4, %f3, %f1;"], 0),
        (["mul.f32 %f3, %f1, 0f3F000000;", "sub.f32 %f4, %f3, %f1;"], 0),  # by one half: exact
        (["mov.f64 %fd2, 0dC010000000000000;", "mul.f64 %fd3, %fd1, %fd2;", "sub.f64 %fd4, %fd3, %fd1;"], 0),
        (["mul.f32 %f3, %f1, 0f3F400000;", "sub.f32 %f4, %f3, %f1;"], 1),
        (["fma.rn.f32 %f3, %f1, %f2, %f5;", "sub.f32 %f4, %f3, %f1;"], 0),
    ],
)
def test_a_product_counts_where_a_sum_without_rounding_takes_it(lines: list[str], pairs: int) -> None:
    assert len(ptx_products.pairs_of(kernel(*lines))) == pairs


def test_registers_of_two_kernels_are_two() -> None:
    text = kernel("mul.f32 %f3, %f1, %f2;") + kernel("add.f32 %f4, %f3, %f1;").removeprefix(HEAD)
    assert ptx_products.pairs_of(text) == []


def test_the_texts_in_an_object_are_found(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fused = kernel("mul.f32 %f3, %f1, %f2;", "sub.f32 %f4, %f3, %f1;")
    file = tmp_path / "a.o"
    file.write_bytes(b"\x7fELF\0\1" + kernel("ret;").encode() + b"\0\0junk\xff" + fused.encode() + b"\0more")
    assert ptx_products.main([str(file)]) == 1
    out = capsys.readouterr().out
    assert "f: mul.f32 %f3, %f1, %f2; feeds sub.f32 %f4, %f3, %f1;" in out
    assert "2 kernels, 1 products" in out


@pytest.mark.parametrize("content", [None, b"", b"\x7fELF"])
def test_no_file_and_no_kernel_are_told(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "a.o"
    if content is not None:
        file.write_bytes(content)
    assert ptx_products.main([str(file)]) == 2
