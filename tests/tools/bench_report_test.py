"""The report is made from files of results, and says of each figure what it is held against."""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path
from typing import Any

import pytest

from tools import bench_report, benchmark_results, report_form


def entry(name: str, per_second: float, limit: float | None = None, **more: Any) -> dict[str, Any]:
    label = "steps" + ("; limit: normals alone" if limit is not None else "")
    counters = {"per_second": per_second} | ({} if limit is None else {"limit": limit, "share": 0})
    return {"run_name": f"{name}/real_time", "run_type": "iteration", "label": label, "iterations": 3} | counters | more


ENTRIES = [
    entry("paths/black_float/spectralmc/steps:252/paths:65536/threads:1", 8e8, 1e9),
    entry("paths/black_float/spectralmc/steps:16/paths:65536/threads:1", 5e8, 1e9),
    entry("paths/black_double/spectralmc/steps:252/paths:65536/threads:1", 2e8, 2.5e8),
    entry("paths/black_double/spectralmc/steps:252/paths:65536/threads:1", 1e8, 2.5e8),
    entry("paths/black_double/QuantLib/steps:252/paths:2048/threads:1", 4e6),
    {"run_name": "error_of_something/12", "run_type": "iteration", "error": 1e-9},
    entry("paths/black_double/QuantLib/steps:252/paths:2048/threads:1", 9e9, run_type="aggregate"),
]


def written(folder: Path, content: object, name: str = "run.json") -> Path:
    path = folder / name
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


@pytest.fixture
def results(tmp_path: Path) -> Path:
    return written(tmp_path, {"context": {"cpu": "A CPU", "commit": "abc"}, "benchmarks": ENTRIES})


def test_what_is_read(results: Path) -> None:
    run = benchmark_results.read(results)
    assert run.machine == "A CPU"
    assert len(run.measurements) == 4
    double = next(each for each in run.measurements if each.case == "black_double" and each.own)
    assert double.per_second == 2e8  # the faster of two repetitions
    assert double.share == pytest.approx(0.8)
    assert (double.unit, double.limit_name) == ("steps", "normals alone")
    assert double.arguments == {"steps": 252, "paths": 65536, "threads": 1}


def test_peers_are_compared_by_rate_whatever_their_number_of_paths(results: Path) -> None:
    lines = bench_report.against_peers(benchmark_results.read(results))
    ratios = {line.split("|")[1].strip(): line.split("|")[7].strip() for line in lines if "QuantLib" in line}
    assert ratios == {"paths: black double": "**50**", "paths: black float (peer in double)": "**200**"}


def test_a_peer_that_has_float_is_not_compared_in_double(tmp_path: Path) -> None:
    entries = [*ENTRIES, entry("paths/black_float/QuantLib/steps:252/paths:2048/threads:1", 8e6)]
    lines = bench_report.against_peers(benchmark_results.read(written(tmp_path, {"benchmarks": entries})))
    ratios = {line.split("|")[1].strip(): line.split("|")[7].strip() for line in lines if "QuantLib" in line}
    assert ratios == {"paths: black double": "**50**", "paths: black float": "**100**"}


def test_sizes_are_in_order_and_of_too_many_only_some_are_shown(tmp_path: Path) -> None:
    entries = [
        entry(f"fourier/double/{who}/n:{2**power}", 10.0**power)
        for power in range(11, 0, -1)
        for who in ("spectralmc", "FFTW")
    ]
    lines = bench_report.against_peers(benchmark_results.read(written(tmp_path, {"benchmarks": entries})))
    sizes = [line.split("|")[2].strip() for line in lines if "FFTW" in line]
    assert sizes == ["n 2", "n 8", "n 32", "n 128", "n 512", "n 2048"]


def test_another_size_is_not_compared(tmp_path: Path) -> None:
    entries = [
        entry("paths/black_double/spectralmc/steps:16/threads:1", 2e8),
        entry("paths/black_double/QuantLib/steps:252/threads:1", 4e6),
    ]
    assert bench_report.against_peers(benchmark_results.read(written(tmp_path, {"benchmarks": entries}))) == []


