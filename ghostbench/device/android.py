"""A phone as a `Device`: files in a folder of their own, commands over adb, its state in one round trip."""

import hashlib
import re
import secrets
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from ghostbench.core.device import DeviceInfo, DeviceState
from ghostbench.core.errors import DeviceError, TransientError
from ghostbench.device.adb import AdbPhone, transfer_timeout_s
from ghostbench.device.adb_address import server_address
from ghostbench.device.adb_server import Connected, find_connected
from ghostbench.device.android_info import build_info
from ghostbench.device.android_scripts import (
    FREE_SPACE_SCRIPT,
    INFO_SCRIPT,
    STATE_SCRIPT,
    split_sections,
)
from ghostbench.device.android_state import build_state, with_clock_offset
from ghostbench.device.android_text import parse_free_bytes, parse_sha256

# The one folder of a phone whose files the shell may write and run.
FOLDER = PurePosixPath("/data/local/tmp/ghostbench")
FILES = FOLDER / "files"
# Android turns strange when /data is full: this much is left free beside what is pushed.
SPARE_BYTES = 32 * 1024 * 1024
READ_TIMEOUT_S = 30.0


class AndroidDevice:
    """A phone over adb. What is installed is kept by content, so nothing is pushed twice or mistaken for another."""

    def __init__(self, phone: AdbPhone, connected: Connected) -> None:
        self._phone, self.connected = phone, connected
        self._info: DeviceInfo | None = None
        self._installed: dict[PurePosixPath, str] = {}

    @property
    def name(self) -> str:
        """The serial."""
        return self._phone.serial

    @property
    def phone(self) -> AdbPhone:
        """The phone itself, for settings, lease and checks."""
        return self._phone

    def info(self) -> DeviceInfo:
        """What it is; asked once."""
        if self._info is None:
            self._info = build_info(self.name, self.sections(INFO_SCRIPT, "asking what it is"))
        return self._info

    def state(self) -> DeviceState:
        """How it is now, in one round trip."""
        asked = datetime.now(UTC)
        state = build_state(self.sections(STATE_SCRIPT, "reading its state"), asked.isoformat())
        return with_clock_offset(state, asked.timestamp(), datetime.now(UTC).timestamp())

    def sections(self, script: str, step: str) -> dict[str, str]:
        """What a script of `android_scripts` printed. Raises TransientError when it was cut short."""
        result = self._phone.run_script(script, step=step, timeout_s=READ_TIMEOUT_S)
        sections = split_sections(result.stdout)
        if "end" not in sections:
            raise TransientError(f"{self.name}: the answer was cut short while {step}")
        return sections

    def install_all(self, files: Mapping[Path, bool]) -> dict[Path, PurePosixPath]:
        """Make sure that the phone holds all these files, with as few questions as there can be.

        The value says whether a file is to be executable.
        """
        digests = {local: _sha256(local) for local in files}
        targets = {local: _target(local, digest) for local, digest in digests.items()}
        programs = [targets[local] for local, executable in files.items() if executable]
        there = self._digests(list(targets.values()), programs=programs)
        for local, target in targets.items():
            if there.get(target) != digests[local]:
                self._push(local, target, digests[local], files[local])
            self._installed[target] = digests[local]
        return targets

    def install(self, local: Path, *, executable: bool = False) -> PurePosixPath:
        """Make sure that the phone holds this very file, by its SHA-256 and never by its size, and say where."""
        return self.install_all({local: executable})[local]

    def changed_files(self) -> list[PurePosixPath]:
        """Installed files that are no longer what was installed: to be asked at the end of a campaign."""
        now = self._digests(list(self._installed))
        return [path for path, digest in self._installed.items() if now.get(path) != digest]

    def stream(
        self,
        argv: Sequence[str],
        *,
        timeout_s: float,
        environment: Mapping[str, str] | None = None,
    ) -> Iterator[str]:
        """Run a command on the phone and yield its output line by line; every word reaches it as it is."""
        return self._phone.stream(argv, timeout_s=timeout_s, environment=environment)

    def free_bytes(self) -> int | None:
        """How much can still be stored; None where the phone does not say."""
        return parse_free_bytes(
            self._phone.run_script(FREE_SPACE_SCRIPT, step="reading the free space").stdout
        )

    def remove(self, path: PurePosixPath = FILES) -> None:
        """Remove from the phone what was installed, or one thing in ghostbench's folder."""
        if ".." in path.parts or FOLDER not in path.parents:
            raise DeviceError(f"{path} is not in {FOLDER}, so it is not ghostbench's to remove")
        self._phone.check(["rm", "-rf", "--", str(path)], step=f"removing {path}")
        self._installed = {
            kept: digest
            for kept, digest in self._installed.items()
            if kept != path and path not in kept.parents
        }

    def _push(self, local: Path, target: PurePosixPath, digest: str, executable: bool) -> None:
        size = local.stat().st_size
        free = self.free_bytes()
        if free is not None and free < size + SPARE_BYTES:
            raise DeviceError(
                f"{self.name}: {free / 1e6:.0f} MB are free, {local.name} needs {(size + SPARE_BYTES) / 1e6:.0f} MB "
                f"with what Android needs itself; free some space "
                f"(`adb shell rm -r {FILES}` removes what ghostbench pushed)"
            )
        # Under another name first: a push that is cut short must not look like the file.
        partial = target.with_name(f".{secrets.token_hex(4)}.partial")
        self._phone.check(_make_room(target.parent), step="making ghostbench's folder")
        try:
            self._phone.push(local, partial, executable=executable)
            arrived = self._digests([partial], size).get(partial)
            if arrived != digest:
                raise TransientError(
                    f"{self.name}: {local.name} arrived damaged "
                    f"(SHA-256 {str(arrived)[:12]}, not {digest[:12]}); try again"
                )
            # A phone that loses power just after would else hold the whole name with half the content.
            written_out = ["sh", "-c", 'fsync "$1" 2>/dev/null || sync', "sh", str(partial)]
            self._phone.run(written_out, step=f"writing {target.name} out", timeout_s=60)
            self._phone.check(
                ["mv", "-f", str(partial), str(target)], step=f"naming {target.name}", once=True
            )
        except (DeviceError, KeyboardInterrupt):
            self._forget(partial)
            raise

    def _forget(self, partial: PurePosixPath) -> None:
        try:
            self._phone.run(
                ["rm", "-f", str(partial)], step="removing a broken push", timeout_s=5, once=True
            )
        except DeviceError:
            return  # the error that brought us here says more

    def _digests(
        self,
        paths: Sequence[PurePosixPath],
        size: int = 0,
        *,
        programs: Sequence[PurePosixPath] = (),
    ) -> dict[PurePosixPath, str]:
        """What the phone holds. `programs` are made executable in the same round trip, those that are there."""
        if not paths:
            return {}
        commands = [["sha256sum", *map(str, paths)]]
        if programs:
            commands.append(["chmod", "755", *map(str, programs)])
        result, *_ = self._phone.run_all(
            commands, step="comparing SHA-256 sums", timeout_s=transfer_timeout_s(size)
        )
        if result.status == 127:
            raise DeviceError(
                f"{self.name}: the phone has no sha256sum; Android 7 or newer is needed"
            )
        return {PurePosixPath(path): digest for path, digest in parse_sha256(result.stdout).items()}


