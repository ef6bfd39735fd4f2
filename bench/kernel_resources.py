#!/usr/bin/env python3
"""Prints what each model's path kernel takes of a GPU: registers, spills and shared memory, by architecture.

usage: kernel_resources.py [--nvcc COMMAND] [--host-compiler COMMAND] [--flag=FLAG ...] [--arch 75 --arch 90 ...]

Compiles for each model, in float and double, the kernel that simulates one spectrum, and reads what ptxas says of it.
Needs nvcc and no GPU. Exits with 1 if a float kernel spills on sm_75 or later. CUDA 13 knows sm_75 and up; for sm_52
name an nvcc of CUDA 11.8 and a host compiler that it takes.
"""

import argparse
import pathlib
import re
import subprocess
import sys
import tempfile

ASSET = "smc::market(100, 0.03, 0.01)"
JUMPS = "smc::lognormal_jumps{2, -0.05, 0.1}"
HESTON = "smc::heston_parameters{0.04, 1.5, 0.05, 0.6, -0.7}"
SURFACE = "smc::implied_volatility_surface({0.5, 1.5}, {-0.5, 0, 0.5}, {{0.3, 0.25, 0.24}, {0.28, 0.25, 0.24}})"

# Name, observer, and the model with REAL for its arithmetic.
MODELS = [
    ("Black-Scholes", "log_return", f"smc::black_scholes<REAL>({ASSET}, {{0.2}})"),
    ("Bachelier", "spot", f"smc::bachelier<REAL>({ASSET}, {{20}})"),
    ("displaced diffusion", "spot", f"smc::displaced_diffusion<REAL>({ASSET}, {{0.2, 0.5}})"),
    ("constant elasticity", "spot", f"smc::constant_elasticity<REAL>({ASSET}, {{0.3, 0.5}})"),
    ("Merton", "log_return", f"smc::merton<REAL>({ASSET}, {{0.2, {JUMPS}}})"),
    ("Kou", "log_return", f"smc::kou<REAL>({ASSET}, {{0.15, 3, 0.2, 25, 10}})"),
    ("Bates", "log_return", f"smc::bates<REAL>({ASSET}, {{{HESTON}, {JUMPS}}})"),
    ("variance gamma", "log_return", f"smc::variance_gamma<REAL>({ASSET}, {{0.12, -0.14, 0.2}})"),
    ("normal inverse Gaussian", "log_return", f"smc::normal_inverse_gaussian<REAL>({ASSET}, {{0.2, -0.1, 0.3}})"),
    ("CGMY", "log_return", f"smc::cgmy<REAL>({ASSET}, {{1, 5, 6, 0.5}})"),
    ("Heston, QE", "log_return", f"smc::heston<REAL>({ASSET}, {HESTON})"),
    ("Heston, Euler", "log_return", f"smc::heston<REAL, smc::full_truncation_euler>({ASSET}, {HESTON})"),
    (
        "Heston, large steps",
        "log_return",
        f"smc::heston<REAL, smc::inverse_gaussian_integral>({ASSET}, {HESTON})",
    ),
    ("rough Bergomi", "log_return", f"smc::rough_bergomi<REAL>({ASSET}, {{0.06, 0.07, 1.9, -0.9}})"),
    ("SABR", "spot", f"smc::sabr<REAL>({ASSET}, {{0.3, 0.5, 0.6, -0.5}})"),
    ("local volatility", "log_return", f"smc::dupire<REAL>({ASSET}, {SURFACE})"),
    ("Vasicek", "short_rate", "smc::vasicek<REAL>({0.03, 0.3, 0.05, 0.01})"),
    ("Hull-White", "short_rate", "smc::hull_white<REAL>({0.03, 0.1, 0.01})"),
    ("Cox-Ingersoll-Ross", "short_rate", "smc::cox_ingersoll_ross<REAL>({0.03, 0.3, 0.05, 0.2})"),
    (
        "two correlated assets",
        "basket{1.0, -0.5}",
        f"smc::several_assets({{{{1, 0.5}}, {{0.5, 1}}}}, smc::black_scholes<REAL>({ASSET}, {{0.2}}), "
        f"smc::black_scholes<REAL>({ASSET}, {{0.3}}))",
    ),
]


def source_of(model, observer, real):
    look = observer if "{" in observer else observer + "{}"
    return (
        "#include <spectralmc/execution/cuda.cuh>\n#include <spectralmc/spectralmc.hpp>\nnamespace smc = spectralmc;\n"
        f"void run() {{\n  const auto model = {model.replace('REAL', real)};\n"
        "  const auto plan = smc::simulation{model, smc::time_grid::dates({0.5, 1.0}, 0.1)};\n"
        f"  smc::characteristic_function(smc::cuda{{}}, plan, smc::{look});\n}}\n"
    )


def resources(options, source, architecture):
    include = pathlib.Path(__file__).resolve().parent.parent / "include"
    with tempfile.TemporaryDirectory() as folder:
        unit = pathlib.Path(folder) / "kernel.cu"
        unit.write_text(source)
        command = [options.nvcc, "-std=c++17", "-O3", f"-I{include}", f"-arch=sm_{architecture}", "-Xptxas", "-v"]
        command += ["-Wno-deprecated-gpu-targets", "-c", str(unit), "-o", str(unit.with_suffix(".o"))]
        command += options.flag
        if options.host_compiler:
            command += ["-ccbin", options.host_compiler]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(done.stdout + done.stderr)
    kernel = re.search(
        r"Compiling entry function '\S*run_chunks\S*'.*?(\d+) bytes stack frame, (\d+) bytes spill stores, "
        r"(\d+) bytes spill loads.*?Used (\d+) registers.*?(\d+) bytes smem",
        done.stdout + done.stderr,
        re.DOTALL,
    )
    if not kernel:
        raise SystemExit("ptxas said nothing of the kernel:\n" + done.stdout + done.stderr)
    _, stores, loads, registers, shared = map(int, kernel.groups())
    return registers, stores + loads, shared


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--nvcc", default="nvcc", help="the CUDA compiler")
    parser.add_argument("--host-compiler", help="the C++ compiler that it calls")
    parser.add_argument("--flag", action="append", default=[], help="passed to nvcc, such as --flag=-I/folder")
    parser.add_argument("--arch", action="append", type=int, help="compute capability x 10; 75 and 90 unless given")
    options = parser.parse_args()
    architectures = options.arch or [75, 90]
    columns = [f"{real} sm_{a}" for real in ("float", "double") for a in architectures]
    print("| model | " + " | ".join(columns) + " |")
    print("|---|" + "---|" * len(columns))
    spilled = False
    for name, observer, model in MODELS:
        cells = []
        for real in ("float", "double"):
            for architecture in architectures:
                registers, spills, _ = resources(options, source_of(model, observer, real), architecture)
                cells.append(f"{registers}" + (f", {spills} B spilled" if spills else ""))
                spilled = spilled or (spills > 0 and real == "float" and architecture >= 75)
        print(f"| {name} | " + " | ".join(cells) + " |", flush=True)
    return 1 if spilled else 0


if __name__ == "__main__":
    sys.exit(main())
