"""A worker as the main process sees it: a child process, a pipe in each direction, a log."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from ghostbench.core.strict import from_json, to_json
from ghostbench.zoo.build_messages import NetworkJob, Report
from ghostbench.zoo.capacity import available_memory_bytes
from ghostbench.zoo.recipe import Recipe

_PACKAGE_PARENT = Path(__file__).resolve().parents[2]
_SHOWN_LOG_BYTES = 4000
_READ_AT_ONCE_BYTES = 1 << 16
# How long a worker that was told to end may take; it ends at once unless the machine is starved.
_END_S = 10.0
# How a worker ends that held more memory than it may.
BEYOND_MEMORY_STATUS = 76
MEMORY_VARIABLE = "GHOSTBENCH_BUILD_MEMORY_GB"
# More than any network of the zoo takes, and what a machine with less can give.
_MOST_MEMORY_BYTES = 16_000_000_000
_MEMORY_SHARE = 0.9

# Safe path: nothing of the folder the user stands in is imported by accident.
COMMAND = (sys.executable, "-P", "-m", "ghostbench.zoo.worker")


class WorkerProcess:
    """A running worker, and what it is working on."""

    def __init__(self, log: Path, threads: int, command: Sequence[str] = COMMAND) -> None:
        self._log = log
        self._log_start = 0
        self._unread = b""
        with log.open("ab") as stderr:
            self._child = subprocess.Popen(
                [*command, str(threads)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=stderr,
                env={**os.environ, **worker_environment(log.parent)},
                start_new_session=True,  # Ctrl-C is for the main process, which ends the workers
                bufsize=0,
            )
        self.job: NetworkJob | None = None
        self.left: list[Recipe] = []  # of the job, in order; the first one is being built
        self.deadline_s = 0.0

    def fileno(self) -> int:
        """Of the pipe with its reports."""
        assert self._child.stdout is not None
        return self._child.stdout.fileno()

    def begin(self, job: NetworkJob) -> None:
        """Hand over a job. If the worker is dead, that shows when its reports are read."""
        assert self._child.stdin is not None
        self.job, self.left = job, list(job.recipes)
        self._log_start = self._log.stat().st_size
        line = to_json(job) + b"\n"
        try:
            while line:
                line = line[self._child.stdin.write(line) :]
        except BrokenPipeError:
            return

    def give_time(self, timeout_s: float) -> None:
        """Let the file that is being built take that long from now."""
        self.deadline_s = time.monotonic() + timeout_s

    def read(self) -> list[Report] | None:
        """What it reports; None when it has ended. Waits when there is nothing."""
        chunk = os.read(self.fileno(), _READ_AT_ONCE_BYTES)
        if not chunk:
            return None
        *lines, self._unread = (self._unread + chunk).split(b"\n")
        return [from_json(line, Report) for line in lines]

    def log_tail(self) -> str:
        """The end of what was printed since the job began."""
        with self._log.open("rb") as stream:
            size = stream.seek(0, os.SEEK_END)
            stream.seek(max(self._log_start, size - _SHOWN_LOG_BYTES))
            return stream.read().decode(errors="replace").strip()

    def ending(self) -> tuple[str, bool]:
        """How it ended, for the user, and whether it was ended from outside."""
        status = self._child.wait(_END_S)
        if status == -signal.SIGKILL:
            return (
                "the process that built it was killed, most likely because memory ran out; "
                "build with fewer workers, or free memory"
            ), True
        if status == BEYOND_MEMORY_STATUS:
            return (
                f"building it was stopped: it took more than the {memory_limit_bytes() / 1e9:.1f} GB it may; "
                f"free memory, build with fewer workers, or set {MEMORY_VARIABLE}"
            ), True
        if status < 0:
            name = signal.Signals(-status).name
            return f"the process that built it was ended by signal {name}", True
        return f"the process that built it ended with status {status}", False

    def kill(self) -> None:
        """End it now, whatever it is doing."""
        self._child.kill()
        self._child.wait(_END_S)
        for pipe in (self._child.stdin, self._child.stdout):
            if pipe is not None:
                pipe.close()


def memory_limit_bytes() -> int:
    """How much memory a worker may hold: what the user says, else most of what is free."""
    told = os.environ.get(MEMORY_VARIABLE, "")
    try:
        return int(float(told) * 1e9)
    except ValueError:
        return min(_MOST_MEMORY_BYTES, int(_MEMORY_SHARE * available_memory_bytes()))


def worker_environment(home: Path) -> Mapping[str, str]:
    """What a process that loads TensorFlow is started with; `home` is a folder for what Keras keeps."""
    paths = [str(_PACKAGE_PARENT), os.environ.get("PYTHONPATH", "")]
    return {
        "PYTHONPATH": os.pathsep.join(filter(None, paths)),
        "KERAS_BACKEND": "tensorflow",
        # Not the user's ~/.keras: its settings would change what is built.
        "KERAS_HOME": str(home),
        "TF_CPP_MIN_LOG_LEVEL": "2",
        # Converting needs no GPU; TensorFlow would take all its memory.
        "CUDA_VISIBLE_DEVICES": "-1",
        "PYTHONUNBUFFERED": "1",
    }
