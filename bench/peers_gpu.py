#!/usr/bin/env python3
"""Measures CuPy and PyTorch on a GPU, on a pricing that the library's benchmarks do there: Black and Scholes' model,
252 steps of 2^20 paths in float, the discounted mean payoff of a call.

usage: peers_gpu.py RESULTS

Adds to RESULTS, which spectralmc_gpu_bench --benchmark_out=RESULTS has written on the same GPU. What is not installed,
or finds no GPU, is left out by name; then RESULTS stays as it is. Times are by CUDA's events, the least of ten prices
after two that warm up. Exit status: 0, or 2 if RESULTS is not what the benchmarks write, before anything is measured.

Both are programmed as their manuals have it, an array of all paths moved a step at a time, so that every step goes
through the GPU's memory: that is their handicap. CuPy moves the paths by a kernel of one line, PyTorch in place.
"""

from __future__ import annotations

import importlib
import math
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from peer_results import add, check, result

STEPS, PATHS = 252, 1 << 20
SPOT, STRIKE, RATE, DIVIDENDS, VOLATILITY, MATURITY = 100.0, 100.0, 0.03, 0.01, 0.2, 1.0
STEP = MATURITY / STEPS
DRIFT = (RATE - DIVIDENDS - 0.5 * VOLATILITY**2) * MATURITY  # of the whole maturity: added once
DEVIATION = VOLATILITY * math.sqrt(STEP)
DISCOUNT = math.exp(-RATE * MATURITY)
EXACT = 8.8273  # Black and Scholes' formula


class NotHere(Exception):
    """Why a peer is left out."""


def installed(module: str, name: str) -> Any:
    try:
        return importlib.import_module(module)
    except ImportError:
        raise NotHere(f"{name} is not installed") from None


def least_seconds(price: Callable[[], float], milliseconds: Callable[[Callable[[], float]], float]) -> float:
    for _ in range(2):
        found = price()
        # A dozen standard errors of 2^20 paths.
        if abs(found - EXACT) > 0.2:
            raise ArithmeticError(f"The price of a call is {found}, not {EXACT}.")
    return 1e-3 * min(milliseconds(price) for _ in range(10))


def cupy() -> tuple[str, str, float]:
    cp = installed("cupy", "CuPy")
    if not cp.cuda.is_available():
        raise NotHere("CuPy finds no GPU")
    source = cp.random.Generator(cp.random.Philox4x3210(1))
    move = cp.ElementwiseKernel("float32 normal, float32 deviation", "float32 x", "x += deviation * normal", "move")

    def price() -> float:
        x = cp.full(PATHS, DRIFT, cp.float32)
        for _ in range(STEPS):
            move(source.standard_normal(PATHS, dtype=cp.float32), DEVIATION, x)
        return DISCOUNT * float(cp.maximum(SPOT * cp.exp(x) - STRIKE, 0).mean())

    def milliseconds(body: Callable[[], float]) -> float:
        begin, end = cp.cuda.Event(), cp.cuda.Event()
        begin.record()
        body()
        end.record()
        end.synchronize()
        return float(cp.cuda.get_elapsed_time(begin, end))

    return "CuPy", str(cp.__version__), least_seconds(price, milliseconds)


def pytorch() -> tuple[str, str, float]:
    torch = installed("torch", "PyTorch")
    if not torch.cuda.is_available():
        raise NotHere("PyTorch finds no GPU")
    source = torch.Generator(device="cuda").manual_seed(1)
    normals = torch.empty(PATHS, device="cuda")

    def price() -> float:
        x = torch.full((PATHS,), DRIFT, device="cuda")
        for _ in range(STEPS):
            x.add_(normals.normal_(generator=source), alpha=DEVIATION)
        return DISCOUNT * float((SPOT * x.exp() - STRIKE).clamp(min=0).mean())

    def milliseconds(body: Callable[[], float]) -> float:
        begin, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
        begin.record()
        body()
        end.record()
        end.synchronize()
        return float(begin.elapsed_time(end))

    return "PyTorch", str(torch.__version__), least_seconds(price, milliseconds)


def main() -> int:
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    check(Path(sys.argv[1]))
    results, versions = [], {}
    for peer in (cupy, pytorch):
        try:
            who, version, seconds = peer()
        except NotHere as reason:
            print(f"{reason}: left out.")
            continue
        name = f"gpu_path_steps/black_scholes_float/{who}/steps:{STEPS}/paths:{PATHS}"
        results.append(result(name, seconds, STEPS * PATHS, "path-step"))
        versions[who.lower()] = version
    if results:
        add(Path(sys.argv[1]), versions, results)
    return 0


if __name__ == "__main__":
    sys.exit(main())
