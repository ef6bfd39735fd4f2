#!/usr/bin/env python3
"""Measures NumPy, and SciPy where it is installed, on work that the library's benchmarks do, on one thread.

usage: OMP_NUM_THREADS=1 peers_numpy.py RESULTS

Adds to RESULTS, which spectralmc_bench --benchmark_out=RESULTS has written on the same machine; without NumPy RESULTS
stays as it is. Exit status: 0, or 2 if RESULTS is not what the benchmarks write, before anything is measured.

    generation/words/NumPy                         words of 32 bits by its Philox (4x64, ten rounds), as 64-bit integers
    generation/normals_{float,double}/NumPy        normals by the fastest of its generators, in an array made beforehand
    path_steps/black_scholes_{float,double}/NumPy  252 steps of paths, a step at a time for as many paths as stay
                                                   in a cache, and the mean payoff of a call
    stored_paths/black_scholes_{float,double}/NumPy  252 dates of 16384 paths in an array made beforehand, date by date:
                                                   normals into its row, scaled, and the row before added
    sums/{float,double}/NumPy                      sums of exp(i u x) over 1024 samples for frequencies in equal steps,
                                                   as one product of the matrices of exp(i u_j x) and exp(i u_(j m) x),
                                                   j < m, the square root of their number. Faster than a cosine and a
                                                   sine or a complex exponential of each product, and than recurrence
                                                   from frequency to frequency, all of which were tried
    vanillas/heston/NumPy                          calls of one maturity by Lewis' integral, all strikes and 192 nodes
                                                   of Gauss and Legendre's rule at once
    vanillas/heston/SciPy-quad                     the same integral by scipy.integrate.quad, strike after strike

The least time of several calls counts. Nodes are made beforehand. `error` of the calls is the largest, against twice as
many nodes on twice the range. Without OMP_NUM_THREADS=1 NumPy's linear algebra would take all cores.
"""

from __future__ import annotations

import importlib
import math
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from peer_results import add, check, result

try:
    import numpy as np
except ImportError:
    print("NumPy is not installed: left out.")
    sys.exit(0)

STEPS, PATHS = 252, 8192
STORED_PATHS, SAMPLES = 16384, 1024
SPOT, RATE, DIVIDENDS, MATURITY = 100.0, 0.03, 0.01, 1.0
# Of bench/heston_case.hpp.
VARIANCE, REVERSION, LEVEL, VOLATILITY, CORRELATION = 0.04, 1.5, 0.05, 0.6, -0.7
RANGE, NODES = 120.0, 192


def least_seconds(body: Callable[[], Any]) -> float:
    """The least of three calls, and of as many more as a second has room for."""
    times: list[float] = []
    while len(times) < 3 or sum(times) < 1:
        begin = time.perf_counter()
        body()
        times.append(time.perf_counter() - begin)
    return min(times)


def name_of(real: Any) -> str:
    return "float" if real is np.float32 else "double"


def words() -> dict[str, Any]:
    source, count = np.random.Philox(1), 1 << 16
    return result("generation/words/NumPy", least_seconds(lambda: source.random_raw(count)), 2 * count, "word")


def normals(real: Any) -> dict[str, Any]:
    source, made = np.random.Generator(np.random.SFC64(1)), np.empty(1 << 16, real)
    seconds = least_seconds(lambda: source.standard_normal(out=made, dtype=real))
    return result(f"generation/normals_{name_of(real)}/NumPy", seconds, made.size, "normal")


def blas() -> str:
    """Whose linear algebra NumPy has loaded, by the folder that it lies in."""
    maps = Path("/proc/self/maps")
    lines = maps.read_text().splitlines() if maps.exists() else []
    return ", ".join(sorted({Path(line.split()[-1]).parent.name for line in lines if "blas" in line})) or "unknown"


def path_steps(real: Any) -> dict[str, Any]:
    source = np.random.Generator(np.random.SFC64(1))  # the fastest of NumPy's generators
    x, normals = np.empty(PATHS, real), np.empty(PATHS, real)
    step = MATURITY / STEPS
    drift, deviation = real((RATE - DIVIDENDS - 0.02) * step), real(0.2 * math.sqrt(step))

    def price() -> float:
        x.fill(0)
        for _ in range(STEPS):
            source.standard_normal(out=normals, dtype=real)
            np.multiply(normals, deviation, out=normals)
            np.add(normals, drift, out=normals)
            np.add(x, normals, out=x)
        return math.exp(-RATE * MATURITY) * float(np.maximum(SPOT * np.exp(x) - 100, 0).mean())

    if not 7 < price() < 11:  # 8.83 is exact
        raise ArithmeticError("NumPy's price of a call is wrong.")
    name = f"path_steps/black_scholes_{name_of(real)}/NumPy/steps:{STEPS}/paths:{PATHS}/threads:1"
    return result(name, least_seconds(price), STEPS * PATHS, "path-step")


def stored_paths(real: Any) -> dict[str, Any]:
    source = np.random.Generator(np.random.SFC64(1))
    values = np.zeros((STEPS, STORED_PATHS), real)
    step = MATURITY / STEPS
    drift, deviation = real((RATE - DIVIDENDS - 0.02) * step), real(0.2 * math.sqrt(step))

    def store() -> None:
        for date in range(STEPS):
            row = values[date]
            source.standard_normal(out=row, dtype=real)
            np.multiply(row, deviation, out=row)
            np.add(row, drift, out=row)
            if date > 0:
                np.add(row, values[date - 1], out=row)

    store()
    if not 0.19 < values[-1].std() < 0.21:
        raise ArithmeticError("NumPy's paths do not have the volatility that they should.")
    name = f"stored_paths/black_scholes_{name_of(real)}/NumPy/threads:1"
    return result(name, least_seconds(store), values.nbytes, "byte")


