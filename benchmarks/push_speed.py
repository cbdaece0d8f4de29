"""How fast ghostbench brings files to a virtual phone, beside plain `adb push`; and how soon the first sample comes.

Run: python -m benchmarks.push_speed. The phone's own times mean nothing; what is compared here is the host's side.
"""

import hashlib
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path

MEGABYTES = 64
TRIALS = 5


def main() -> None:
    from ghostbench.device.android import FILES, open_phone
    from tests.phone.lab import how, records_in, time_tiny
    from tests.virtual_phone.adb_server import AdbServer
    from tests.virtual_phone.phone import VirtualPhone

    server = AdbServer()
    server.ensure_running()
    with ExitStack() as undo:
        undo.callback(server.end)
        workspace = Path(undo.enter_context(tempfile.TemporaryDirectory()))
        os.environ.update(server.environment)
        os.environ["GHOSTBENCH_STATE_DIR"] = str(workspace / "state")
        phone = undo.enter_context(VirtualPhone(server))
        phone.connect()
        file = workspace / "file"
        file.write_bytes(os.urandom(MEGABYTES * 10**6))
        device = open_phone(phone.serial)

        def ours() -> None:
            device.install(file)
            device.remove(FILES)

        def plain() -> None:
            server.adb("-s", phone.serial, "push", str(file), "/data/local/tmp/file")
            phone.shell("rm /data/local/tmp/file")

        def plain_and_verified() -> None:
            server.adb("-s", phone.serial, "push", str(file), "/data/local/tmp/file")
            with file.open("rb") as opened:
                hashlib.file_digest(opened, "sha256")
            phone.shell("sha256sum /data/local/tmp/file; rm /data/local/tmp/file")

        for name, act in (
            ("adb push", plain),
            ("adb push, and SHA-256 on both sides", plain_and_verified),
            ("ghostbench (SHA-256 on both sides)", ours),
        ):
            seconds = _typical(act)
            print(f"{name:40} {seconds:6.2f} s  {MEGABYTES / seconds:6.0f} MB/s")

        time_tiny(how(phone, workspace / "first"))  # pushes everything
        begin = time.time()
        time_tiny(how(phone, workspace / "second"))
        record = records_in(workspace / "second")[0]
        started = datetime.fromisoformat(record.started_at).timestamp()
        assert record.measurement is not None
        first_ns = record.measurement.samples.started_ns[0]
        print(f"start to first block, all pushed, in a running Python: {started - begin:.2f} s")
        print(f"runner's start to its first sample, emulated: {first_ns / 1e9:.2f} s")


def _typical(act: Callable[[], None]) -> float:
    act()
    times = []
    for _ in range(TRIALS):
        begin = time.perf_counter()
        act()
        times.append(time.perf_counter() - begin)
    return statistics.median(times)


if __name__ == "__main__":
    main()