def open_phone(serial: str, adb_server: str | None = None, *, hurry: float = 1.0) -> AndroidDevice:
    """The phone of that serial on the adb server at HOST:PORT. Raises DeviceError saying why it cannot be used."""
    address = server_address(adb_server)
    phone = AdbPhone(serial, address, hurry=hurry)
    return AndroidDevice(phone, find_connected(address, serial, hurry=hurry))


def _make_room(folder: PurePosixPath) -> list[str]:
    # A push that was cut short by the end of the computer could not clean up after itself. Whoever pushes has claimed
    # the phone, so no other push is under way.
    script = 'rm -f "$2"/*/.*.partial; exec mkdir -p "$1"'
    return ["sh", "-c", script, "sh", str(folder), str(FILES)]


def _target(local: Path, digest: str) -> PurePosixPath:
    return FILES / digest[:16] / safe_name(local.name)


def safe_name(name: str) -> str:
    """A file name that needs no quoting anywhere and still tells people which file it is.

    >>> safe_name("ghostnet 1.0x; $(x).tflite"), safe_name("-rf"), safe_name("libc.so.6")
    ('ghostnet_1.0x____x_.tflite', '_rf', 'libc.so.6')
    """
    plain = re.sub(r"[^A-Za-z0-9._+-]", "_", name)
    plain = re.sub(r"^[.-]", "_", plain)
    return plain if len(plain) <= 120 else plain[:60] + "_" + plain[-59:]


def _sha256(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as cause:
        raise DeviceError(
            f"{path} is not a file that can be read: {cause.strerror or cause}"
        ) from cause