def sums(real: Any, frequencies: int) -> dict[str, Any]:
    samples = np.random.Generator(np.random.SFC64(1)).standard_normal(SAMPLES, dtype=real)
    steps = (0.01 * math.pi * np.arange(frequencies)).astype(real)
    side = math.isqrt(frequencies)

    def waves(u: Any) -> Any:
        angles = np.outer(u, samples)
        found = np.empty(angles.shape, np.result_type(real, np.complex64))
        np.cos(angles, out=found.real)
        np.sin(angles, out=found.imag)
        return found

    def add() -> Any:
        return (waves(steps[::side]) @ waves(steps[:side]).T).ravel()

    exact = np.exp(1j * np.outer(steps.astype(float), samples)).sum(1)
    error = float(np.max(np.abs(add() - exact))) / SAMPLES
    if not error < (1e-4 if real is np.float32 else 1e-12):
        raise ArithmeticError("NumPy's sums are wrong.")
    name = f"sums/{name_of(real)}/NumPy/frequencies:{frequencies}"
    return result(name, least_seconds(add), SAMPLES * frequencies, "pair", error=error)


def transform(u: Any) -> Any:
    """Heston's characteristic function of log(S(T)/F): Albrecher, H. et al. (2007), The little Heston trap, Wilmott."""
    beta = REVERSION - 1j * CORRELATION * VOLATILITY * u
    d = np.sqrt(beta * beta + VOLATILITY**2 * (1j * u + u * u))
    g = (beta - d) / (beta + d)
    decay = np.exp(-d * MATURITY)
    growth = (beta - d) * MATURITY - 2 * np.log((1 - g * decay) / (1 - g))
    share = (beta - d) * (1 - decay) / (1 - g * decay)
    return np.exp((REVERSION * LEVEL * growth + VARIANCE * share) / VOLATILITY**2)


def calls(strikes: Any, nodes: Any, weights: Any) -> Any:
    """Lewis, A. (2001), A simple option formula for general jump-diffusion and other exponential Levy processes."""
    forward, discount = SPOT * math.exp((RATE - DIVIDENDS) * MATURITY), math.exp(-RATE * MATURITY)
    heights = weights * transform(nodes - 0.5j) / (nodes * nodes + 0.25)
    waves = np.exp(1j * np.outer(np.log(forward / strikes), nodes))
    return discount * (forward - np.sqrt(forward * strikes) / math.pi * (waves @ heights).real)


def rule(nodes: int, end: float) -> tuple[Any, Any]:
    """Gauss and Legendre's on [0, end]."""
    x, weights = np.polynomial.legendre.leggauss(nodes)
    return 0.5 * end * (x + 1), 0.5 * end * weights


def strikes_of(count: int) -> Any:
    return 60 + 80 * np.arange(count) / count


def vanillas(count: int) -> dict[str, Any]:
    strikes, nodes = strikes_of(count), rule(NODES, RANGE)
    exact = calls(strikes, *rule(2 * NODES, 2 * RANGE))
    error = float(np.max(np.abs(calls(strikes, *nodes) - exact)))
    seconds = least_seconds(lambda: calls(strikes, *nodes))
    return result(f"vanillas/heston/NumPy/strikes:{count}", seconds, count, "option", error=error)


def vanillas_by_quad(quad: Callable[..., Any], count: int) -> dict[str, Any]:
    forward, discount = SPOT * math.exp((RATE - DIVIDENDS) * MATURITY), math.exp(-RATE * MATURITY)
    strikes = strikes_of(count)

    def price(strike: float) -> float:
        moneyness = math.log(forward / strike)

        def integrand(u: float) -> float:
            return float((np.exp(1j * u * moneyness) * transform(u - 0.5j)).real / (u * u + 0.25))

        integral = quad(integrand, 0, math.inf, epsabs=1e-8, epsrel=1e-8, limit=200)[0]
        return discount * (forward - math.sqrt(forward * strike) / math.pi * float(integral))

    found = [price(strike) for strike in strikes]
    error = float(np.max(np.abs(found - calls(strikes, *rule(2 * NODES, 2 * RANGE)))))
    seconds = least_seconds(lambda: [price(strike) for strike in strikes])
    return result(f"vanillas/heston/SciPy-quad/strikes:{count}", seconds, count, "option", error=error)


def main() -> int:
    if len(sys.argv) != 2 or os.environ.get("OMP_NUM_THREADS") != "1":
        sys.exit(__doc__)
    check(Path(sys.argv[1]))
    results = [words()]
    results += [measure(real) for measure in (normals, path_steps, stored_paths) for real in (np.float32, np.float64)]
    results += [sums(real, count) for real in (np.float32, np.float64) for count in (64, 256, 1024, 4096)]
    results += [vanillas(count) for count in (1, 100, 1000)]
    versions = {"numpy": np.__version__, "numpy_blas": blas()}
    try:
        integrate = importlib.import_module("scipy.integrate")
        versions["scipy"] = importlib.import_module("scipy").__version__
    except ImportError:
        print("SciPy is not installed: its quadrature is left out.")
    else:
        results += [vanillas_by_quad(integrate.quad, count) for count in (1, 100)]
    add(Path(sys.argv[1]), versions, results)
    return 0


if __name__ == "__main__":
    sys.exit(main())
