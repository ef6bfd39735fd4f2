#!/usr/bin/env bash
# Checks SpectralMC on a machine with an NVIDIA GPU, with nothing from the network: builds, runs the tests, which
# compare the GPU's bits with the CPU's, runs a few small ones of the GPU under compute-sanitizer, and runs the
# benchmarks, with CuPy and PyTorch beside them where python3 has these. Leaves logs, results (gpu.json, cpu.json) and
# a summary in a folder.
#
#   tools/gpu_check.sh FOLDER [--brought FOLDER] [--seconds 600]
#   tools/gpu_check.sh --bring FOLDER
#
# It takes nvcc, CMake 3.25, Ninja and a C++ compiler; doctest's header and Google Benchmark's library where they are
# installed, or brought along: --bring copies them, on a machine that has them, into a folder that --brought names.
# It builds in build/gpu, or in the folder that SPECTRALMC_GPU_BUILD names. What does not fit into the seconds is left
# out, and the summary says so. Exit status: 0 if all that ran passed, and a sanitizer was among it; 1 if not; 2 if it
# was called in another way than these.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)

usage() { sed -n '2,15s/^# \{0,1\}//p' "$0" >&2; exit 2; }
wrong() { echo "gpu_check.sh: $*" >&2; exit 2; }

bring() {
  mkdir -p "$1"
  local path
  for path in /usr/include/doctest /usr/lib/cmake/doctest /usr/include/benchmark /usr/include/eigen3 /usr/share/eigen3 \
    /usr/include/CLI /usr/lib/*/cmake/benchmark /usr/lib/*/cmake/CLI11 /usr/share/cmake/CLI11 /usr/lib/*/libbenchmark.a \
    /usr/lib/*/libbenchmark_main.a /usr/lib/*/libbenchmark.so* /usr/lib/*/libbenchmark_main.so*; do
    [ -e "$path" ] || continue
    mkdir -p "$1/$(dirname "${path#/usr/}")"
    cp -RL "$path" "$1/$(dirname "${path#/usr/}")/"
  done
  du -sh "$1"
  exit 0
}

output='' brought='' seconds=600
while (($#)); do
  case $1 in
    --bring) [ $# -eq 2 ] || usage; bring "$2" ;;
    --brought)
      [ $# -ge 2 ] || usage
      [ -d "$2" ] || wrong "--brought: there is no folder $2"
      brought=$(cd "$2" && pwd)
      # CMake would take it for two.
      case $brought in *';'*) wrong "--brought: $brought has a semicolon in its name" ;; esac
      shift 2
      ;;
    --seconds) [[ ${2-} =~ ^[0-9]{1,9}$ ]] || usage; seconds=$((10#$2)); shift 2 ;;
    -*) usage ;;
    *) [ -z "$output" ] || usage; output=$1; shift ;;
  esac
done
[ -n "$output" ] || usage
folder() { mkdir -p "$1" && (cd "$1" && pwd); }
output=$(folder "$output")
build=$(folder "${SPECTRALMC_GPU_BUILD:-$root/build/gpu}")
tests=$build/tests/cuda/spectralmc_cuda_tests gpu_bench=$build/bench/spectralmc_gpu_bench
cpu_bench=$build/bench/spectralmc_bench
# Of an earlier run, which is not what is checked where the build fails or takes too long.
rm -f "$output"/{gpu,cpu}.json "$output"/sanitizer_*.log "$tests" "$gpu_bench" "$cpu_bench"

exec > >(tee "$output/summary.txt") 2>&1
failures=0 omissions=0
passed() { printf 'ok      %4d s  %s\n' "$SECONDS" "$*"; }
failed() { printf 'FAILED  %4d s  %s\n' "$SECONDS" "$*"; failures=$((failures + 1)); }
left_out() { printf 'skipped %4d s  %s\n' "$SECONDS" "$*"; omissions=$((omissions + 1)); }
finish() {
  if [ "$failures" -gt 0 ]; then echo "$failures failed, $omissions left out."; exit 1; fi
  echo "All that ran passed, $omissions left out."
  exit 0
}

# What a program has to end in after it was asked to; seconds that are kept for what comes later.
grace=3 kept=0
# keep PERCENT: of what is left now.
keep() { kept=$(((seconds - SECONDS) * $1 / 100)); }
free() { echo $((seconds - grace - SECONDS - kept)); }
# within LIMIT LOG COMMAND...: 124 where the limit, or what is left of the seconds and not kept, did not suffice.
within() {
  local limit=$1 log=$2 begun=$SECONDS status=0 rest
  shift 2
  rest=$(free)
  if [ "$rest" -lt "$limit" ]; then limit=$rest; fi
  if [ "$limit" -lt 1 ]; then return 124; fi
  timeout --kill-after=$grace "$limit" "$@" >>"$log" 2>&1 || status=$?
  if [ "$status" -eq 137 ] && [ $((SECONDS - begun)) -ge "$limit" ]; then status=124; fi
  return "$status"
}

nvidia-smi --query-gpu=name,driver_version,compute_cap --format=csv,noheader || { failed "a GPU: nvidia-smi finds none"; finish; }
for program in nvcc cmake ninja c++; do
  command -v "$program" >/dev/null || { failed "$program: it is not on PATH"; finish; }
done
nvcc --version | sed -n 's/^.*release /nvcc /p'

# Each part keeps something for the later ones, however long it takes: without the first there are none.
keep 30
# All of the unit tests where there are cores for them.
groups="cuda;bits"
if [ "$(nproc)" -ge 8 ]; then groups="suite;$groups"; else left_out "the CPU's unit tests: fewer than 8 cores"; fi
log=$output/build.log
: >"$log"
status=0
within "$seconds" "$log" cmake -S "$root" -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DSPECTRALMC_CUDA=ON \
  -DCMAKE_CUDA_ARCHITECTURES=native -DSPECTRALMC_BUILD_EXAMPLES=OFF -DSPECTRALMC_BUILD_BENCHMARKS=ON \
  "-DSPECTRALMC_TEST_GROUPS=$groups" ${brought:+"-DCMAKE_PREFIX_PATH=$brought"} || status=$?
if [ "$status" -ne 0 ]; then
  failed "is configured ($status)"
  tail -n 40 "$log"
  finish
fi

# What is for the GPU first. A program that does not compile is no reason to leave out the others.
first=(spectralmc_cuda_tests)
known=$(cmake --build "$build" --target help) || true
if grep -q '^spectralmc_gpu_bench:' <<<"$known"; then first+=(spectralmc_gpu_bench); fi
built=yes
for part in first rest; do
  if [ $part = first ]; then
    name="builds the GPU's tests and benchmarks" targets=(--target "${first[@]}")
  else
    name="builds the rest" targets=()
    keep 60
  fi
  status=0
  within "$seconds" "$log" cmake --build "$build" ${targets[@]+"${targets[@]}"} -- -k 0 || status=$?
  case $status in
    0) passed "$name" ;;
    124) left_out "$name: too little time"; built=partly ;;
    *) failed "$name ($status)"; grep -m 2 -A 20 '^FAILED: ' "$log" || tail -n 40 "$log" ;;
  esac
  if [ $built = partly ]; then break; fi
