"""Build the native runner for every machine it runs on, and check that the committed binaries belong to the sources.

    python tools/native.py build    write ghostbench/engine/native/prebuilt/
    python tools/native.py check    format, bit-for-bit rebuild, sanitizers, a start on every machine that can be had

The compiler is zig's clang (PyPI: ziglang), pinned by requirements/dev.txt: it carries the C libraries of all targets,
so one machine builds for all, and every machine builds the same bytes.
"""

import argparse
import hashlib
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ROOT / "ghostbench" / "engine" / "native"
PREBUILT = SOURCES / "prebuilt"
FIXTURES = ROOT / "tests" / "fixtures"
RUNNER = "ghostbench-runner"

# libLiteRt.so 2.3.0 asks for glibc 2.27 on x86-64 and 2.34 on aarch64, where a phone gets the libraries with it.
TARGETS = {"x86_64": "x86_64-linux-gnu.2.28", "aarch64": "aarch64-linux-gnu.2.34"}

# Since glibc 2.34 dlopen is in the C library itself; a phone's bundle holds no libdl.
LIBRARIES = {"x86_64": ("-ldl",), "aarch64": ()}

WARNINGS = ("-Wall", "-Wextra", "-Werror", "-Wshadow", "-Wconversion", "-Wvla")
# No contraction: a multiplication fused with an addition would make other inputs on ARM than on x86-64.
LANGUAGE = ("-std=gnu11", "-D_GNU_SOURCE", "-ffp-contract=off")
RELEASE = ("-O2", "-fPIE", "-pie", "-s", "-Wl,--build-id=none", "-fstack-protector-strong")


class CheckFailed(Exception):
    """A check did not hold; the message says which."""


def sources() -> list[str]:
    """The C files, by name: an order of its own on every file system would give other bytes."""
    return sorted(path.name for path in SOURCES.glob("*.c"))


def compile_with(compiler: Sequence[str], output: Path, *options: str) -> None:
    """Compile and link all sources. Paths on the command line are relative, so none gets into the binary."""
    command = [*compiler, *LANGUAGE, *WARNINGS, *options, *sources(), "-o", str(output)]
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    cache = str(Path(base) / "ghostbench" / "zig")
    environment = os.environ | {
        "ZIG_GLOBAL_CACHE_DIR": cache,
        "ZIG_LOCAL_CACHE_DIR": cache,
        "SOURCE_DATE_EPOCH": "0",
        "LC_ALL": "C",
    }
    subprocess.run(command, cwd=SOURCES, env=environment, check=True)


def zig(machine: str) -> list[str]:
    """Zig's C compiler for a machine."""
    return [sys.executable, "-m", "ziglang", "cc", "-target", TARGETS[machine]]


def build_into(folder: Path) -> None:
    """Every binary, and the list of their SHA-256."""
    lines = []
    for machine in sorted(TARGETS):
        binary = folder / machine / RUNNER
        binary.parent.mkdir(parents=True, exist_ok=True)
        compile_with(zig(machine), binary, *RELEASE, *LIBRARIES[machine])
        binary.chmod(0o755)
        lines.append(f"{sha256(binary)}  {machine}/{RUNNER}\n")
    (folder / "SHA256SUMS").write_text("".join(lines))