def test_shares_are_in_order_of_size(results: Path) -> None:
    rows = [line.split(" | ") for line in bench_report.shares(benchmark_results.read(results)) if "black float" in line]
    assert [row[2] for row in rows] == [f"steps {steps}, paths 65536, threads 1" for steps in (16, 252)]
    assert rows[1][3:] == ["800 million steps", "1 billion", "normals alone", "80% |"]


def test_of_too_many_sizes_some_have_a_share(tmp_path: Path) -> None:
    entries = [entry(f"fourier/double/spectralmc/n:{2**power}", 10.0, 20.0) for power in range(1, 12)]
    lines = bench_report.shares(benchmark_results.read(written(tmp_path, {"benchmarks": entries})))
    assert sum("50%" in line for line in lines) == bench_report.SIZES


def test_threads_are_compared_where_all_else_is_the_same(tmp_path: Path) -> None:
    entries = [*ENTRIES, entry("paths/black_float/spectralmc/steps:16/paths:65536/threads:2", 9e8)]
    lines = bench_report.threaded(benchmark_results.read(written(tmp_path, {"benchmarks": entries})))
    assert lines[-2] == "| paths: black float | steps 16, paths 65536 | 500 million steps | 2 | 900 million | **1.8** |"
    assert sum("paths:" in line for line in lines) == 1


def test_one_thread_alone_is_not_compared(results: Path) -> None:
    assert bench_report.threaded(benchmark_results.read(results)) == []


def test_curves_leave_all_but_one_argument_alone(results: Path) -> None:
    run = benchmark_results.read(results)
    assert bench_report.curves(run, "paths", "steps") == {"black float, spectralmc": [(16, 5e8), (252, 8e8)]}
    assert bench_report.curves(run, "paths", "threads") == {}


ANSWERS = [
    entry("accuracy/smile/spectralmc/paths:4096/iterations:32", 100, rmse=0.02, reported=0.021),
    entry("accuracy/smile/spectralmc/paths:16384/iterations:32", 25, rmse=0.01, reported=0.011),
    entry("accuracy/smile/QuantLib/paths:1024/iterations:32", 2, rmse=0.04),
    entry("accuracy/smile/nothing/paths:1024/iterations:32", 2),
]


def test_errors_are_compared_at_equal_accuracy(tmp_path: Path) -> None:
    run = benchmark_results.read(written(tmp_path, {"benchmarks": ENTRIES + ANSWERS}))
    assert [each.arguments for each in bench_report.accuracies(run)["smile"]["spectralmc"]] == [
        {"paths": 4096},
        {"paths": 16384},
    ]
    table = bench_report.accuracy_table(run)
    # A quarter of the error takes sixteen times the half second of QuantLib: 8 s, and the library 0.04 s.
    assert table[-3:] == [
        "| smile | spectralmc | 16384 | 0.04 | 0.01 | 0.011 | 0.04 | **1** |",
        "| smile | QuantLib | 1024 | 0.5 | 0.04 |  | 8 | **200** |",
        "",
    ]
    assert not any("smile" in line for line in bench_report.against_peers(run))
    assert "accuracy" not in bench_report.groups_of(run)


def test_a_run_without_errors_has_no_such_table(results: Path, tmp_path: Path) -> None:
    run = benchmark_results.read(results)
    assert bench_report.accuracy_table(run) == []
    assert bench_report.draw_accuracy(run, report_form.Pictures(tmp_path, ".")) == []


def test_peers_alone_have_no_ratio(tmp_path: Path) -> None:
    table = bench_report.accuracy_table(benchmark_results.read(written(tmp_path, {"benchmarks": [ANSWERS[2]]})))
    assert table[-2] == "| smile | QuantLib | 1024 | 0.5 | 0.04 |  | 0.5 |  |"