done

keep 60
log=$output/tests.log
: >"$log"
some=()
if [ $built = partly ]; then some=(--tests-regex '^cuda/.*_test$'); fi
if [ -x "$tests" ] || [ $built = yes ]; then
  status=0
  within "$seconds" "$log" ctest --test-dir "$build" --output-on-failure --no-tests=error -j "$(nproc)" --timeout 150 \
    ${some[@]+"${some[@]}"} || status=$?
  sed -n '/tests passed/p; /^\t *[0-9]* - /p' "$log"
  case $status in
    0) passed "tests, the GPU's bits against the CPU's among them" ;;
    124) left_out "some tests: too little time" ;;
    *) failed "tests" ;;
  esac
  if grep -Eq 'SKIPPED: no CUDA device|cuda/.*Skipped' "$log"; then failed "tests found the GPU"; fi
else
  left_out "tests: not built"
fi

# Of each file of tests a few cases that are small: the others have sizes for the time that they take without a
# sanitizer. The first file goes through all tools before the next, and has time enough for that.
keep 45
limit=$(($(free) / 4))
sanitized=(
  "measurement: several observers*,joint spectra*"
  "fourier_transform: rows of a few numbers*,rows that need more shared memory*"
  "nonuniform_fourier: Fourier sums over a few points*"
  "cufft: complex transforms*"
  "models: Merton*,Bates*,the normal inverse Gaussian*,rough Bergomi*"
  "option_book: a book under Merton*"
)
sanitizers=0
why="see above"
if ! command -v compute-sanitizer >/dev/null; then
  why="compute-sanitizer is not on PATH"