def sha256(path: Path) -> str:
    """Of a file's content, in hex."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def build() -> None:
    """Write the prebuilt binaries anew."""
    build_into(PREBUILT)
    for line in (PREBUILT / "SHA256SUMS").read_text().splitlines():
        print(line)


def check_format() -> str:
    """clang-format would change nothing."""
    files = sorted(path.name for path in SOURCES.glob("*.[ch]"))
    formatter = shutil.which("clang-format", path=str(Path(sys.executable).parent))
    if formatter is None:
        raise CheckFailed("clang-format is not installed beside this Python")
    result = subprocess.run([formatter, "--dry-run", "-Werror", *files], cwd=SOURCES, check=False)
    if result.returncode:
        raise CheckFailed("clang-format would change the sources; run it with -i")
    return f"{len(files)} files are formatted"


def check_rebuild() -> str:
    """The committed binaries are what the sources give, wherever the checkout lies."""
    with tempfile.TemporaryDirectory(prefix="ghostbench-native-") as name:
        build_into(Path(name))
        for relative in ("SHA256SUMS", *(f"{machine}/{RUNNER}" for machine in TARGETS)):
            built, committed = Path(name, relative), PREBUILT / relative
            if not committed.is_file() or built.read_bytes() != committed.read_bytes():
                raise CheckFailed(
                    f"prebuilt/{relative} is not what the sources give; run: {Path(__file__).name} build"
                )
    return "the committed binaries are what the sources give, bit for bit"


def check_no_paths() -> str:
    """Nothing of the building machine is in the binaries."""
    for machine in TARGETS:
        content = (PREBUILT / machine / RUNNER).read_bytes()
        for path in (ROOT, Path.home(), Path(tempfile.gettempdir())):
            if len(path.parts) > 1 and str(path).encode() + b"/" in content:
                raise CheckFailed(f"the binary for {machine} names {path}")
    return "the binaries name no path of this machine"


def library() -> Path:
    """The LiteRT of this environment."""
    spec = find_spec("ai_edge_litert")
    if spec is None or spec.origin is None:
        raise CheckFailed("ai-edge-litert is not installed")
    return Path(spec.origin).parent / "libLiteRt.so"


def short_run(runner: Sequence[str], model: str, distribution: str = "uniform") -> list[str]:
    """A run of a few milliseconds that goes through all of the runner."""
    settings = {
        "kernel-mode": "delegate", "threads": 1, "cpu": "any",
        "warmup-min-runs": 2, "warmup-min-ms": 2, "warmup-max-ms": 50, "warmup-tolerance": 0.1,
        "min-runs": 5, "min-ms": 5, "max-ms": 500, "delay-ms": 0.1, "probe-ms": 1,
        "distribution": distribution, "low": -1, "high": 1, "seed": 1,
        "library": library(), "model": FIXTURES / model, "dump": os.devnull,
    }  # fmt: skip
    return [
        *runner,
        *(word for name, value in settings.items() for word in (f"--{name}", str(value))),
    ]


def run_everything(runner: Path) -> None:
    """Good and bad models, good and bad options: the status must be the expected one, and stderr free of complaints."""
    cases: list[tuple[int, list[str]]] = [
        (0, short_run([str(runner)], f"tiny_{name}.tflite", distribution))
        for name in ("conv", "int8", "dynamic", "two_inputs", "types", "not_a_number")
        for distribution in ("uniform", "normal", "zeros")
    ]
    good = short_run([str(runner)], "tiny_conv.tflite")
    for model in ("tiny_broken.tflite", "tiny_no_outputs.tflite", "absent.tflite", ".", "\udcff"):
        cases.append((1, short_run([str(runner)], model)))
    for mode in ("builtin", "reference"):
        cases.append((0, [mode if word == "delegate" else word for word in good]))
    cases.append((1, [word.replace(str(library()), "/no/such/library") for word in good]))
    for model in ("conv", "int8", "two_inputs", "types", "broken"):
        profiled = [*short_run([str(runner)], f"tiny_{model}.tflite"), "--profile", "20"]
        cases.append((int(model == "broken"), profiled))
    cases += [(0, [*good, "--denormals", choice]) for choice in ("keep", "flush")]
    cases.append((2, [*good, "--denormals", "both"]))
    cases.append((0, [str(runner), "--cpu", "any", "--peak-ms", "2"]))
    for wrong in (["--peak-ms", "2"], ["--cpu", "any", "--peak-ms", "2", "--seed", "1"]):
        cases.append((2, [str(runner), *wrong]))
    for rest in ([], ["--seed"], ["--seed", "x"], ["--no"], [*good[1:], "--input", "x"]):
        cases.append((2, [str(runner), *rest]))
    cases += [(0, [str(runner), "--help"]), (0, [str(runner), "--version"])]
    for expected, command in cases:
        result = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
        complaint = any(word in result.stderr for word in ("runtime error", "Sanitizer"))
        if result.returncode != expected or complaint:
            raise CheckFailed(f"{command}: status {result.returncode}\n{result.stderr[-2000:]}")


ADDRESS = ("-O1", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all")
UNDEFINED = ("-O1", "-g", "-fsanitize=undefined", "-fsanitize-trap=undefined")


def has_sanitizer(compiler: str) -> bool:
    """The compiler has the library that goes with `-fsanitize=address`."""
    command = [compiler, "-x", "c", "-", "-o", os.devnull, *ADDRESS]
    result = subprocess.run(
        command, input=b"int main(void) { return 0; }", capture_output=True, check=False
    )
    return result.returncode == 0


def check_sanitizers() -> str:
    """The runner under sanitizers, over small models and wrong ones."""
    compilers = [found for name in ("clang", "gcc") if (found := shutil.which(name))]
    usable = [compiler for compiler in compilers if has_sanitizer(compiler)]
    runs = [("undefined behaviour, by zig", zig(platform.machine()), UNDEFINED)]
    runs += [(f"addresses too, by {Path(c).name}", [c], ADDRESS) for c in usable[:1]]
    for _, compiler, options in runs:
        with tempfile.TemporaryDirectory(prefix="ghostbench-native-") as folder:
            runner = Path(folder) / RUNNER
            compile_with(compiler, runner, *options, "-ldl")
            run_everything(runner)
    skipped = "" if usable else "; SKIPPED addresses: no gcc or clang here that can check them"
    return "clean under sanitizers: " + ", ".join(name for name, _, _ in runs) + skipped


def check_start() -> str:
    """The committed binaries run: this machine's for good, the other under qemu-user where that is installed."""
    done = []
    for machine in sorted(TARGETS):
        binary = PREBUILT / machine / RUNNER
        if machine == platform.machine():
            run_everything(binary)
            done.append(f"{machine} runs models")
        elif emulator := shutil.which(f"qemu-{machine}-static") or shutil.which(f"qemu-{machine}"):
            done.append(start_emulated(machine, emulator, binary))
        else:
            done.append(f"SKIPPED {machine}: no qemu-user")
    return "; ".join(done)


