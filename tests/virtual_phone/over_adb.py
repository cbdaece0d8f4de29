"""What every virtual phone is to adb: a serial on a private server, that can be connected to and asked."""

from pathlib import Path

from tests.virtual_phone.adb_server import AdbServer
from tests.virtual_phone.link import Link
from tests.virtual_phone.ports import LOCALHOST


class OverAdb:
    """The side of a phone that adb sees. Namespace phones and emulated machines share it."""

    server: AdbServer
    port: int  # where its adbd is reached, on 127.0.0.1

    @property
    def serial(self) -> str:
        """How adb calls it."""
        return f"{LOCALHOST}:{self.port}"

    @property
    def adb_port(self) -> int:
        """The port of the private adb server."""
        return self.server.port

    @property
    def adb_path(self) -> Path:
        """The adb client that goes with that server."""
        return self.server.adb_path

    def connect(self) -> str:
        """Let the adb server connect, anew if it was connected; what adb says."""
        self.disconnect()
        return self.server.adb("connect", self.serial).stdout.strip()

    def disconnect(self) -> None:
        """Let the adb server forget this phone."""
        self.server.adb("disconnect", self.serial)

    def state(self) -> str:
        """What `adb devices` says of it: device, offline, unauthorized ...; "absent" where it is not listed."""
        lines = self.server.adb("devices").stdout.splitlines()
        states = dict(line.split("\t") for line in lines if "\t" in line)
        return states.get(self.serial, "absent")

    def shell(self, line: str, *, timeout_s: float = 20.0) -> str:
        """What a command line prints, both streams, without the last line break; for tests only."""
        result = self.server.adb("-s", self.serial, "shell", line, timeout_s=timeout_s)
        return (result.stdout + result.stderr).rstrip("\n")

    def link(self) -> Link:
        """A TCP proxy in front of adbd, whose ways can be changed; connect to its serial."""
        return Link(self.port, self.server)
