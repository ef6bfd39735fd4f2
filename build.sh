#!/bin/sh
# Builds SpectralMC's image and starts its container; docs/docker.md tells what is in it.
set -eu
unset CDPATH  # else cd may go to another folder of that name, and print it
root=$(cd "$(dirname "$0")" && pwd)

usage() {
  cat <<'TEXT'
usage: ./build.sh [--detached] [--no-cache] [--pull] [--source]

Builds the image, then starts the container and stays with it until Ctrl+C.

  --detached   leave the container running in the background
  --no-cache   build every layer anew
  --pull       look for newer base images of the same tag
  --source     CUDA 11.8 and PyTorch from source, for GPUs since Maxwell: BUILD_FROM_SOURCE=true

BUILD_FROM_SOURCE, SPECTRALMC_GPU, POETRY_EXTRAS and SLIM are read from the shell or docker/.env (docker/.env.example).
TEXT
}

build_options=
up_options=
for argument in "$@"; do
  case $argument in
    --detached) up_options=--detach ;;
    --no-cache) build_options="$build_options --no-cache" ;;
    --pull) build_options="$build_options --pull" ;;
    --source) export BUILD_FROM_SOURCE=true ;;
    -h | --help) usage; exit ;;
    *) echo "build.sh: there is no option '$argument'." >&2; usage >&2; exit 2 ;;
  esac
done

# shellcheck disable=SC2086  # lists of options
sh "$root/docker/compose.sh" build $build_options
# shellcheck disable=SC2086
sh "$root/docker/compose.sh" up $up_options
if [ -n "$up_options" ]; then
  echo "A shell in it: make dev, or: sh docker/compose.sh exec spectralmc bash"
fi
