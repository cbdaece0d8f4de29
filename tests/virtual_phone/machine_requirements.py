"""What an emulated machine needs of this computer, and what of it is missing."""

import os
import platform
import shutil
import sys
from pathlib import Path

from tests.virtual_phone.adb_server import NO_ADB, carried_adb
from tests.virtual_phone.apt import KEYRING, MIRROR_VARIABLE, debian_mirror
from tests.virtual_phone.machine import SYSTEM_FOLDERS
from tests.virtual_phone.qemu import PROGRAM
from tests.virtual_phone.rootfs import DEBIAN_NAME

PACKAGES = (Path(__file__).parent / "machine_packages.txt").read_text(encoding="utf-8").split()
INSTALL = f"sudo apt-get install -y {' '.join(PACKAGES)} debian-archive-keyring"
# Emulating a computer takes minutes on a busy one, so its tests run for who asks; then what is missing is a failure.
WANT_VARIABLE = "GHOSTBENCH_MACHINE"
# The kernel with pages of 16 KB is a package of its own, three times as large; it is fetched for who wants it.
PAGES_VARIABLE = "GHOSTBENCH_MACHINE_16K"


def what_a_machine_lacks() -> str | None:
    """Why no emulated machine can run here, and what to do about it; None where one can."""
    if sys.platform != "linux" or platform.machine() not in DEBIAN_NAME:
        return "emulated machines run on x86-64 and AArch64 Linux only"
    if not shutil.which("apt-get") or not shutil.which("dpkg"):
        return "emulated machines are built from Debian packages: apt-get and dpkg are not there"
    make_disk = shutil.which("mke2fs") or shutil.which("mke2fs", path=SYSTEM_FOLDERS)
    if not KEYRING.exists() or not shutil.which(PROGRAM) or not make_disk:
        return f"packages for emulated machines are missing: {INSTALL}"
    if carried_adb() is None:
        return NO_ADB
    if debian_mirror() is None:
        return f"apt knows no Debian mirror here: set {MIRROR_VARIABLE} to the address of one"
    return None


def is_set(variable: str) -> bool:
    """Whether somebody asked for it."""
    return os.environ.get(variable, "") not in ("", "0")