def test_error_against_time_is_drawn(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    output = tmp_path / "performance.md"
    path = written(tmp_path, {"benchmarks": ANSWERS})
    assert bench_report.main([str(path), "--output", str(output)]) == 0
    text = output.read_text()
    assert "### Accuracy against time" in text
    assert "(images/run_accuracy.png)" in text
    assert (tmp_path / "images" / "run_accuracy.png").is_file()


def test_the_report_has_it_all(results: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("matplotlib")
    output = tmp_path / "docs" / "performance.md"
    assert bench_report.main([str(results), "--output", str(output)]) == 0
    text = output.read_text()
    for expected in (
        "## A CPU",
        "commit: abc",
        "### Beside its peers",
        "### Beside the limit",
        "### Cost against size",
    ):
        assert expected in text
    picture = output.parent / "images" / "run_paths_steps.png"
    assert picture.is_file()
    assert "(images/run_paths_steps.png)" in text
    assert capsys.readouterr().out == f"{output}\n"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("nonsense", "is not JSON"),
        ([], "has no results"),
        ({"benchmarks": 3}, "has no results"),
        ({"benchmarks": []}, "no benchmark named"),
        ({"benchmarks": [{"run_name": "a/b/3", "run_type": "iteration"}]}, "no benchmark named"),
        ({"benchmarks": [{"run_name": "a/b/c", "run_type": "iteration"}]}, "benchmark 1, a/b/c: it has no per_second"),
        ({"benchmarks": [entry("a/b/c", 1, error_occurred=True)]}, "no benchmark named"),
        ({"benchmarks": [1]}, "benchmark 1 is 1, not an object"),
        ({"benchmarks": [{"run_name": 1}]}, "run_name is 1, not a text"),
        ({"benchmarks": ENTRIES, "context": []}, "context is [], not an object"),
        ({"benchmarks": ENTRIES, "context": {"multiprocessors": "many"}}, "multiprocessors is many"),
        *(
            ({"benchmarks": [entry("a/b/c", value)]}, "a/b/c/real_time: per_second is ")
            for value in ("abc", None, True, 0, -1, math.nan, math.inf, 1e300, 10**400, [])
        ),
        *(({"benchmarks": [entry("a/b/c", 1, value)]}, "real_time: limit is ") for value in ("abc", 0, math.nan)),
        *(({"benchmarks": [entry("accuracy/b/c", 1, rmse=value)]}, "rmse is ") for value in (1e300, -1, 1e-300)),
        ({"benchmarks": [entry(f"a/b/c/n:{10**20}", 1)]}, "real_time: n is 1000"),
        ('{"benchmarks": "\x00', "is not JSON"),
    ],
)
def test_files_without_results(
    tmp_path: Path, content: object, reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = written(tmp_path, content)
    assert bench_report.main([str(path)]) == 2
    assert reason in capsys.readouterr().err
    assert str(path) in bench_report_error(tmp_path / "missing.json", capsys)


def bench_report_error(path: Path, capsys: pytest.CaptureFixture[str]) -> str:
    assert bench_report.main([str(path)]) == 2
    return capsys.readouterr().err.replace("missing.json", "run.json")


# As Google Benchmark writes it: an entry is one piece, and what comes between it and the next belongs to the next.
PIECES = [
    '{\n  "context": {\n    "cpu": "A CPU"\n  },\n  "benchmarks": [\n',
    *(
        (",\n" if number else "") + "    " + json.dumps(each, indent=2).replace("\n", "\n    ")
        for number, each in enumerate(ENTRIES)
    ),
    "\n  ]\n}\n",
]


def test_a_file_that_was_cut_short_has_what_was_finished(tmp_path: Path) -> None:
    text = "".join(PIECES)
    first = len(PIECES[0] + PIECES[1])
    last = len(text) - len(PIECES[-1])
    for end in range(first, len(text) - 2):
        content = benchmark_results.completed(text[:end])
        expected = next(n for n in range(len(ENTRIES), 0, -1) if len("".join(PIECES[: n + 1])) <= end)
        assert content == {"context": {"cpu": "A CPU", "cut_short": "yes"}, "benchmarks": ENTRIES[:expected]}
        assert (end >= last) == (expected == len(ENTRIES))
    assert benchmark_results.completed(text) == {"context": {"cpu": "A CPU"}, "benchmarks": ENTRIES}


def test_a_report_says_that_a_run_was_cut_short(tmp_path: Path) -> None:
    path = written(tmp_path, "".join(PIECES[:4]) + ',\n    {\n      "name": "pat')
    output = tmp_path / "performance.md"
    assert bench_report.main([str(path), "--output", str(output)]) == 0
    assert "\ncut short: yes.\n" in output.read_text()


@pytest.mark.parametrize(
    "text",
    [
        PIECES[0],
        PIECES[0] + PIECES[1][:-1],
        "".join(PIECES) + "nonsense",
        "".join(PIECES) * 2,
        PIECES[0].replace("context", "other") + PIECES[1],
        PIECES[0] + "nonsense" + PIECES[1] + PIECES[2],
    ],
)
def test_what_else_is_not_json_is_not_taken_for_cut_short(tmp_path: Path, text: str) -> None:
    with pytest.raises(benchmark_results.ResultError, match="is not JSON"):
        benchmark_results.read(written(tmp_path, text))


def test_pictures_of_files_with_one_name_are_named_apart(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    paths = []
    for folder in ("a", "b c", "d/a"):
        (tmp_path / folder).mkdir(parents=True)
        paths.append(str(written(tmp_path / folder, {"benchmarks": ANSWERS}, "gpu.json")))
    output = tmp_path / "performance.md"
    assert bench_report.main([*paths, "--output", str(output), "--pictures", str(tmp_path / "the pictures")]) == 0
    names = ["a_gpu_accuracy.png", "a_gpu_accuracy-2.png", "b_c_gpu_accuracy.png"]
    assert sorted(path.name for path in (tmp_path / "the pictures").iterdir()) == sorted(names)
    assert all(f"(the%20pictures/{name})" in output.read_text() for name in names)


def test_names_with_markup_break_no_link(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    entries = [entry(f"a](b $x$/c|d\ud800$\\frac$/spectralmc/n:{n}", 10.0 * n) for n in (1, 2)]
    path, output = written(tmp_path, {"benchmarks": entries}, "a [run].json"), tmp_path / "performance.md"
    assert bench_report.main([str(path), "--output", str(output)]) == 0
    (line,) = (line for line in output.read_text().splitlines() if line.startswith("!["))
    assert line == "![a (b  x : steps a second by n](images/a__run__a__b__x__n.png)"
    assert (tmp_path / "images" / "a__run__a__b__x__n.png").is_file()


def test_without_matplotlib(results: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    assert bench_report.main([str(results), "--output", str(results.parent / "performance.md")]) == 2
    assert "the pictures need matplotlib" in capsys.readouterr().err


@pytest.mark.parametrize("option", ["--output", "--pictures"])
def test_what_cannot_be_written_is_told(results: Path, option: str, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("matplotlib")
    assert bench_report.main([str(results), "--output", f"{results.parent}/p.md", option, f"{results}/x.md"]) == 2
    told = capsys.readouterr().err
    assert f"{results}/" in told and "cannot be written" in told


def test_remarks_stand_before_the_runs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    result, remarks, page = tmp_path / "run.json", tmp_path / "remarks.md", tmp_path / "performance.md"
    entry = {"run_name": "sums/float/spectralmc", "run_type": "iteration", "label": "pairs", "per_second": 1e9}
    result.write_text(json.dumps({"context": {"cpu": "A CPU"}, "benchmarks": [entry]}))
    remarks.write_text("## Where it falls short\n\nNowhere.\n")
    assert bench_report.main([str(result), "--remarks", str(remarks), "--output", str(page)]) == 0
    text = page.read_text()
    assert text.index("Nowhere.") < text.index("## A CPU")
    assert bench_report.main([str(result), "--remarks", str(tmp_path / "none"), "--output", str(page)]) == 2
    assert "none" in capsys.readouterr().err
