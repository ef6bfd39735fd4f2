#!/bin/sh
# What the Makefile's targets need. `prerequisites.sh GROUP...` installs what is missing with apt, as root or through sudo;
# where it cannot, it says what to install. `prerequisites.sh python` prints the name of a Python that has matplotlib,
# `prerequisites.sh testing-python` that of one that can run the tests of tools/, `peers-python` that of one with NumPy,
# SciPy and FINUFFT; `prerequisites.sh finufft` prints the place of that FINUFFT's library, and `prerequisites.sh onemkl`
# that of oneMKL's, nothing where there is none.
set -eu
unset CDPATH  # else cd may go to another folder of that name
cd "$(dirname "$0")/.."

has_command() { command -v "$1" >/dev/null 2>&1; }
has_header() { echo "#include <$1>" | c++ -std=c++17 -E -x c++ - >/dev/null 2>&1; }

enough_cmake() {  # is the version that is read from standard input at least 3.25?
  awk -F'[^0-9]+' 'NR == 1 { for (i = 1; i <= NF && $i == ""; ++i); exit !($i > 3 || ($i == 3 && $(i + 1) >= 25)) }
                   END { if (NR == 0) exit 1 }'
}

has_sanitizers() {
  for sanitizers in address,undefined thread; do
    echo 'int main() {}' | clang++ -x c++ - -fsanitize=$sanitizers -o /dev/null >/dev/null 2>&1 || return 1
  done
}

python_that() {  # python_that STATEMENTS: the first that executes them
  for python in python3 /usr/bin/python3 "$PWD/build/peers/bin/python3"; do
    if "$python" -c "$1" >/dev/null 2>&1; then
      echo "$python"
      return
    fi
  done
  return 1
}

plotting_python() { python_that 'import matplotlib'; }

testing_python() {
  python_that '
import pytest, sys
assert sys.version_info >= (3, 10)
if sys.version_info < (3, 11): import tomli'
}

onemkl() {  # the library of the Python package, or of Intel's own installer
  for library in "$PWD"/build/peers/lib/libmkl_rt.so* /opt/intel/oneapi/mkl/latest/lib/libmkl_rt.so; do
    if [ -e "$library" ]; then
      echo "$library"
      return
    fi
  done
}

peers_python() { python_that 'import finufft, numpy, scipy'; }

missing=
need() {  # need PACKAGE[,PACKAGE...] CHECK...: the packages are missing unless the check succeeds
  packages=$(echo "$1" | tr , ' ')
  shift
  "$@" >/dev/null 2>&1 || missing="$missing $packages"
}

cmake_is_old=false
own_peers=
for group in "$@"; do
  case $group in
    python) plotting_python || { echo "There is no Python with matplotlib." >&2; exit 1; }; exit ;;
    testing-python)
      testing_python || { echo "There is no Python, 3.10 or newer, with pytest (and tomli, before 3.11)." >&2; exit 1; }
      exit
      ;;
    peers-python)
      peers_python || { echo "There is no Python with NumPy, SciPy and FINUFFT." >&2; exit 1; }
      exit
      ;;
    finufft)
      "$(peers_python)" -c '
