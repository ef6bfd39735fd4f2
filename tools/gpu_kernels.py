"""Compiles the models' kernels for GPUs, and reads what ptxas and the disassemblers say of them. Needs no GPU.

The kernel is the one that follows paths and sums their characteristic function, `run_chunks`, as
characteristic_function(cuda{}, plan, observer) has it.
"""

from __future__ import annotations

import importlib.metadata
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

KERNEL = "run_chunks"

ASSET = "smc::market(100, 0.03, 0.01)"
JUMPS = "smc::lognormal_jumps{2, -0.05, 0.1}"
HESTON = "smc::heston_parameters{0.04, 1.5, 0.05, 0.6, -0.7}"
SURFACE = "smc::implied_volatility_surface({0.5, 1.5}, {-0.5, 0, 0.5}, {{0.3, 0.25, 0.24}, {0.28, 0.25, 0.24}})"

# Name, observer, and the model with REAL for its arithmetic.
MODELS = [
    ("Black-Scholes", "log_return", f"smc::black_scholes<REAL>({ASSET}, {{0.2}})"),
    ("Bachelier", "spot", f"smc::bachelier<REAL>({ASSET}, {{20}})"),
    ("displaced diffusion", "spot", f"smc::displaced_diffusion<REAL>({ASSET}, {{0.2, 0.5}})"),
    ("constant elasticity", "spot", f"smc::constant_elasticity<REAL>({ASSET}, {{0.3, 0.5}})"),
    ("Merton", "log_return", f"smc::merton<REAL>({ASSET}, {{0.2, {JUMPS}}})"),
    ("Kou", "log_return", f"smc::kou<REAL>({ASSET}, {{0.15, 3, 0.2, 25, 10}})"),
    ("Bates", "log_return", f"smc::bates<REAL>({ASSET}, {{{HESTON}, {JUMPS}}})"),
    ("variance gamma", "log_return", f"smc::variance_gamma<REAL>({ASSET}, {{0.12, -0.14, 0.2}})"),
    ("normal inverse Gaussian", "log_return", f"smc::normal_inverse_gaussian<REAL>({ASSET}, {{0.2, -0.1, 0.3}})"),
    ("CGMY", "log_return", f"smc::cgmy<REAL>({ASSET}, {{1, 5, 6, 0.5}})"),
    ("Heston, QE", "log_return", f"smc::heston<REAL>({ASSET}, {HESTON})"),
    ("Heston, Euler", "log_return", f"smc::heston<REAL, smc::full_truncation_euler>({ASSET}, {HESTON})"),
    (
        "Heston, large steps",
        "log_return",
        f"smc::heston<REAL, smc::inverse_gaussian_integral>({ASSET}, {HESTON})",
    ),
    ("rough Bergomi", "log_return", f"smc::rough_bergomi<REAL>({ASSET}, {{0.06, 0.07, 1.9, -0.9}})"),
    ("SABR", "spot", f"smc::sabr<REAL>({ASSET}, {{0.3, 0.5, 0.6, -0.5}})"),
    ("local volatility", "log_return", f"smc::dupire<REAL>({ASSET}, {SURFACE})"),
    ("Vasicek", "short_rate", "smc::vasicek<REAL>({0.03, 0.3, 0.05, 0.01})"),
    ("Hull-White", "short_rate", "smc::hull_white<REAL>({0.03, 0.1, 0.01})"),
    ("Cox-Ingersoll-Ross", "short_rate", "smc::cox_ingersoll_ross<REAL>({0.03, 0.3, 0.05, 0.2})"),
    (
        "two correlated assets",
        "basket{1.0, -0.5}",
        f"smc::several_assets({{{{1, 0.5}}, {{0.5, 1}}}}, smc::black_scholes<REAL>({ASSET}, {{0.2}}), "
        f"smc::black_scholes<REAL>({ASSET}, {{0.3}}))",
    ),
]


class ToolkitError(Exception):
    """There is no nvcc, or a program of a toolkit failed."""


@dataclass(frozen=True)
class Resources:
    """What ptxas says of a kernel: registers of a thread, bytes of spills (stores and loads) and of shared memory."""

    registers: int
    spills: int
    shared_memory: int


@dataclass(frozen=True)
class Policy:
    """spectralmc::chunk_kernel_policy."""

    block_threads: int
    resident_blocks: int
    sums_a_thread: int


