"""An adb server of the tests' own: a developer's server, phones and emulators are never touched."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

import adbutils

from tests.virtual_phone.ports import answers, free_port
from tests.virtual_phone.rootfs import cache_folder, only_one_builder

GUARD = Path(__file__).with_name("children.py")
START_TIMEOUT_S = 20.0
CALL_TIMEOUT_S = 20.0
PAUSE_S = 0.005
ATTEMPTS = 5
NO_ADB = "adbutils carries no adb for this machine: sudo apt-get install -y adb"
# No serial is this one, so the server leaves every phone on USB alone.
NO_USB_DEVICE = "none-of-them"


@lru_cache
def carried_adb() -> Path | None:
    """The adb that adbutils carries; where it carries none (AArch64 Linux), the one on PATH."""
    carried = Path(adbutils.__file__).parent / "binaries" / "adb"
    if carried.is_file():
        return carried
    found = shutil.which("adb")
    return Path(found) if found else None


def key_home(adb: Path) -> Path:
    """The adb server's HOME: its key pair is made once and kept with the root file systems."""
    home = cache_folder() / "adb-home"
    if not (home / ".android/adbkey.pub").is_file():
        with only_one_builder("adb-home"):
            if not (home / ".android/adbkey.pub").is_file():
                _make_key(adb, home)
    return home


def _make_key(adb: Path, home: Path) -> None:
    (home / ".android").mkdir(parents=True, exist_ok=True)
    new = home / ".android/new"
    command = [str(adb), "keygen", str(new)]
    subprocess.run(command, check=True, capture_output=True, timeout=CALL_TIMEOUT_S)
    new.rename(home / ".android/adbkey")
    new.with_suffix(".pub").rename(home / ".android/adbkey.pub")


@lru_cache
def _without_usb(adb: Path) -> tuple[str, ...]:
    """The option that leaves the phones on USB alone; old versions of adb do not have it."""
    command = [str(adb), "help"]
    usage = subprocess.run(command, capture_output=True, text=True, timeout=CALL_TIMEOUT_S)
    known = "--one-device" in usage.stdout + usage.stderr
    return ("--one-device", NO_USB_DEVICE) if known else ()


class AdbServer:
    """A private adb server on a port of its own. It ends when this process does."""

    def __init__(self) -> None:
        adb = carried_adb()
        if adb is None:
            raise FileNotFoundError(NO_ADB)
        self.adb_path = adb
        self.home = key_home(adb)
        self.port = 0
        self._process: subprocess.Popen[bytes] | None = None
        self.ensure_running()

    @property
    def environment(self) -> Mapping[str, str]:
        """What adb, adbutils and ghostbench must be told to find this server, and no other."""
        return {
            "HOME": str(self.home),
            "ANDROID_ADB_SERVER_PORT": str(self.port),
            "ADBUTILS_ADB_PATH": str(self.adb_path),
            "ADB_LIBUSB": "0",
            "ADB_MDNS": "0",
            "ADB_LOCAL_TRANSPORT_MAX_PORT": "5554",  # do not look for emulators
        }

    @property
    def public_key(self) -> str:
        """What a phone must know to let this server in."""
        return (self.home / ".android/adbkey.pub").read_text(encoding="ascii").strip() + "\n"

    def ensure_running(self) -> None:
        """Start it, or start it again on the same port."""
        for _ in range(ATTEMPTS):
            if self.is_running():
                return
            self._start()
        raise TimeoutError("the private adb server does not start")

    def is_running(self) -> bool:
        """Whether it lives."""
        return self._process is not None and self._process.poll() is None

    def kill(self) -> None:
        """It dies: every phone it was connected to is forgotten."""
        if self._process is not None:
            assert self._process.stdin is not None
            self._process.stdin.close()  # the guard then kills it, if it still lives
            self._process.wait(timeout=CALL_TIMEOUT_S)

    def end(self) -> None:
        """Leave no server on this port, not even one that somebody else started there when ours was gone."""
        self.kill()
        self.adb("kill-server")

    def adb(
        self, *arguments: str, timeout_s: float = CALL_TIMEOUT_S
    ) -> subprocess.CompletedProcess[str]:
        """Run the adb client against this server."""
        command = [str(self.adb_path), "-P", str(self.port), *arguments]
        return subprocess.run(
            command,
            env=self._own_environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=timeout_s,
        )

    def _start(self) -> None:
        self.kill()  # close what a server that died by itself has left open
        if self.port and answers(self.port):
            self.adb("kill-server")  # somebody asked adb for something when ours was gone
        self.port = self.port or free_port()
        adb = [str(self.adb_path), "-P", str(self.port)]
        guarded = [*adb, *_without_usb(self.adb_path), "nodaemon", "server"]
        command = [sys.executable, "-I", "-S", str(GUARD), *guarded]
        quiet = subprocess.DEVNULL
        environment = self._own_environment()
        self._process = subprocess.Popen(
            command, env=environment, stdin=subprocess.PIPE, stdout=quiet, stderr=quiet
        )
        deadline = time.monotonic() + START_TIMEOUT_S
        while not answers(self.port):
            if self._process.poll() is not None:
                self.port = 0  # somebody else took the port first
                return
            if time.monotonic() > deadline:
                raise TimeoutError("the private adb server does not answer")
            time.sleep(PAUSE_S)

    def _own_environment(self) -> dict[str, str]:
        inherited = {k: v for k, v in os.environ.items() if not k.startswith(("ADB", "ANDROID_"))}
        return {**inherited, **self.environment}