elif [ ! -x "$tests" ]; then
  why="the GPU's tests are not built"
else
  for cases in "${sanitized[@]}"; do
    file=${cases%%: *}
    for tool in memcheck racecheck initcheck synccheck; do
      log=$output/sanitizer_${tool}_$file.log
      : >"$log"
      status=0
      within "$limit" "$log" compute-sanitizer --tool $tool --error-exitcode 99 "$tests" --no-colors \
        "--source-file=*/${file}_test.cu" "--test-case=${cases#*: }" || status=$?
      if [ "$status" -eq 124 ]; then
        left_out "$tool: $file: too little time"
        continue
      elif [ "$status" -ne 0 ]; then
        failed "$tool: $file ($status)"
        grep -m 10 -E '^=========|ERROR' "$log" || tail -n 10 "$log"
      elif grep -q 'SKIPPED: no CUDA device' "$log"; then
        failed "$tool: $file: it finds no GPU"
      elif ! grep -Eq 'test cases: +[1-9]' "$log"; then
        left_out "$tool: $file: this build has none of its cases"
        continue
      else
        passed "$tool: $file"
      fi
      sanitizers=$((sanitizers + 1))
    done
  done
fi
if [ "$sanitizers" -eq 0 ]; then failed "sanitizers: none ran: $why"; fi

cut_short() { [ -s "$1" ] && [ "$(tail -c 2 "$1")" != "}" ]; }
# benchmarks KIND PROGRAM FILTER
benchmarks() {
  local kind=$1 program=$2 filter=$3 status=0 results=$output/$1.json log=$output/bench_$1.log short=''
  if [ ! -x "$program" ]; then
    left_out "benchmarks ($kind): not built, for want of time, of Google Benchmark or of a part of CUDA"
    return
  fi
  : >"$log"
  within "$seconds" "$log" "$program" "--benchmark_filter=$filter" --benchmark_min_time=0.1 \
    "--benchmark_out=$results" || status=$?
  if cut_short "$results"; then
    short="; $kind.json is cut short after $(grep -c '"run_type": "iteration"' "$results" || true) results"
    # Whole again, for all that reads JSON. bench-report reads it either way.
    if command -v python3 >/dev/null; then
      PYTHONPATH=$root PYTHONDONTWRITEBYTECODE=1 python3 - "$results" >>"$log" 2>&1 <<'END' || true
import json, sys
from pathlib import Path
from tools.benchmark_results import completed
file = Path(sys.argv[1])
file.write_text(json.dumps(completed(file.read_text()), indent=2) + "\n")
END
    fi
  fi
  case $status in
    0) passed "benchmarks ($kind)$short" ;;
    124) left_out "some benchmarks ($kind): too little time$short" ;;
    *) failed "benchmarks ($kind) ($status)$short"; tail -n 20 "$log" ;;
  esac
}

# The peers' and the CPU's come after the GPU's.
keep 30
cd "$build"
benchmarks gpu "$gpu_bench" .

kept=0
log=$output/peers_gpu.log
: >"$log"
if ! python3 -c 'from importlib.util import find_spec as f; exit(not (f("cupy") or f("torch")))' 2>/dev/null; then
  left_out "CuPy and PyTorch: python3 has neither"
elif [ ! -s "$output/gpu.json" ] || cut_short "$output/gpu.json"; then
  left_out "CuPy and PyTorch: no results to add theirs to"
else
  status=0
  PYTHONDONTWRITEBYTECODE=1 within "$seconds" "$log" python3 "$root/bench/peers_gpu.py" "$output/gpu.json" || status=$?
  case $status in
    0) passed "CuPy and PyTorch:"; cat "$log" ;;
    124) left_out "CuPy and PyTorch: too little time" ;;
    *) failed "CuPy and PyTorch ($status)"; tail -n 20 "$log" ;;
  esac
fi

benchmarks cpu "$cpu_bench" "path_steps/(black_scholes|heston).*steps:252|sums|vanillas"
finish
