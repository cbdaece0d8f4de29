"""How fast ghostbench brings files to a virtual phone, beside plain `adb push`, and where its time goes.

Run: python -m benchmarks.push_speed. The phone's own times mean nothing, and so does its share of comparing: this
machine does its hashing too.
"""

import hashlib
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

MEGABYTES = 64
TRIALS = 5


def main() -> None:
    """Measure and print."""
    from ghostbench.device.android import FILES, open_phone
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
        remote = FILES / "file"

        def ours() -> None:
            device.install(file)
            device.remove(FILES)

        def plain() -> None:
            server.adb("-s", phone.serial, "push", str(file), "/data/local/tmp/file")
            phone.shell("rm /data/local/tmp/file")

        def hash_here() -> None:
            with file.open("rb") as opened:
                hashlib.file_digest(opened, "sha256")

        def hash_there() -> None:
            device.phone.check(["sha256sum", str(remote)], step="hashing")

        print(f"a file of {MEGABYTES} MB, median of {TRIALS}, load {os.getloadavg()[0]:.1f}")
        _print("adb push, nothing compared", plain)
        _print("ghostbench, compared by SHA-256", ours)
        print("of which:")
        _print("  SHA-256 on this computer", hash_here)
        _print("  sending", lambda: device.phone.push(file, remote))
        _print("  SHA-256 on the phone", hash_there)
        print(
            "the rest is six short questions: what is there, free space, folder, name, and tidying up"
        )


def _print(name: str, act: Callable[[], None]) -> None:
    act()
    times = []
    for _ in range(TRIALS):
        begin = time.perf_counter()
        act()
        times.append(time.perf_counter() - begin)
    seconds = statistics.median(times)
    print(f"{name:34} {seconds:6.2f} s  {MEGABYTES / seconds:6.0f} MB/s")


if __name__ == "__main__":
    main()
