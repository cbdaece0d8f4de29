"""The supervisor process of one phone, and the phone's files as seen from outside."""

import contextlib
import json
import os
import subprocess
import sys
from pathlib import Path

from tests.virtual_phone.image import BOUND, ENVIRONMENT, Image

PROGRAM = Path(__file__).with_name("supervisor.py")
END_TIMEOUT_S = 10.0


class Supervised:
    """Namespaces with a phone in them, which is switched on and off."""

    def __init__(
        self, image: Image, *, root: Path, port: int, data_bytes: int, binary_format: str
    ) -> None:
        phone = {
            "root": str(root),
            "data_bytes": data_bytes,
            "binary_format": binary_format,
            "environment": {**ENVIRONMENT, "ADBD_PORT": str(port)},
            "bound": BOUND,
            "files": image.files,
            "links": image.links,
            "folders": image.folders,
            "remove": image.remove,
            "hidden": image.hidden,
        }
        command = [sys.executable, "-I", "-S", str(PROGRAM)]
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True)
        self._fake_files = self._data_files = -1
        try:
            process_id = self._ask(json.dumps(phone))
            stage = f"/proc/{process_id}/root/tmp"
            # Open folders stay readable when the phone, and even its namespaces, are gone.
            self._fake_files = os.open(f"{stage}/phone", os.O_PATH | os.O_DIRECTORY)
            self._data_files = os.open(f"{stage}/root/data", os.O_PATH | os.O_DIRECTORY)
        except BaseException:
            self.end()
            raise

    def boot(self) -> int:
        """Switch on; the process id of its init."""
        return self._ask("boot")

    def switch_off(self) -> None:
        """Everything that ran on the phone is gone when this returns."""
        self._ask("off")

    def set_data_bytes(self, data_bytes: int) -> None:
        """Make /data as big as this."""
        self._ask(f"data_bytes {data_bytes}")

    def data_usage(self) -> os.statvfs_result:
        """How full /data is."""
        return os.statvfs(f"/proc/self/fd/{self._data_files}")

    def path(self, path: str) -> Path:
        """Where a file of the phone can be reached from here, also while it is switched off."""
        top = f"/{path.lstrip('/').split('/')[0]}"
        if top == "/data":
            return Path(f"/proc/self/fd/{self._data_files}{path.removeprefix('/data')}")
        if top == "/phone":
            return Path(f"/proc/self/fd/{self._fake_files}{path.removeprefix('/phone')}")
        if any(path == bound or path.startswith(f"{bound}/") for bound in BOUND):
            return Path(f"/proc/self/fd/{self._fake_files}{path}")
        raise ValueError(
            f"{path} can only be reached over adb: not in /data, /phone, or {', '.join(BOUND)}"
        )

    def end(self) -> None:
        """End the phone and its namespaces; nothing is left of them."""
        process = self._process
        with contextlib.suppress(BrokenPipeError):
            process.communicate(timeout=END_TIMEOUT_S)
        for descriptor in self._fake_files, self._data_files:
            if descriptor >= 0:
                os.close(descriptor)
        self._fake_files = self._data_files = -1

    def _ask(self, line: str) -> int:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.write(f"{line}\n")
            self._process.stdin.flush()
        answer = self._process.stdout.readline()
        if not answer:
            _, why = self._process.communicate(timeout=END_TIMEOUT_S)
            raise RuntimeError(f"the virtual phone broke at {line.split()[0][:40]!r}:\n{why}")
        return int(answer)
