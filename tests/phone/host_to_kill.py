"""A computer that is switched off in the middle of a campaign: a program that kills copies of itself.

`python -m tests.phone.host_to_kill SERIAL` reads lines `WORKSPACE BOUNDARY DELAY_S RESUME` and answers each with a line
`STATUS BOUNDARIES`: how a campaign of its own process ended, and how many boundaries between steps it came to. A
boundary is each question to the adb server, and each touch of a file of the campaign, the journal or the claim:
Python tells an audit hook of them just before. At boundary number BOUNDARY the process is killed, or DELAY_S later,
in the middle of what it then does; none is killed at -1.
"""

import os
import signal
import sys
from pathlib import Path

import numpy as np

from ghostbench.bench import run as bench_run
from ghostbench.core.errors import GhostbenchError
from ghostbench.device import android, claim, doctor, session_settings
from ghostbench.engine import benchmark_model
from ghostbench.judging import judge
from ghostbench.store import campaign, records, results
from tests.phone.hurried import hurried, with_stub
from tests.phone.lab import Said, time_tiny

# Loaded here once and not by each copy.
LOADED = (
    np, bench_run, android, claim, doctor, session_settings, benchmark_model, judge, campaign, records, results
)  # fmt: skip
PADDING = 2**20
FILES = ("open", "os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.truncate", "fcntl.flock")


class Boundaries:
    """Counts them, and ends this process at one."""

    def __init__(self, folders: tuple[str, ...], port: int, *, last: int, delay_s: float) -> None:
        self.count = 0
        self._folders, self._port, self._last, self._delay_s = folders, port, last, delay_s

    def hook(self, event: str, arguments: tuple[object, ...]) -> None:
        """An audit hook."""
        if not self._is_one(event, arguments):
            return
        if self.count == self._last:
            self._end()
        self.count += 1

    def _is_one(self, event: str, arguments: tuple[object, ...]) -> bool:
        if event == "socket.connect":
            address = arguments[1]
            return isinstance(address, tuple) and address[1] == self._port
        if event == "fcntl.flock":
            return True
        return event in FILES and str(arguments[0]).startswith(self._folders)

    def _end(self) -> None:
        if self._delay_s:
            signal.setitimer(signal.ITIMER_REAL, self._delay_s)  # whose signal nobody handles
        else:
            os.kill(os.getpid(), signal.SIGKILL)


def measure(serial: str, workspace: Path, *, resume: bool) -> int:
    """A whole campaign; the exit status that the command would have."""
    try:
        outcome = time_tiny(
            with_stub(hurried(serial, workspace, resume=resume), padding=PADDING), Said()
        )
    except GhostbenchError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    return 1 if outcome.failures else 0


def live_and_die(serial: str, line: str) -> str:
    """One campaign in a process of its own."""
    workspace, last, delay_s, resume = line.split()
    reading, writing = os.pipe()
    if not (child := os.fork()):
        folders = (workspace, os.environ["GHOSTBENCH_STATE_DIR"])
        port = int(os.environ["ANDROID_ADB_SERVER_PORT"])
        boundaries = Boundaries(folders, port, last=int(last), delay_s=float(delay_s))
        sys.addaudithook(boundaries.hook)
        status = measure(serial, Path(workspace), resume=resume == "resume")
        os.write(writing, str(boundaries.count).encode())
        os._exit(status)
    os.close(writing)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    with os.fdopen(reading) as told:
        return f"{status} {told.read() or 0}"


if __name__ == "__main__":
    for line in sys.stdin:
        print(live_and_die(sys.argv[1], line), flush=True)
