"""One run of qemu-system-aarch64, from power-on to the end; it ends with the process that started it."""

import contextlib
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.virtual_phone.children import __file__ as guard_file
from tests.virtual_phone.monitor import ask_monitor

PROGRAM = "qemu-system-aarch64"
END_TIMEOUT_S = 20.0
MEBIBYTE = 2**20
# A core of a phone of 2018 on; its features are those that LiteRT's kernels choose by.
CPU = "cortex-a76"
ADBD_PORT = 5555
NIC = "nic0"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hardware:
    """What the emulated machine is made of."""

    kernel: Path
    first_files: Path  # the initramfs
    disks: Sequence[Path]
    cores: int
    memory_bytes: int
    adb_port: int  # on 127.0.0.1


class Qemu:
    """A machine that has power. It restarts when its kernel or its monitor wants that.

    Its sockets and logs are in `folder`, whose path must be short.
    """

    def __init__(self, hardware: Hardware, folder: Path) -> None:
        self.folder = folder
        self.monitor, self.root_console = folder / "monitor", folder / "root"
        self.console_log, self._errors = folder / "console.log", folder / "qemu.log"
        for path in self.monitor, self.root_console, self.console_log:
            path.unlink(missing_ok=True)
        # A restart is another run of the emulator. When it restarted within itself after a campaign, starting took
        # it 7 to 19 s of processor time and once did not end, in place of 4 s: as if it kept what it had translated
        # of the memory that the new kernel then fills. And as with a phone, nobody answers at its port meanwhile.
        command = [sys.executable, "-I", "-S", guard_file, "--again", *self._command(hardware)]
        with self._errors.open("wb") as errors:
            self._guard = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=errors
            )

    def is_running(self) -> bool:
        """Whether the machine has power."""
        return self._guard.poll() is None

    def ask(self, command: str, **arguments: object) -> Any:
        """Let qemu's monitor do something."""
        return ask_monitor(self.monitor, command, **arguments)

    def console(self) -> str:
        """What the kernel and init said since power-on."""
        with contextlib.suppress(FileNotFoundError):
            return self.console_log.read_text(encoding="utf-8", errors="replace")
        return ""

    def complaint(self) -> str:
        """The end of everything that was said, for an error."""
        errors = self._errors.read_text(encoding="utf-8", errors="replace")
        return f"{errors[-2000:]}\n{self.console()[-2000:]}"

    def end(self) -> None:
        """Power off at once: nothing is written to the disks any more."""
        guard = self._guard
        assert guard.stdin is not None
        guard.stdin.close()  # the guard then kills qemu
        guard.wait(timeout=END_TIMEOUT_S)

    def _command(self, hardware: Hardware) -> list[str]:
        forward = f"hostfwd=tcp:127.0.0.1:{hardware.adb_port}-:{ADBD_PORT}"
        command = [
            *(str(shutil.which(PROGRAM)), "-M", "virt", "-cpu", CPU, "-accel", "tcg,thread=multi"),
            *("-smp", str(hardware.cores), "-m", f"{hardware.memory_bytes // MEBIBYTE}M"),
            *("-nodefaults", "-no-user-config", "-display", "none", "-no-reboot"),
            *("-kernel", str(hardware.kernel), "-initrd", str(hardware.first_files)),
            *("-append", "console=ttyAMA0 panic=-1 quiet"),
            *("-chardev", f"file,id=console,path={self.console_log},append=on"),
            *("-serial", "chardev:console"),
            # restrict: nothing of this computer or its network can be reached from inside.
            *("-netdev", f"user,id=network,restrict=on,{forward}"),
            *("-device", f"virtio-net-pci,netdev=network,romfile=,id={NIC}"),
            *("-qmp", f"unix:{self.monitor},server=on,wait=off"),
            *("-device", "virtio-serial-pci", "-device", "virtconsole,chardev=root"),
            *("-chardev", f"socket,id=root,path={self.root_console},server=on,wait=off"),
        ]
        for number, disk in enumerate(hardware.disks):
            # What the machine wrote must survive the machine's power cut, not this computer's.
            drive = f"if=none,id=disk{number},format=raw,cache=unsafe,file={disk}"
            command += ["-drive", drive, "-device", f"virtio-blk-pci,drive=disk{number}"]
        return command
