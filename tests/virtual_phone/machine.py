"""An emulated machine: a phone with a 64-bit Arm kernel of its own. The README lists what a test can ask for."""

import base64
import os
import shlex
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Self

from tests.virtual_phone.adb_server import AdbServer
from tests.virtual_phone.image import image_of
from tests.virtual_phone.kernel import Kernel, have_kernel
from tests.virtual_phone.machine_faults import HOG, MachineFaults
from tests.virtual_phone.machine_image import first_files, own_files
from tests.virtual_phone.over_adb import OverAdb
from tests.virtual_phone.personality import load_personality
from tests.virtual_phone.ports import port_of, reserve
from tests.virtual_phone.qemu import Hardware, Qemu
from tests.virtual_phone.root_console import run_as_root

DEFAULT_PERSONALITY = "machine"
CORES = 2
MEMORY_BYTES = 512 * 2**20
DATA_BYTES = 256 * 2**20
STATE_BYTES = 16 * 2**20  # the disk of /phone: what the made-up Android knows
# It starts in 4 s; a busy computer takes its time.
READY_TIMEOUT_S = 180.0
PAUSE_S = 0.02
READY = "machine: ready"
FOLDER_PREFIX = "ghostbench-machine-"
SYSTEM_FOLDERS = "/usr/sbin:/sbin"


def remove_abandoned_folders() -> None:
    """Remove what machines of killed test processes left in the folder for temporary files."""
    for folder in Path(tempfile.gettempdir()).glob(f"{FOLDER_PREFIX}*-*"):
        owner = folder.name.removeprefix(FOLDER_PREFIX).partition("-")[0]
        if owner.isdecimal() and not Path(f"/proc/{owner}").exists():
            shutil.rmtree(folder, ignore_errors=True)


class DoesNotStart(Exception):
    """The machine did not come up in time; what its console said."""


