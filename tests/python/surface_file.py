#!/usr/bin/env python3
"""Reads with NumPy a surface that the library has written, and has the library read one that NumPy has written.

usage: surface_file.py PROGRAM      the program that surface_file.cpp makes
"""

import os
import subprocess
import sys
import tempfile

import numpy as np


def main(program):
    with tempfile.TemporaryDirectory() as folder:
        written = os.path.join(folder, "written.npy")
        subprocess.run([program, "write", written], check=True)
        surface = np.load(written)
        assert surface.shape == (3,), surface.shape
        times, phi = surface["time"], surface["phi"]
        assert list(times) == [0.25, 0.5, 1.5], times
        assert phi.dtype == np.complex128 and phi.shape[0] == 3, (phi.dtype, phi.shape)
        assert not surface["paths"].any() and surface["logarithmic"].all()
        frequencies = surface["frequency_step"][:, None] * np.arange(phi.shape[1])
        t = times[:, None]
        exact = np.exp(1j * frequencies * (0.03 - 0.01 - 0.02) * t - 0.02 * frequencies**2 * t)
        error = np.abs(phi - exact).max()
        assert error < 1e-13, error
        assert np.allclose(surface["forward"], 100 * np.exp(0.02 * times), rtol=1e-14, atol=0)
        assert np.allclose(surface["discount"], np.exp(-0.03 * times), rtol=1e-14, atol=0)

        again = os.path.join(folder, "again.npy")
        np.save(again, surface)
        subprocess.run([program, "check", again], check=True)
        surface["phi"][1, 7] *= 0.5
        np.save(again, surface)
        refused = subprocess.run([program, "check", again], stderr=subprocess.PIPE, text=True)
        assert refused.returncode == 1 and "another surface" in refused.stderr, refused
        np.save(again, surface["phi"])
        refused = subprocess.run([program, "check", again], stderr=subprocess.PIPE, text=True)
        assert refused.returncode == 1 and "dtype" in refused.stderr, refused
    return 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__.strip())
    sys.exit(main(sys.argv[1]))