import finufft, pathlib
print(next(pathlib.Path(finufft.__file__).parent.glob("*libfinufft*.so*")))'
      exit
      ;;
    onemkl) onemkl; exit ;;
    build)
      need g++ has_command c++
      need ninja-build has_command ninja
      cmake --version 2>/dev/null | enough_cmake || cmake_is_old=true
      ;;
    examples)
      need libcli11-dev has_header CLI/CLI.hpp
      need libeigen3-dev has_header eigen3/Eigen/Core
      ;;
    plot) need python3-matplotlib plotting_python ;;
    cuda)
      if ! nvidia-smi -L 2>/dev/null | grep -q GPU; then
        echo "CUDA=1 needs an NVIDIA GPU and its driver; nvidia-smi finds none. Without CUDA=1 the CPU does it." >&2
        exit 1
      fi
      if ! has_command nvcc && ! [ -x /usr/local/cuda/bin/nvcc ] && ! has_command "${CUDACXX:-}"; then
        echo "CUDA=1 needs nvcc: install the CUDA toolkit, then put its bin folder on PATH or name nvcc in CUDACXX." >&2
        exit 1
      fi
      ;;
    test)
      need doctest-dev has_header doctest/doctest.h
      need python3-pytest,python3-tomli testing_python
      need libeigen3-dev has_header eigen3/Eigen/Core
      need pkg-config has_command pkg-config
      ;;
    sanitize) need clang,libclang-rt-dev has_sanitizers ;;
    bench) need libbenchmark-dev has_header benchmark/benchmark.h ;;
    peers)
      need libquantlib0-dev has_header ql/version.hpp
      need libfftw3-dev has_header fftw3.h
      need libeigen3-dev has_header eigen3/Eigen/Core
      # Some are in no package: an environment of their own, in build/peers.
      if ! peers_python >/dev/null; then own_peers="numpy scipy finufft"; fi
      if [ "$(uname -m)" = x86_64 ] && [ -z "$(onemkl)" ]; then own_peers="$own_peers mkl mkl-include"; fi
      if [ -n "$own_peers" ]; then need python3-venv /usr/bin/python3 -c 'import ensurepip'; fi
      ;;
    count)
      need python3 has_command python3
      need valgrind has_command valgrind
      ;;
    format) need clang-format has_command clang-format ;;
    tidy) need clang,clang-tidy has_command clang-tidy ;;
    *) echo "prerequisites.sh: there is no group '$group'." >&2; exit 2 ;;
  esac
done

if [ -z "$missing" ] && ! $cmake_is_old && [ -z "$own_peers" ]; then exit; fi

as_root=
if [ "$(id -u)" -ne 0 ]; then as_root=sudo; fi
cannot_install() {
  echo "$1 Please install (the names are those of Debian's and Ubuntu's packages):" >&2
  for package in $missing; do echo "  $package" >&2; done
  if $cmake_is_old; then echo "  cmake, 3.25 or newer (also: python3 -m pip install cmake)" >&2; fi
  exit 1
}
if ! has_command apt-get; then cannot_install "Something is missing, and there is no apt-get here."; fi
if [ -n "$as_root" ] && ! has_command sudo; then cannot_install "Something is missing, and installing it takes root: you are not, and there is no sudo."; fi
install() {
  echo "Installing: $*"
  $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null ||
    cannot_install "apt-get could not install what is missing."
}
$as_root apt-get update -qq || cannot_install "Something is missing, and apt-get update failed."

# Debian has clang's runtime for sanitizers in a package of its own; Ubuntu 22.04 has it in clang.
if ! apt-cache show libclang-rt-dev >/dev/null 2>&1; then
  missing=$(echo "$missing" | sed 's/ libclang-rt-dev//')
fi

# Where the distribution's CMake is too old, one of the project's own, in build/venv (the Makefile puts it first on PATH).
own_cmake=false
if $cmake_is_old; then
  if apt-cache show cmake 2>/dev/null | sed -n 's/^Version: //p' | head -n 1 | enough_cmake; then
    missing="$missing cmake"
  else
    own_cmake=true
    missing="$missing python3-venv"
  fi
fi
# shellcheck disable=SC2086  # a list of words
if [ -n "$missing" ]; then install $missing; fi
if [ -n "$own_peers" ]; then
  echo "Installing: $own_peers, in build/peers"
  # shellcheck disable=SC2086  # a list of words
  if ! /usr/bin/python3 -m venv build/peers || ! build/peers/bin/pip install -q $own_peers; then
    missing=
    cannot_install "pip could not install $own_peers in build/peers."
  fi
fi
if $own_cmake; then
  echo "Installing: CMake, in build/venv"
  if ! /usr/bin/python3 -m venv build/venv || ! build/venv/bin/pip install -q 'cmake>=3.25'; then
    missing=
    cannot_install "pip could not install CMake in build/venv."
  fi
fi
