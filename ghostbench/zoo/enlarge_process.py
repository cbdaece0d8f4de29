"""The scoring process as the search sees it: started when needed, replaced when it dies, ended with the search."""

import os
import selectors
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from ghostbench.core.errors import UsageError
from ghostbench.core.model_spec import ModelSpec
from ghostbench.core.strict import from_json, to_json
from ghostbench.zoo.enlarge_messages import ScoreReport, ScoreRequest, ScoringSetup
from ghostbench.zoo.worker_process import BEYOND_MEMORY_STATUS, worker_environment

COMMAND = (sys.executable, "-P", "-m", "ghostbench.zoo.enlarge_worker")
# Importing TensorFlow on a slow and busy machine.
_START_S = 300.0
_END_S = 10.0
_READ_AT_ONCE_BYTES = 1 << 16


class ScoringProcess:
    """Scores one network after the other. A context manager: leaving it ends the process."""

    def __init__(
        self,
        setup: ScoringSetup,
        *,
        threads: int,
        timeout_s: float,
        command: Sequence[str] = COMMAND,
    ) -> None:
        self._setup, self._timeout_s = setup, timeout_s
        self._command = (*command, str(threads))
        self._child: subprocess.Popen[bytes] | None = None
        self._home = tempfile.TemporaryDirectory(prefix="ghostbench-scoring-")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._end()
        self._home.cleanup()

    def check(self) -> None:
        """Start it, if it is not there. Raises UsageError for a score function that is not there."""
        if self._child is not None:
            return
        home = Path(self._home.name)
        with (home / "log").open("ab") as log:
            self._child = subprocess.Popen(
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                env={**os.environ, **worker_environment(home)},
                start_new_session=True,  # Ctrl-C is for the search, which ends this
                bufsize=0,
            )
        report = self._ask(to_json(self._setup), _START_S)
        if report.failure is not None:
            self._end()
            raise UsageError(report.failure)

    def score(self, spec: ModelSpec) -> ScoreReport:
        """What the function says of a network. What kills the process fails this network alone."""
        self.check()
        return self._ask(to_json(ScoreRequest(spec=spec)), self._timeout_s)

    def _ask(self, line: bytes, timeout_s: float) -> ScoreReport:
        child = self._child
        assert child is not None
        assert child.stdin is not None
        rest = line + b"\n"
        try:
            while rest:
                rest = rest[child.stdin.write(rest) :]
        except BrokenPipeError:
            return self._lost()
        answer = self._read_line(time.monotonic() + timeout_s)
        if answer is None:
            self._end()
            return ScoreReport(failure=f"scoring it did not end within {timeout_s:g} s")
        return from_json(answer, ScoreReport) if answer else self._lost()

    def _read_line(self, deadline_s: float) -> bytes | None:
        """One line; nothing when the process has ended, None when time is up."""
        assert self._child is not None
        assert self._child.stdout is not None
        read = b""
        with selectors.DefaultSelector() as selector:
            selector.register(self._child.stdout, selectors.EVENT_READ)
            while not read.endswith(b"\n"):
                if not selector.select(max(0.0, deadline_s - time.monotonic())):
                    return None
                chunk = os.read(self._child.stdout.fileno(), _READ_AT_ONCE_BYTES)
                if not chunk:
                    return b""
                read += chunk
        return read

    def _lost(self) -> ScoreReport:
        assert self._child is not None
        status = self._child.wait(_END_S)
        log = (Path(self._home.name) / "log").read_text(encoding="utf-8", errors="replace")
        self._end()
        if status == BEYOND_MEMORY_STATUS:
            return ScoreReport(failure="scoring it took more memory than it may")
        last = (log.strip().splitlines() or ["it said nothing"])[-1]
        return ScoreReport(failure=f"the scoring process ended with status {status}: {last}")

    def _end(self) -> None:
        child, self._child = self._child, None
        if child is None:
            return
        child.kill()
        child.wait(_END_S)
        for pipe in (child.stdin, child.stdout):
            if pipe is not None:
                pipe.close()
