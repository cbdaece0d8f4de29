"""A virtual phone: start it, look at it, break it. The README lists what a test can ask for."""

import signal
import time
import uuid
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Self

from tests.virtual_phone.adb_server import AdbServer
from tests.virtual_phone.image import image_of
from tests.virtual_phone.over_adb import OverAdb
from tests.virtual_phone.personality import load_personality
from tests.virtual_phone.ports import answers, port_of, reserve
from tests.virtual_phone.prepared_answers import answer_files
from tests.virtual_phone.processes import Process, processes_of, send
from tests.virtual_phone.requirements import private_binary_format
from tests.virtual_phone.rootfs import root_file_system
from tests.virtual_phone.supervised import Supervised
from tests.virtual_phone.weather import Weather

DEFAULT_PERSONALITY = "kirin980"
DATA_BYTES = 256 * 2**20
READY_TIMEOUT_S = 10.0
PAUSE_S = 0.002


class VirtualPhone(Weather, OverAdb):
    """A phone that is on. Its files can be read and written from outside whatever state it is in."""

    def __init__(
        self,
        server: AdbServer,
        personality: str = DEFAULT_PERSONALITY,
        *,
        data_bytes: int = DATA_BYTES,
        root: Path | None = None,
    ) -> None:
        self.personality = load_personality(personality)
        self.server = server
        self._holder = reserve()
        self.port = port_of(self._holder)
        self._init = 0
        self._data_bytes = data_bytes
        serial_number, public_key = f"PHONE{self.port}", server.public_key
        with ExitStack() as undo:
            undo.callback(self._holder.close)
            self._supervised = Supervised(
                image_of(self.personality, serial_number=serial_number, public_key=public_key),
                root=root or root_file_system(),
                port=self.port,
                data_bytes=data_bytes,
                binary_format=private_binary_format(),
            )
            undo.callback(self._supervised.end)
            self.boot()
            self._undo = undo.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    # Looking at it.

    def path(self, path: str) -> Path:
        """Where a file of the phone (/data, /phone, /sys, some of /proc) is reached from here."""
        return self._supervised.path(path)

    def read(self, path: str) -> str:
        """The text of a file."""
        return self.path(path).read_text(encoding="utf-8", errors="replace")

    def write(self, path: str, content: str | bytes) -> None:
        """Change a file behind everybody's back; its mode stays."""
        target = self.path(path)
        mode = target.stat().st_mode & 0o7777 if target.exists() else 0o666
        if target.exists():
            target.chmod(mode | 0o200)  # ours to write, even where the phone may not
        target.write_bytes(content if isinstance(content, bytes) else content.encode())
        target.chmod(mode)

    def files(self, folder: str) -> set[str]:
        """The names in a folder."""
        return {path.name for path in self.path(folder).iterdir()}

    def commands(self) -> list[str]:
        """Every command line the phone was given over adb, in order."""
        return self.read("/phone/commands").split("\0")[:-1]

    def forget_commands(self) -> None:
        """Begin the history of commands anew."""
        self.write("/phone/commands", "")

    def setting(self, space: str, key: str) -> str | None:
        """A value of Android's settings."""
        return self.settings().get(f"{space}/{key}")

    def settings(self) -> dict[str, str]:
        """All of Android's settings, `namespace/key` to value."""
        top = self.path("/phone/settings")
        found = sorted(path for path in top.glob("*/*"))
        return {str(path.relative_to(top)): path.read_text().rstrip("\n") for path in found}

    @property
    def is_on(self) -> bool:
        """Whether it has power."""
        return self._init != 0

    def processes(self) -> list[Process]:
        """What runs on it, without init and adbd."""
        return [p for p in processes_of(self._init) if p.program != "adbd"]

    # On and off.

    def boot(self) -> None:
        """Switch it on; it answers when this returns."""
        self.path("/phone/adbd_is_down").unlink(missing_ok=True)
        self.write("/proc/sys/kernel/random/boot_id", f"{uuid.uuid4()}\n")
        self._init = self._supervised.boot()
        self._wait_until(lambda: answers(self.port), "the virtual phone's adbd does not answer")

    def kill(self) -> None:
        """A power cut."""
        if self._init:
            self._supervised.switch_off()
            self._init = 0

    def reboot(self) -> None:
        """Off and on again; what was on /data/local/tmp is still there."""
        self.kill()
        self.boot()

    def end(self) -> None:
        """Leave nothing of it."""
        if self.server.is_running():
            self.disconnect()
        self._undo.close()

    def pause(self) -> None:
        """It hangs: no process on it runs any more."""
        send(signal.SIGSTOP, processes_of(self._init))

    def resume(self) -> None:
        """It runs on."""
        send(signal.SIGCONT, processes_of(self._init))

    def restart_adbd(self) -> None:
        """adbd crashes and is started again, as init does on a phone."""
        before = self._adbd()
        send(signal.SIGKILL, before)
        self._wait_until(
            lambda: self._adbd() not in ([], before) and answers(self.port),
            "adbd does not come back",
        )

    def go_offline(self) -> None:
        """adbd is gone until `come_back`."""
        self.write("/phone/adbd_is_down", "")
        send(signal.SIGKILL, self._adbd())
        self._wait_until(lambda: not answers(self.port), "adbd does not go")

    def come_back(self) -> None:
        """adbd is there again. The adb server takes its time to notice; `connect` is immediate."""
        self.path("/phone/adbd_is_down").unlink(missing_ok=True)
        self._wait_until(lambda: answers(self.port), "adbd does not come back")

    def kill_program(self, program: str) -> int:
        """Kill what runs by that name, as the out-of-memory killer does; how many there were."""
        victims = [p for p in self.processes() if p.program == program]
        send(signal.SIGKILL, victims)
        return len(victims)

    # What it lets in, and has room for.

    def authorize(self) -> None:
        """The key of the tests' adb server is known from now on; connect again."""
        self.write("/data/misc/adb/adb_keys", self.server.public_key)

    def revoke(self) -> None:
        """The key is not known any more; connect again to feel it."""
        self.write("/data/misc/adb/adb_keys", "")

    def fill_storage(self, *, free_bytes: int = 0) -> None:
        """Leave this much room on /data, to the page."""
        usage = self._supervised.data_usage()
        used = (usage.f_blocks - usage.f_bfree) * usage.f_frsize
        self._supervised.set_data_bytes(max(used + free_bytes, usage.f_frsize))

    def empty_storage(self) -> None:
        """/data has its room again."""
        self._supervised.set_data_bytes(self._data_bytes)

    def answer(self, command_line: str, output: str, *, status: int = 0) -> None:
        """Give this output to this very command line, or this call of one of Android's commands."""
        for name, text in answer_files(command_line, output, status).items():
            self.path(f"/phone/answers/{name}").write_text(text, encoding="utf-8")
            self.path(f"/phone/answers/{name}").chmod(0o666)

    def _adbd(self) -> list[Process]:
        return [p for p in processes_of(self._init) if p.program == "adbd"]

    def _wait_until(self, is_so: Callable[[], bool], complaint: str) -> None:
        deadline = time.monotonic() + READY_TIMEOUT_S
        while not is_so():
            if time.monotonic() > deadline:
                raise TimeoutError(f"{complaint}:\n{self.read('/phone/adbd.log')[-2000:]}")
            time.sleep(PAUSE_S)
