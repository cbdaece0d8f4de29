import os
import subprocess
from pathlib import Path

import pytest

from ghostbench.core.strict import to_json
from ghostbench.zoo.build_messages import NetworkJob
from ghostbench.zoo.worker_process import BEYOND_MEMORY_STATUS, COMMAND, MEMORY_VARIABLE
from tests.zoo.recipes import recipe

pytestmark = pytest.mark.tensorflow


def test_a_worker_ends_when_nobody_waits_for_it_any_more(tmp_path: Path) -> None:
    job = NetworkJob(
        recipes=(recipe(input_px=512),) * 50, folder=tmp_path, scratch=tmp_path / "scratch"
    )
    worker = subprocess.Popen(
        [*COMMAND, "1"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    worker.communicate(
        to_json(job) + b"\n", timeout=60
    )  # and close stdin, as a killed process does
    assert worker.returncode == 0
    assert list(tmp_path.iterdir()) == []


def test_a_worker_that_takes_more_memory_than_it_may_ends_itself(tmp_path: Path) -> None:
    worker = subprocess.Popen(
        [*COMMAND, "1"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, MEMORY_VARIABLE: "0.05"},
    )
    assert worker.wait(60) == BEYOND_MEMORY_STATUS
    for pipe in (worker.stdin, worker.stdout):
        assert pipe is not None
        pipe.close()
