"""What is said of XNNPACK against the runtime itself."""

import json
import platform
import subprocess
from pathlib import Path

import pytest

from ghostbench.core.plan import RunSettings
from ghostbench.engine.litert import local_runtime, run_options
from ghostbench.graph.delegation import delegation
from tests.graph.build import model, op, subgraph, tensor
from tests.graph.delegate_case import combined
from tests.graph.delegate_cases import cases
from tests.graph.reading import graph_of

SETTINGS = RunSettings(
    warmup_min_runs=0,
    warmup_min_ms=0,
    warmup_max_ms=1,
    min_runs=1,
    min_ms=1,
    max_ms=100,
    probe_ms=0,
)


def run_by_litert(path: Path) -> set[int]:
    """The operators that the runtime leaves to LiteRT, as its profiler says."""
    runtime = local_runtime()
    files = ["--library", str(runtime.library), "--model", str(path), "--profile", "1"]
    done = subprocess.run(
        [str(runtime.runner), *files, *run_options(SETTINGS)],
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    events = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0, events[-1]
    return {e["place"] for e in events if e["type"] == "op" and e["level"] == "operator"}


@pytest.mark.skipif(platform.system() != "Linux", reason="the runner is for Linux")
def test_the_runtime_agrees_on_every_form_of_operator(tmp_path: Path) -> None:
    asked = cases()
    path = tmp_path / "all.tflite"
    path.write_bytes(combined(asked))
    divided = delegation(graph_of(path.read_bytes()))
    assert divided is not None
    really = run_by_litert(path)
    wrong = {asked[index].label for index in really ^ divided.own.keys()}
    assert wrong == set()
    assert 100 < len(really) < len(asked) - 100  # both answers are asked for


def test_a_graph_too_large_to_tell_is_left_alone() -> None:
    tensors = [tensor(1)] * 5002
    steps = [op("ABS", [number], [number + 1]) for number in range(5001)]
    assert delegation(graph_of(model(subgraph(tensors, steps)))) is None
