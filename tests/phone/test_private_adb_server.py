"""The tests' own adb server: it comes back when it died, and leaves nothing behind."""

import os
import time

from tests.virtual_phone.adb_server import AdbServer


def test_a_server_that_died_by_itself_is_started_again_and_no_pipe_to_it_stays_open(
    adb_server: AdbServer,
) -> None:
    port, before = adb_server.port, len(os.listdir("/proc/self/fd"))  # noqa: PTH208  pathlib opens one itself
    for _ in range(3):
        adb_server.adb("kill-server")
        deadline = time.monotonic() + 20.0
        while adb_server.is_running():
            assert time.monotonic() < deadline
            time.sleep(0.01)
        adb_server.ensure_running()
    assert adb_server.port == port
    assert len(os.listdir("/proc/self/fd")) == before  # noqa: PTH208
