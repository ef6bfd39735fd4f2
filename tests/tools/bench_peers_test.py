"""What Python's peers measure stands beside the library's figures in one file, and what is not there is left out."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tools import bench_report, benchmark_results

BENCH = Path(__file__).parents[2] / "bench"
OWN = {
    "run_name": "gpu_path_steps/black_scholes_float/spectralmc/steps:252/paths:1048576/manual_time",
    "run_type": "iteration",
    "per_second": 4e9,
    "label": "path-steps",
}
ADDING = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
import peer_results
name = "gpu_path_steps/black_scholes_float/PyTorch/steps:252/paths:1048576"
for seconds in 4, 2:
    peer_results.add(Path(sys.argv[2]), {"pytorch": "2"}, [peer_results.result(name, seconds, 8e9, "path-step")])
"""
# Modules that are there and find no GPU.
WITHOUT_GPU = {
    "torch.py": "class cuda:\n    is_available = staticmethod(lambda: False)\n",
    "cupy.py": "raise ImportError\n",
}


def added(path: Path) -> benchmark_results.Run:
    subprocess.run([sys.executable, "-c", ADDING, str(BENCH), str(path)], check=True)
    return benchmark_results.read(path)


def test_a_peer_joins_the_run_of_the_library(tmp_path: Path) -> None:
    path = tmp_path / "gpu.json"
    path.write_text(json.dumps({"context": {"gpu": "A GPU"}, "benchmarks": [OWN]}))
    run = added(path)
    assert (run.machine, run.context["pytorch"]) == ("A GPU", "2")
    assert len(run.measurements) == 2  # the second call has replaced what the first has added
    assert any("PyTorch | 4 billion | **1**" in line for line in bench_report.against_peers(run))


def test_a_peer_can_stand_alone(tmp_path: Path) -> None:
    assert [each.who for each in added(tmp_path / "new.json").measurements] == ["PyTorch"]


def test_what_is_not_there_is_left_out_by_name(tmp_path: Path) -> None:
    for name, text in WITHOUT_GPU.items():
        (tmp_path / name).write_text(text)
    output = tmp_path / "results.json"
    ran = subprocess.run(
        [sys.executable, str(BENCH / "peers_gpu.py"), str(output)],
        env={"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout == "CuPy is not installed: left out.\nPyTorch finds no GPU: left out.\n"
    assert not output.exists()


def ran(script: str, *arguments: object, modules: Path) -> subprocess.CompletedProcess[str]:
    """With the modules of a folder before all others."""
    return subprocess.run(
        [sys.executable, str(BENCH / script), *map(str, arguments)],
        env={"PYTHONPATH": str(modules), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_without_numpy(tmp_path: Path) -> None:
    (tmp_path / "numpy.py").write_text("raise ImportError\n")
    done = ran("peers_numpy.py", tmp_path / "results.json", modules=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "NumPy is not installed: left out.\n", "")
    assert not (tmp_path / "results.json").exists()


BROKEN = [
    (b"", "is not JSON"),
    (b"\xff\x00", "is not JSON"),
    (b"[]", "is not what the benchmarks write"),
    (b"{}", "has no list of benchmarks"),
    (b'{"benchmarks": 3}', "has no list of benchmarks"),
]


@pytest.mark.parametrize(("content", "reason"), [*BROKEN, (b'{"benchmarks": [], "context": []}', "has no context")])
@pytest.mark.parametrize("script", ["peers_numpy.py", "peers_gpu.py"])
def test_broken_results_are_told_before_anything_is_measured(
    tmp_path: Path, script: str, content: bytes, reason: str
) -> None:
    (tmp_path / "numpy.py").write_text("float32 = float64 = None\n")  # measures nothing
    path = tmp_path / "results.json"
    path.write_bytes(content)
    done = ran(script, path, modules=tmp_path)
    assert done.returncode == 2
    assert done.stderr.startswith(f"error: {path}") and reason in done.stderr
    assert path.read_bytes() == content


def test_results_in_no_folder(tmp_path: Path) -> None:
    done = ran("peers_gpu.py", tmp_path / "none" / "results.json", modules=tmp_path)
    assert (done.returncode, done.stderr) == (2, f"error: {tmp_path}/none/results.json cannot be written.\n")


def benchmark(name: str, **counters: object) -> dict[str, object]:
    return {"name": name, "run_type": "iteration", **counters}


EACH = "implied_volatility/quotes/spectralmc-each/deviations:2/iterations:1"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        *BROKEN,
        (b'{"benchmarks": []}', "has no benchmark that a picture is drawn of"),
        (b'{"benchmarks": [3]}', "benchmark 1 has no name"),
        (json.dumps({"benchmarks": [benchmark(EACH, ns=float("nan"))]}).encode(), f"ns of {EACH} is not finite"),
    ],
)
def test_broken_results_have_no_picture(tmp_path: Path, content: bytes, reason: str) -> None:
    pytest.importorskip("matplotlib")
    path = tmp_path / "results.json"
    path.write_bytes(content)
    done = ran("plot_error_against_time.py", path, tmp_path, modules=tmp_path)
    assert done.returncode == 2
    assert done.stderr.startswith(f"error: {path}") and reason in done.stderr


def test_pictures_of_a_part_of_the_results(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    path = tmp_path / "results.json"
    names = (EACH, "fourier/float/spectralmc/0", "fourier/float/spectralmc/8", "fourier/float/spectralmc/8/real_time")
    path.write_text(json.dumps({"benchmarks": [benchmark(name, ns=1.0, error=1e-9) for name in names]}))
    done = ran("plot_error_against_time.py", path, tmp_path, modules=tmp_path)
    drawn = [tmp_path / "fourier_transform.png", tmp_path / "implied_volatility.png"]
    assert (done.returncode, done.stdout.split()) == (0, list(map(str, drawn))), done.stderr
    assert all(each.is_file() for each in drawn)
    done = ran("plot_error_against_time.py", path, tmp_path / "none", modules=tmp_path)
    assert done.returncode == 2 and "cannot be written" in done.stderr


def test_pictures_need_matplotlib(tmp_path: Path) -> None:
    (tmp_path / "matplotlib.py").write_text("raise ImportError\n")
    path = tmp_path / "results.json"
    path.write_text(json.dumps({"benchmarks": [benchmark(EACH, ns=1.0, error=1e-9)]}))
    done = ran("plot_error_against_time.py", path, tmp_path, modules=tmp_path)
    assert (done.returncode, done.stderr) == (2, "error: the pictures need matplotlib\n")
