"""The root file system all phones of this machine share, built once into a cache."""

import fcntl
import hashlib
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.virtual_phone.apt import ADBD_VERSION, SUITE, fetch_packages

HERE = Path(__file__).parent
NATIVE = HERE / "native"
PACKAGES = ("adbd", "busybox-static", "mksh")
LIBC_VERSION = "2.36"  # the oldest that ours run with; trixie has 2.41
DEBIAN_NAME = {"x86_64": "amd64", "aarch64": "arm64"}
# Of the packages only programs and libraries are wanted.
UNWANTED = (
    "usr/share",
    "usr/sbin",
    "usr/libexec",
    "usr/lib/*/gconv",
    "usr/lib/*/audit",
    "etc",
    "var",
)
BUSYBOX_NAME = re.compile(rb"[\[a-z0-9][\[a-zA-Z0-9_.-]*")
USERS = "root:x:0:0::/:/bin/sh\nshell:x:2000:2000::/data/local/tmp:/bin/sh\n"
GROUPS = "root:x:0:\nshell:x:2000:\n"


def cache_folder() -> Path:
    """Where root file systems and the adb server's keys are kept."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "ghostbench-test-phone"


def root_file_system(machine: str | None = None) -> Path:
    """The root for phones on this kind of machine, built now if nobody has yet."""
    machine = machine or platform.machine()
    root = cache_folder() / f"root-{machine}-{_digest(machine)}"
    if not root.is_dir():
        with only_one_builder(root.name):
            if not root.is_dir():
                _build_aside(root, machine)
    return root


@contextmanager
def only_one_builder(name: str) -> Iterator[None]:
    """Let other processes wait while this one builds."""
    cache_folder().mkdir(parents=True, exist_ok=True)
    with (cache_folder() / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _digest(machine: str) -> str:
    """Changes whenever something that goes into the root does."""
    sources = [Path(__file__), HERE / "apt.py", HERE / "toybox.txt", *sorted(NATIVE.iterdir())]
    inputs = [machine, SUITE, ADBD_VERSION, *PACKAGES]
    digest = hashlib.sha256("\0".join(inputs).encode())
    for path in sources:
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _build_aside(root: Path, machine: str) -> None:
    """Build in a folder of its own, which then becomes the root in one step."""
    prefix = f"building-{root.name}-"
    for abandoned in cache_folder().glob(
        f"{prefix}*"
    ):  # by a builder that was killed; nobody else builds this now
        shutil.rmtree(abandoned)
    with tempfile.TemporaryDirectory(dir=cache_folder(), prefix=prefix) as name:
        work = Path(name)
        new = work / "root"
        archives = fetch_packages(work / "apt", DEBIAN_NAME[machine], PACKAGES)
        for archive in archives:
            subprocess.run(["dpkg", "-x", archive, new], check=True, capture_output=True)
        _arrange(new)
        _link_toybox_names(new)
        _compile(new, machine)
        # Readable for the phone's shell user, whatever the umask of the builder.
        for path in new.rglob("*"):
            if not path.is_symlink():
                path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)
        new.chmod(0o755)
        new.rename(root)


def _arrange(root: Path) -> None:
    """From the folders of Debian to those of a phone."""
    for folder in "system/bin", "system/lib", "bin":
        (root / folder).mkdir(parents=True, exist_ok=True)
    (root / "usr/bin/busybox").rename(root / "system/lib/busybox")
    shutil.move((root / "usr/bin/mksh-static").resolve(), root / "system/bin/mksh")
    shutil.move(root / "usr/lib/android-sdk/platform-tools/adbd", root / "system/bin/adbd")
    for pattern in (*UNWANTED, "usr/bin", "usr/lib/android-sdk"):
        for path in root.glob(pattern):
            shutil.rmtree(path)
    for name in "lib", "lib64":
        if (root / "usr" / name).is_dir() and not (root / name).exists():
            (root / name).symlink_to(f"usr/{name}")
    for folder in "etc", "proc", "sys", "dev", "tmp", "run", "data", "phone":
        (root / folder).mkdir()
    (root / "etc/passwd").write_text(USERS, encoding="utf-8")
    (root / "etc/group").write_text(GROUPS, encoding="utf-8")
    (root / "system/bin/sh").symlink_to("mksh")
    (root / "sdcard").symlink_to("/data/local/tmp")


def _link_toybox_names(root: Path) -> None:
    """What a phone's toybox has is answered by busybox; what a phone lacks is not there."""
    has = set(_busybox_names((root / "system/lib/busybox").read_bytes()))
    for name in (HERE / "toybox.txt").read_text(encoding="utf-8").split():
        if name in has and not (root / "system/bin" / name).exists():
            (root / "system/bin" / name).symlink_to("/system/lib/busybox")


def _busybox_names(program: bytes) -> Iterator[str]:
    """The names busybox answers to: one sorted block in the program, a zero byte after each."""
    start = program.index(b"[\0[[\0acpid\0")
    before = b""
    for name in program[start : start + 20000].split(b"\0"):
        if not BUSYBOX_NAME.fullmatch(name) or name <= before:
            return
        yield name.decode()
        before = name


def _compile(root: Path, machine: str) -> None:
    """The shim in front of adbd, the shell that keeps a log, and a program for tests to push."""
    library = next((root / f"usr/lib/{machine}-linux-gnu/android").glob("libbase.so.*"))
    shim = root / "system/lib/phone_shim.so"
    target = ["-target", f"{machine}-linux-gnu.{LIBC_VERSION}"]
    _zig(*target, "-shared", "-fPIC", "-o", shim, NATIVE / "phone_shim.c", library)
    _zig(*target, "-o", root / "bin/sh", NATIVE / "phone_shell.c")
    bare = ["-target", "aarch64-linux-none", "-nostdlib", "-static", "-fno-stack-protector"]
    _zig(*bare, "-o", root / "phone/arm_program", NATIVE / "arm_program.c")


def _zig(*arguments: str | Path) -> None:
    options = ["-O2", "-s", "-Wall", "-Wextra", "-Werror", "-std=gnu11"]
    command = [sys.executable, "-m", "ziglang", "cc", *options, *map(str, arguments)]
    result = subprocess.run(command, capture_output=True, text=True)
    if result.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}:\n{result.stderr}")