def start_emulated(machine: str, emulator: str, binary: Path) -> str:
    """The committed binary where that machine's C library is installed; else the sources, linked statically."""
    library_root = Path(
        f"/usr/{machine}-linux-gnu"
    )  # of Debian's packages libc6-arm64-cross and libc6-amd64-cross
    with tempfile.TemporaryDirectory(prefix="ghostbench-native-") as folder:
        if library_root.is_dir():
            command = [emulator, "-L", str(library_root), str(binary), "--version"]
        else:
            static = Path(folder) / RUNNER
            target = ["-target", f"{machine}-linux-musl", "-static"]
            compile_with([sys.executable, "-m", "ziglang", "cc", *target], static, "-O2")
            command = [emulator, str(static), "--version"]
        result = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    if result.returncode or RUNNER not in result.stdout:
        raise CheckFailed(f"{machine} does not start: {result.stderr}")
    which = "the committed binary" if library_root.is_dir() else "a static build"
    return f"{machine} starts under {Path(emulator).name} ({which})"


CHECKS: tuple[Callable[[], str], ...] = (
    check_format, check_rebuild, check_no_paths, check_sanitizers, check_start,
)  # fmt: skip


def check() -> int:
    """Every check; 1 when one fails."""
    failures = 0
    for one in CHECKS:
        try:
            print(f"ok      {one()}", flush=True)
        except (CheckFailed, subprocess.SubprocessError) as failure:
            failures += 1
            print(f"FAILED  {failure}", flush=True)
    return 1 if failures else 0


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("action", choices=("build", "check"))
    if parser.parse_args().action == "check":
        return check()
    build()
    return 0


if __name__ == "__main__":
    sys.exit(main())
