#!/bin/sh
# Runs Compose on SpectralMC's containers: `sh docker/compose.sh ARGUMENT...`, as in `sh docker/compose.sh exec spectralmc bash`.
# Checks before what Docker needs, and says what is missing. BUILD_FROM_SOURCE chooses the image, SPECTRALMC_GPU whether the
# container gets the GPUs (auto, true, false); both from the shell, or else from docker/.env.
set -eu
unset CDPATH  # else cd may go to another folder of that name
cd "$(dirname "$0")"

fail() {
  for line in "$@"; do echo "$line" >&2; done
  exit 1
}

# The shell's value of a variable, even an empty one, or that of .env, as Compose reads it.
setting() {
  if eval "[ \"\${$1+set}\" ]"; then
    eval "printf '%s' \"\${$1}\""
  elif [ -f .env ]; then
    tr -d '\r' <.env | sed -n "s/^[[:space:]]*\(export[[:space:]]\{1,\}\)\{0,1\}$1[[:space:]]*=[[:space:]]*//p" | tail -n 1 |
      sed -e "s/^'\(.*\)'.*\$/\1/" -e t -e 's/^"\(.*\)".*$/\1/' -e t -e 's/^#.*//' -e 's/[[:space:]]\{1,\}#.*$//' \
        -e 's/[[:space:]]*$//'
  fi
}

from_source=$(setting BUILD_FROM_SOURCE)
case $from_source in
  '' | true | false) ;;
  *) fail "BUILD_FROM_SOURCE is '$from_source'; it is true (CUDA 11.8, for GPUs since Maxwell), or false, empty or unset (CUDA 12.8)." ;;
esac
slim=$(setting SLIM)
case $slim in
  '' | true | false) ;;
  *) fail "SLIM is '$slim'; it is true (without PyTorch and CuPy), or false, empty or unset." ;;
esac

command -v docker >/dev/null 2>&1 ||
  fail "There is no docker on PATH. Install Docker 18.09 or newer: https://docs.docker.com/engine/install/"

version=$(docker version --format '{{.Server.Version}}' 2>/dev/null) || version=
[ -n "$version" ] ||
  fail "Docker's daemon does not answer. Start it (systemctl start docker), or, where it is running, see that you may speak" \
    "to it (usermod -aG docker \"\$USER\", then log in again)."
major=${version%%.*}
minor=${version#*.}
minor=${minor%%.*}
minor=${minor#0}
case $major$minor in *[!0-9]* | '') fail "Docker's version is '$version', which this script cannot read." ;; esac
if [ "$major" -lt 18 ] || { [ "$major" -eq 18 ] && [ "${minor:-0}" -lt 9 ]; }; then
  fail "Docker is $version; BuildKit takes 18.09 or newer, and has been Docker's default since 23.0."
fi
export DOCKER_BUILDKIT=1 COMPOSE_DOCKER_CLI_BUILD=1

if docker compose version >/dev/null 2>&1; then
  compose="docker compose"
elif command -v docker-compose >/dev/null 2>&1; then
  compose=docker-compose
else
  fail "There is no Compose. Install its plugin (Debian, Ubuntu: apt-get install docker-compose-plugin, or docker-compose-v2)."
fi

gpu=$(setting SPECTRALMC_GPU)
case ${gpu:-auto} in
  auto)
    case $(docker info --format '{{json .Runtimes}}' 2>/dev/null) in
      *nvidia*) gpu=true ;;
      *)
        gpu=false
        echo "Docker has no NVIDIA runtime (https://github.com/NVIDIA/nvidia-container-toolkit): the container gets no GPU." \
          "SPECTRALMC_GPU=true asks for it all the same." >&2
        ;;
    esac
    ;;
  true | false) ;;
  *) fail "SPECTRALMC_GPU is '$gpu'; it is auto, true or false." ;;
esac
if [ "$gpu" = false ]; then
  version=$($compose version --short 2>/dev/null) || version=
  version=${version#v}
  major=${version%%.*}
  minor=${version#*.}
  minor=${minor%%.*}
  case $major$minor in *[!0-9]* | '') major=99 ;; esac  # of a kind that this script does not know
  if [ "$major" -lt 2 ] || { [ "$major" -eq 2 ] && [ "$minor" -lt 24 ]; }; then
    fail "Compose is $version; to start without a GPU takes 2.24 or newer, for docker-compose.cpu.yml. Install its plugin" \
      "(docker-compose-plugin, or docker-compose-v2), or, where Docker can pass GPUs on, set SPECTRALMC_GPU=true."
  fi
fi

# The container's user has the caller's numbers, so that files in the mounted tree are the caller's; but it is never root.
SPECTRALMC_UID=$(setting SPECTRALMC_UID)
SPECTRALMC_GID=$(setting SPECTRALMC_GID)
SPECTRALMC_UID=${SPECTRALMC_UID:-$(id -u)}
SPECTRALMC_GID=${SPECTRALMC_GID:-$(id -g)}
case $SPECTRALMC_UID in *[!0-9]*) fail "SPECTRALMC_UID is '$SPECTRALMC_UID'; it is a number." ;; esac
case $SPECTRALMC_GID in *[!0-9]*) fail "SPECTRALMC_GID is '$SPECTRALMC_GID'; it is a number." ;; esac
if [ "$SPECTRALMC_UID" -eq 0 ]; then SPECTRALMC_UID=1000 SPECTRALMC_GID=1000; fi
if [ "$SPECTRALMC_GID" -eq 0 ]; then SPECTRALMC_GID=$SPECTRALMC_UID; fi
export SPECTRALMC_UID SPECTRALMC_GID

# The places of mounts within the mounted tree; Docker would make them as root.
mkdir -p ../out ../build

files="--file docker-compose.yml"
if [ "$gpu" = false ]; then files="$files --file docker-compose.cpu.yml"; fi
# shellcheck disable=SC2086  # lists of words
exec $compose --project-name spectralmc $files "$@"