class EmulatedMachine(MachineFaults, OverAdb):
    """A machine that is on. Its root console answers whatever state adb is in, as long as its kernel runs."""

    def __init__(
        self,
        server: AdbServer,
        personality: str = DEFAULT_PERSONALITY,
        *,
        data_bytes: int = DATA_BYTES,
        kernel: Kernel | None = None,
    ) -> None:
        self.personality = load_personality(personality)
        self.server = server
        kernel = kernel or have_kernel(self.personality.page_bytes)
        with ExitStack() as undo:
            holder = reserve()
            undo.callback(holder.close)
            self.port = port_of(holder)
            remove_abandoned_folders()
            # Not pytest's folder: the path of a Unix socket is 107 bytes at most.
            prefix = f"{FOLDER_PREFIX}{os.getpid()}-"
            self.folder = Path(undo.enter_context(tempfile.TemporaryDirectory(prefix=prefix)))
            self._hardware = Hardware(
                kernel=kernel.image,
                first_files=self._first_files(kernel),
                disks=(self._disk("phone", STATE_BYTES), self._disk("data", data_bytes)),
                cores=CORES,
                memory_bytes=MEMORY_BYTES,
                adb_port=self.port,
            )
            undo.callback(self.kill)
            self._qemu: Qemu | None = None
            self.boot()
            self._undo = undo.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    @property
    def qemu(self) -> Qemu:
        """The emulator, which has power."""
        if self._qemu is None:
            raise RuntimeError("the machine is switched off")
        return self._qemu

    # Looking at it, and into it, without adb.

    def root(self, line: str, *, timeout_s: float = 20.0) -> str:
        """What a command line prints when root runs it on the machine. Raises CommandFailed, TimeoutError."""
        return run_as_root(self.qemu.root_console, line, timeout_s=timeout_s)

    def read(self, path: str) -> str:
        """The text of a file."""
        return self.root(f"cat {shlex.quote(path)}")

    def write(self, path: str, content: str | bytes) -> None:
        """Change a file behind everybody's back; its mode stays."""
        raw = content if isinstance(content, bytes) else content.encode()
        self.root(f"echo {base64.b64encode(raw).decode()} | base64 -d >{shlex.quote(path)}")

    def files(self, folder: str) -> set[str]:
        """All files below a folder, as paths."""
        return set(self.root(f"find {shlex.quote(folder)} -type f").splitlines())

    def settings(self) -> dict[str, str]:
        """All of Android's settings, `namespace/key` to value."""
        lines = self.root("cd /phone/settings && grep -r '' . || true").splitlines()
        return dict(line.removeprefix("./").split(":", 1) for line in lines)

    def boot_id(self) -> str:
        """The kernel's own name for the time since it started."""
        return self.read("/proc/sys/kernel/random/boot_id").strip()

    def process_ids(self, program: str) -> list[int]:
        """Who runs under that name on it."""
        return [int(word) for word in self.root(f"pidof {shlex.quote(program)} || true").split()]

    # On and off.

    def boot(self) -> None:
        """Switch it on; adbd answers and the clock is right when this returns."""
        self._qemu = Qemu(self._hardware, self.folder)
        self._wait_until_ready(1)

    def kill(self) -> None:
        """A power cut: what was not on disk is lost."""
        if self._qemu is not None:
            self._qemu.end()
            self._qemu = None

    def reset(self) -> None:
        """The power button held down: off without a word, and on again."""
        self._restart(lambda: self.qemu.ask("system_reset"))

    def reboot(self) -> None:
        """Restart in order, as `adb shell reboot` does."""
        self._restart(lambda: self.root("echo reboot >/dev/phone_init"))

    def wait_for_restart(self, starts_before: int) -> None:
        """Wait until it is up again after a restart that somebody else asked for."""
        self._wait_until_ready(starts_before + 1)

    def starts(self) -> int:
        """How often it came up since power-on."""
        return self.qemu.console().count(READY)

    def put_right(self) -> None:
        """On, reachable, all its cores, its disk, its memory and its clock: whatever was done to it."""
        if self._qemu is None or not self._qemu.is_running():
            self.kill()
            self.boot()
        self.resume()
        self.mend_network()
        for cpu in range(1, CORES):
            self.bring_core_online(cpu)
        self.empty_storage()
        self.root(f"umount {HOG} 2>/dev/null; true")
        self.set_clock(time.time())
        self.connect()

    def end(self) -> None:
        """Leave nothing of it."""
        if self.server.is_running():
            self.disconnect()
        self._undo.close()

    def _restart(self, act: Callable[[], object]) -> None:
        before = self.starts()
        act()
        self._wait_until_ready(before + 1)

    def _wait_until_ready(self, starts: int) -> None:
        deadline = time.monotonic() + READY_TIMEOUT_S
        while self.starts() < starts:
            if not self.qemu.is_running() or time.monotonic() > deadline:
                raise DoesNotStart(f"the machine does not start:\n{self.qemu.complaint()}")
            time.sleep(PAUSE_S)
        self.set_clock(time.time())

    def _first_files(self, kernel: Kernel) -> Path:
        image = image_of(
            self.personality,
            serial_number=f"MACHINE{self.port}",
            public_key=self.server.public_key,
        )
        archive = self.folder / "first_files.cpio"
        shutil.copyfile(first_files(kernel), archive)
        with archive.open("ab") as file:
            file.write(own_files(image))
        return archive

    def _disk(self, name: str, size_bytes: int) -> Path:
        path = self.folder / f"{name}.img"
        with path.open("wb") as file:
            file.truncate(size_bytes)  # takes no room until it is written
        make = shutil.which("mke2fs") or shutil.which("mke2fs", path=SYSTEM_FOLDERS)
        command = [str(make), "-q", "-F", "-t", "ext4", "-m", "0", str(path)]
        subprocess.run(command, check=True, capture_output=True)
        return path
