"""What Python's peers measure stands beside the library's figures in one file, and what is not there is left out."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

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
