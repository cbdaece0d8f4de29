import os
import sys
from pathlib import Path

import psutil
import pytest

from ghostbench.core.errors import ConversionError
from ghostbench.zoo.limited_process import Ended, run_limited


def run(
    code: str, log: Path, *, timeout_s: float = 60.0, memory_bytes: int = 4_000_000_000
) -> Ended:
    return run_limited(
        [sys.executable, "-c", code],
        what="it",
        log=log,
        environment=os.environ,
        timeout_s=timeout_s,
        memory_bytes=memory_bytes,
    )


def test_a_program_within_its_limits_ends_by_itself(tmp_path: Path) -> None:
    ended = run(
        "import time; print('here'); time.sleep(0.5); raise SystemExit(3)", tmp_path / "log"
    )
    assert ended.status == 3
    assert ended.peak_rss_bytes > 1_000_000
    assert (tmp_path / "log").read_text() == "here\n"


def test_a_program_that_takes_too_long_is_ended_with_its_children(tmp_path: Path) -> None:
    child = tmp_path / "child"
    code = (
        "import subprocess, sys, pathlib, time\n"
        "p = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
        f"pathlib.Path({str(child)!r}).write_text(str(p.pid))\n"
        "time.sleep(600)"
    )
    with pytest.raises(ConversionError, match="did not end within 5 s"):
        run(code, tmp_path / "log", timeout_s=5.0)
    gone = not psutil.pid_exists(pid := int(child.read_text()))
    assert gone or psutil.Process(pid).wait(10) is not None or not psutil.pid_exists(pid)


def test_a_program_that_takes_too_much_memory_is_ended(tmp_path: Path) -> None:
    code = "import time; held = bytearray(400_000_000); time.sleep(600)"
    with pytest.raises(ConversionError, match=r"more than the 0.2 GB it may"):
        run(code, tmp_path / "log", memory_bytes=200_000_000)
