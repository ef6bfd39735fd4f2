#!/usr/bin/env bash
# Checks SpectralMC on a machine with an NVIDIA GPU, with nothing from the network: builds, runs the tests, runs those of
# the GPU under compute-sanitizer, compares the GPU's bits with the CPU's, and runs the benchmarks. Leaves logs, results
# (gpu.json, cpu.json) and a summary in a folder.
#
#   tools/gpu_check.sh FOLDER [--brought FOLDER] [--seconds 600]
#   tools/gpu_check.sh --bring FOLDER
#
# It takes nvcc, CMake 3.25, Ninja and a C++ compiler; doctest's header and Google Benchmark's library where they are
# installed, or brought along: --bring copies them, on a machine that has them, into a folder that --brought names.
# What does not fit into the seconds is left out, and the summary says so. Exit status: 0 if all that ran passed.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)

usage() { sed -n '2,13s/^# \{0,1\}//p' "$0" >&2; exit 2; }

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
    --brought) [ $# -ge 2 ] || usage; brought=$(cd "$2" && pwd); shift 2 ;;
    --seconds) [[ ${2-} =~ ^[0-9]+$ ]] || usage; seconds=$2; shift 2 ;;
    -*) usage ;;
    *) [ -z "$output" ] || usage; output=$1; shift ;;
  esac
done
[ -n "$output" ] || usage
mkdir -p "$output"
output=$(cd "$output" && pwd)
build=${SPECTRALMC_GPU_BUILD:-$root/build/gpu}

exec > >(tee "$output/summary.txt") 2>&1
failures=0
left() { echo $((seconds - SECONDS)); }
passed() { printf 'ok      %4d s  %s\n' "$SECONDS" "$*"; }
failed() { printf 'FAILED  %4d s  %s\n' "$SECONDS" "$*"; failures=$((failures + 1)); }
left_out() { printf 'skipped %4d s  %s\n' "$SECONDS" "$*"; }
finish() {
  if [ "$failures" -gt 0 ]; then echo "$failures failed."; exit 1; fi
  echo "All that ran passed."
  exit 0
}
# within LIMIT LOG COMMAND...: 124 where the limit or what is left of the seconds did not suffice.
within() {
  local limit=$1 log=$2 rest
  shift 2
  rest=$(left)
  if [ "$rest" -lt "$limit" ]; then limit=$rest; fi
  if [ "$limit" -lt 5 ]; then return 124; fi
  timeout --kill-after=10 "$limit" "$@" >>"$log" 2>&1
}

nvidia-smi --query-gpu=name,driver_version,compute_cap --format=csv,noheader || { failed "a GPU: nvidia-smi finds none"; finish; }
for program in nvcc cmake ninja c++; do
  command -v "$program" >/dev/null || { failed "$program: it is not on PATH"; finish; }
done
nvcc --version | sed -n 's/^.*release /nvcc /p'

# All of the unit tests where there are cores for them.
groups="cuda;bits"
if [ "$(nproc)" -ge 8 ]; then groups="suite;$groups"; else left_out "the CPU's unit tests: fewer than 8 cores"; fi
log=$output/build.log
: >"$log"
if within 120 "$log" cmake -S "$root" -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DSPECTRALMC_CUDA=ON \
  -DCMAKE_CUDA_ARCHITECTURES=native -DSPECTRALMC_BUILD_EXAMPLES=OFF -DSPECTRALMC_BUILD_BENCHMARKS=ON \
  "-DSPECTRALMC_TEST_GROUPS=$groups" ${brought:+"-DCMAKE_PREFIX_PATH=$brought"} &&
  within 400 "$log" cmake --build "$build"; then
  passed "builds"
else
  failed "builds"
  tail -n 40 "$log"
  finish
fi

log=$output/tests.log
: >"$log"
status=0
within 200 "$log" ctest --test-dir "$build" --output-on-failure --no-tests=error -j "$(nproc)" --timeout 150 || status=$?
sed -n '/tests passed/p; /^\t *[0-9]* - /p' "$log"
case $status in
  0) passed "tests, the GPU's bits against the CPU's among them" ;;
  124) left_out "some tests: too little time" ;;
  *) failed "tests" ;;
esac
if grep -q "SKIPPED: no CUDA device" "$log"; then failed "tests found the GPU"; fi

# Benchmarks before the sanitizers: these take what time is left.
cd "$build"
for kind in gpu cpu; do
  program=$build/bench/spectralmc_bench
  filter="path_steps/(black_scholes|heston).*steps:252|sums|vanillas"
  if [ $kind = gpu ]; then program=$build/bench/spectralmc_gpu_bench filter=.; fi
  if [ ! -x "$program" ]; then
    left_out "benchmarks ($kind): not built, for want of Google Benchmark or a part of CUDA"
    continue
  fi
  status=0
  within 100 "$output/bench_$kind.log" "$program" "--benchmark_filter=$filter" --benchmark_min_time=0.1 \
    "--benchmark_out=$output/$kind.json" || status=$?
  case $status in
    0) passed "benchmarks ($kind)" ;;
    124) left_out "some benchmarks ($kind): too little time" ;;
    *) failed "benchmarks ($kind)"; tail -n 20 "$output/bench_$kind.log" ;;
  esac
done

log=$output/sanitizers.log
: >"$log"
if ! command -v compute-sanitizer >/dev/null; then
  left_out "compute-sanitizer: it is not on PATH"
  finish
fi
tests=$build/tests/cuda/spectralmc_cuda_tests
for tool in memcheck racecheck initcheck synccheck; do
  # Small cases: the tests' sizes are for the time that they take on a GPU, not under a sanitizer.
  for file in measurement fourier_transform nonuniform_fourier cufft models; do
    status=0
    within 60 "$log" compute-sanitizer --tool $tool --error-exitcode 99 "$tests" --no-colors "--source-file=*/${file}_test.cu" || status=$?
    case $status in
      0) passed "$tool: $file" ;;
      124 | 137) left_out "$tool: $file: too little time" ;;
      *) failed "$tool: $file ($status)"; grep -m 5 "=========" "$log" | tail -n 5 || true ;;
    esac
  done
done
finish
