import subprocess
from pathlib import Path

import pytest

from ghostbench.core.strict import to_json
from ghostbench.zoo.build_messages import NetworkJob
from ghostbench.zoo.worker_process import COMMAND
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