def source_of(model: str, observer: str, real: str, policy: Policy | None = None) -> str:
    """With the policy that the library selects, or another."""
    look = observer if "{" in observer else observer + "{}"
    selector = f"smc::chunk_kernel_selector<{real}>" if policy is None else "candidate"
    values = "" if policy is None else f"{policy.block_threads}, {policy.resident_blocks}, {policy.sums_a_thread}"
    return (
        "#include <spectralmc/execution/cuda.cuh>\n#include <spectralmc/spectralmc.hpp>\nnamespace smc = spectralmc;\n"
        f"struct candidate {{ constexpr smc::chunk_kernel_policy operator()(int) const {{ return {{{values}}}; }} }};\n"
        f"void run() {{\n  const auto model = {model.replace('REAL', real)};\n"
        "  const auto plan = smc::simulation{model, smc::time_grid::dates({0.5, 1.0}, 0.1)};\n"
        f"  const auto items = std::make_tuple(smc::spectrum_of(smc::{look}).prepare(plan));\n"
        f"  smc::detail::run_measurement_by<{selector}>(smc::cuda{{}}, plan, items);\n}}\n"
    )


def selected_policies(root: Path, capabilities: Sequence[int]) -> dict[tuple[int, str], Policy]:
    """What the library selects, by capability and arithmetic, as a C++ compiler has it. Throws ToolkitError."""
    compiler = next(filter(None, map(shutil.which, ("c++", "g++", "clang++"))), None)
    if compiler is None:
        raise ToolkitError("there is no C++ compiler to read the policies with.")
    rows = "\n".join(
        f'  print({each}, "{real}", spectralmc::chunk_kernel_selector<{real}>{{}}({each}));'
        for each in capabilities
        for real in ("float", "double")
    )
    with TemporaryDirectory() as folder:
        unit, program = Path(folder) / "policies.cpp", Path(folder) / "policies"
        unit.write_text(
            "#include <cstdio>\n#include <spectralmc/parallel/architecture.hpp>\n"
            "void print(int c, const char* real, spectralmc::chunk_kernel_policy p) {\n"
            '  std::printf("%d %s %d %d %d\\n", c, real, p.block_threads, p.resident_blocks, p.sums_a_thread);\n}\n'
            f"int main() {{\n{rows}\n}}\n"
        )
        output_of([compiler, "-std=c++17", f"-I{root / 'include'}", str(unit), "-o", str(program)])
        lines = output_of([str(program)]).splitlines()
    policies = {}
    for capability, real, threads, blocks, sums in (line.split() for line in lines):
        policies[int(capability), real] = Policy(int(threads), int(blocks), int(sums))
    return policies


def resources_in(text: str) -> Resources:
    """Of what `ptxas -v` prints. Throws ToolkitError."""
    found = re.search(
        rf"Compiling entry function '\S*{KERNEL}\S*'.*?(\d+) bytes stack frame, (\d+) bytes spill stores, "
        r"(\d+) bytes spill loads.*?Used (\d+) registers(.*)",
        text,
        re.DOTALL,
    )
    if not found:
        raise ToolkitError(f"ptxas said nothing of {KERNEL}:\n{text}")
    _, stores, loads, registers = map(int, found.groups()[:4])
    shared = re.search(r"(\d+) bytes smem", found[5].split("\n", 1)[0])
    return Resources(registers, stores + loads, int(shared[1]) if shared else 0)


