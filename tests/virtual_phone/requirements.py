"""What a virtual phone needs of the machine, and what of it is missing."""

import os
import platform
import re
import shutil
import subprocess
import sys
from pathlib import Path

from tests.virtual_phone.adb_server import NO_ADB, carried_adb
from tests.virtual_phone.apt import KEYRING, MIRROR_VARIABLE, debian_mirror
from tests.virtual_phone.rootfs import DEBIAN_NAME

PACKAGES = (Path(__file__).parent / "packages.txt").read_text(encoding="utf-8").split()
INSTALL = f"sudo apt-get install -y {' '.join(PACKAGES)}"
REQUIRE_VARIABLE = "GHOSTBENCH_REQUIRE_PHONE"
EMULATORS = ("qemu-aarch64-static", "qemu-aarch64")
SYSTEM_REGISTRATION = Path("/proc/sys/fs/binfmt_misc/qemu-aarch64")
# The first 20 bytes of an AArch64 program or library, and which of their bits matter.
AARCH64_MAGIC = r"\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xb7\x00"
AARCH64_MASK = r"\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff"
# Tries what a phone does, in a process of its own.
NAMESPACE_TRIAL = ["unshare", "--user", "--map-root-user", "--mount", "--pid", "--fork", "true"]


def what_is_missing() -> str | None:
    """Why no virtual phone can run here, and what to do about it; None where one can."""
    if sys.platform != "linux" or platform.machine() not in DEBIAN_NAME:
        return "virtual phones run on x86-64 and AArch64 Linux only"
    if not shutil.which("apt-get") or not shutil.which("dpkg"):
        return "virtual phones are built from Debian packages: apt-get and dpkg are not there"
    if not KEYRING.exists() or (emulation_is_needed() and emulator() is None):
        return f"packages for the virtual phone are missing: {INSTALL}"
    if carried_adb() is None:
        return NO_ADB
    if debian_mirror() is None:
        return f"apt knows no Debian mirror here: set {MIRROR_VARIABLE} to the address of one"
    return _what_the_kernel_lacks()


def _what_the_kernel_lacks() -> str | None:
    trial = subprocess.run(NAMESPACE_TRIAL, capture_output=True, text=True)
    if trial.returncode != 0:
        return f"this user may not create namespaces (kernel.unprivileged_userns_clone?): {trial.stderr.strip()}"
    if emulation_is_needed() and not (_can_register_privately() or SYSTEM_REGISTRATION.exists()):
        return f"running AArch64 programs needs Linux 6.7 or newer (this is {platform.release()}), or binfmt-support"
    return None


def emulation_is_needed() -> bool:
    """Whether this machine cannot run AArch64 programs itself."""
    return platform.machine() != "aarch64"


def emulator() -> Path | None:
    """The program that runs AArch64 programs; it must stand alone, as the phone has other libraries."""
    found = (shutil.which(name) for name in EMULATORS)
    return next((Path(path).resolve() for path in found if path), None)


def private_binary_format() -> str:
    """The line that makes AArch64 programs run on one phone; empty where it is not needed, or the kernel cannot.

    F: the emulator is opened now, so that it need not be on the phone.
    """
    path = emulator()
    if path is None or not emulation_is_needed() or not _can_register_privately():
        return ""
    return f":aarch64:M::{AARCH64_MAGIC}:{AARCH64_MASK}:{path}:FOC"


def _can_register_privately() -> bool:
    """A binfmt_misc of one's own came with Linux 6.7."""
    major, minor = re.findall(r"\d+", platform.release())[:2]
    return (int(major), int(minor)) >= (6, 7)


def phone_is_required() -> bool:
    """Whether a missing phone is a failure, as in continuous integration."""
    return os.environ.get(REQUIRE_VARIABLE, "") not in ("", "0")