def output_of(command: Sequence[str], environment: Mapping[str, str] | None = None) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    except OSError as error:
        raise ToolkitError(f"{command[0]}: {error.strerror}") from None
    if done.returncode != 0:
        raise ToolkitError(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")
    return done.stdout + done.stderr


def version_in(text: str) -> str:
    """Such as 11.8.89, of what --version prints; empty if it is none."""
    found = re.search(r"release [\d.]+, V([\d.]+)", text)
    return found[1] if found else ""


def release(version: str) -> tuple[int, int]:
    major, minor = version.split(".")[:2]
    return int(major), int(minor)


# As in cmake/Toolkits.cmake: the newest g++ that a release of nvcc takes.
NEWEST_COMPILER = (((12, 0), 11), ((12, 4), 12), ((12, 8), 13), ((13, 0), 14))


def host_compiler(version: str) -> str | None:
    """A g++ that this nvcc takes, the usual one if that will do."""
    newest = next((major for before, major in NEWEST_COMPILER if release(version) < before), 15)
    for name in ("g++", *(f"g++-{major}" for major in range(newest, 8, -1))):
        if shutil.which(name) and int(output_of([name, "-dumpversion"]).split(".")[0]) <= newest:
            return name
    return None


@dataclass(frozen=True)
class Toolkit:
    nvcc: Path
    version: str
    host_compiler: str | None
    flags: tuple[str, ...] = ()

    @property
    def environment(self) -> dict[str, str]:
        """With its own programs first: a distribution's nvcc calls ptxas as it finds it on PATH."""
        return os.environ | {"PATH": os.pathsep.join([str(self.nvcc.parent), os.environ.get("PATH", os.defpath)])}

    @property
    def own_disassembler(self) -> Path:
        return self.nvcc.parent / "nvdisasm"

    def architectures(self) -> list[int]:
        text = output_of([str(self.nvcc), "--list-gpu-arch"], self.environment)
        return sorted({int(number) for number in re.findall(r"compute_(\d+)\b", text)})

    @contextmanager
    def own_headers(self) -> Iterator[list[str]]:
        """Options for a distribution's nvcc, whose headers are in /usr/include, where others hide them: see
        cmake/EnableCuda.cmake."""
        own, others = Path("/usr/include"), Path("/usr/local/include")
        with TemporaryDirectory() as folder:
            if self.nvcc.parent == Path("/usr/bin") and (others / "cuda_runtime.h").exists():
                for path in others.iterdir():
                    if (own / path.name).exists():
                        (Path(folder) / path.name).symlink_to(own / path.name)
                yield ["-isystem", folder]
            else:
                yield []

    def compile(self, root: Path, source: str, architecture: int, cubin: Path) -> Resources:
        unit = cubin.with_suffix(".cu")
        unit.write_text(source)
        with self.own_headers() as headers:
            command = [
                *(str(self.nvcc), "-std=c++17", "-O3", f"-I{root / 'include'}", f"-arch=sm_{architecture}"),
                *("-Xptxas", "-v", "-Wno-deprecated-gpu-targets", "-cubin", str(unit), "-o", str(cubin)),
                *(["-ccbin", self.host_compiler] if self.host_compiler else []),
                *headers,
                *self.flags,
            ]
            return resources_in(output_of(command, self.environment))


def find_toolkits(named: Sequence[str] = (), compiler: str | None = None, flags: Sequence[str] = ()) -> list[Toolkit]:
    """Those named; else, one for each release, that of CUDACXX, that on PATH and those in the usual places."""
    usual = (os.environ.get("CUDACXX"), shutil.which("nvcc"), "/usr/local/cuda/bin/nvcc", "/usr/bin/nvcc")
    toolkits: dict[str, Toolkit] = {}
    for command in named or usual:
        path = shutil.which(command) if command else None
        if path is None:
            if named:
                raise ToolkitError(f"{command}: there is no such nvcc.")
            continue
        version = version_in(output_of([path, "--version"]))
        if not version:
            raise ToolkitError(f"{path} does not tell its version.")
        toolkits.setdefault(version, Toolkit(Path(path), version, compiler or host_compiler(version), tuple(flags)))
    if not toolkits:
        raise ToolkitError("no nvcc is installed; --nvcc names one.")
    return sorted(toolkits.values(), key=lambda each: release(each.version))


def find_disassemblers(named: Sequence[str] = ()) -> list[str]:
    """Those named, of the Python package nvidia-cuda-nvdisasm, and on PATH."""
    found = list(named)
    try:
        files = importlib.metadata.files("nvidia-cuda-nvdisasm") or []
        found += [str(file.locate()) for file in files if file.name == "nvdisasm"]
    except importlib.metadata.PackageNotFoundError:
        pass
    return [*found, "nvdisasm"]


@dataclass(frozen=True)
class Kernel:
    resources: Resources
    text: str  # as the disassembler prints it
    disassembler: str  # its version


def kernel(root: Path, toolkit: Toolkit, disassemblers: Sequence[str], source: str, architecture: int) -> Kernel | None:
    """Compiled and disassembled; None if no disassembler can read it. Throws ToolkitError."""
    with TemporaryDirectory() as folder:
        cubin = Path(folder) / "kernel.cubin"
        resources = toolkit.compile(root, source, architecture, cubin)
        code = disassemble(cubin, [str(toolkit.own_disassembler), *disassemblers])
    return None if code is None else Kernel(resources, *code)


def disassemble(cubin: Path, disassemblers: Sequence[str]) -> tuple[str, str] | None:
    """The text and the disassembler's version, by the first that can read the file; None if none can."""
    for program in disassemblers:
        try:
            return output_of([program, "-c", str(cubin)]), version_in(output_of([program, "--version"]))
        except ToolkitError:
            continue
    return None
