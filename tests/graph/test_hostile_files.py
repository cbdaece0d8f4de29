"""Whatever a file holds, inspecting it ends soon with a value or one clear line."""

import json
import random
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ghostbench.core.errors import ModelFileError
from ghostbench.graph.flatbuffer import Allowance, Damaged
from ghostbench.workflows.inspect import as_record, inspect
from tests.graph import hostile
from tests.graph.build import model, op, subgraph, tensor
from tests.graph.mutations import EXTREMES, mutate
from tests.graph.seeds import SEEDS

ROOT = Path(__file__).parent.parent.parent
FIXTURES = ROOT / "tests" / "fixtures"
SOURCES = [*SEEDS.values(), *(path.read_bytes() for path in sorted(FIXTURES.glob("*.tflite")))]
# Of processor time; an inspection of a small file takes a few milliseconds.
LONGEST_S = 5.0
MOST_BYTES = 10 * 2**20


def outcome(path: Path, content: bytes) -> str:
    """The record as JSON, or the one line that says why there is none."""
    path.write_bytes(content)
    started = time.process_time()
    try:
        told = json.dumps(as_record(inspect(path)))
    except ModelFileError as error:
        told = error.reason
    assert told.startswith("{") or (len(told) < 300 and "\n" not in told)
    assert time.process_time() - started < LONGEST_S
    return told


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("hostile") / "model.tflite"


@given(seed=st.integers(0, 2**64), source=st.sampled_from(SOURCES))
@settings(max_examples=400, deadline=None)
def test_a_file_damaged_at_random_gives_a_value_or_one_clear_line(
    path: Path, seed: int, source: bytes
) -> None:
    outcome(path, mutate(random.Random(seed), source))


@given(content=st.binary(max_size=300))
@settings(max_examples=200, deadline=None)
def test_random_bytes_behind_the_identifier_do_too(path: Path, content: bytes) -> None:
    outcome(path, content[:4].ljust(4, b"\x10") + b"TFL3" + content[4:])


def test_a_file_cut_at_any_length_does_too(path: Path) -> None:
    content = model(subgraph([tensor(1, 4, name="in"), tensor(1, 4)], [op("RELU", [0], [1])]))
    refused = [
        outcome(path, content[:length]).startswith("this file is") for length in range(len(content))
    ]
    # The last bytes may be padding of what was written first; before them nothing can be missing.
    assert all(refused[: len(content) - 8])


@pytest.mark.parametrize("name", SEEDS)
def test_every_word_may_hold_an_extreme_value(path: Path, name: str) -> None:
    sound, chance = SEEDS[name], random.Random(name)
    for at in range(0, len(sound) - 3, 4):
        value = chance.choice(EXTREMES)
        outcome(path, sound[:at] + (value & 0xFFFFFFFF).to_bytes(4, "little") + sound[at + 4 :])


AMPLIFIERS: dict[str, Callable[[], bytes]] = {
    "tensors": lambda: hostile.one_tensor_many_times(50_000, 60),
    "bare tensors": lambda: hostile.one_tensor_many_times(8_000, 0),
    "operators": lambda: hostile.one_operator_many_times(50_000, 4000),
    "bare operators": lambda: hostile.one_operator_many_times(4_000, 0),
    "pads": lambda: hostile.one_operator_many_times(4_000, 1, 34),
    "dequantising": lambda: hostile.one_operator_many_times(4_000, 1, 6),
    "activations": lambda: hostile.one_operator_many_times(4_000, 1, 19),
    "subgraphs": lambda: hostile.one_subgraph_many_times(500, 500),
    "constants": lambda: hostile.one_constant_many_times(1000, 400_000),
    "calls": lambda: hostile.doubling(300, 5),
    "names": lambda: hostile.one_long_name_many_times(100_000, 100_000),
}


@pytest.mark.parametrize("name", AMPLIFIERS)
def test_a_small_file_cannot_ask_for_much_time_or_memory(path: Path, name: str) -> None:
    content = AMPLIFIERS[name]()
    assert len(content) < 1_000_000
    tracemalloc.start()
    try:
        outcome(path, content)
        assert tracemalloc.get_traced_memory()[1] < MOST_BYTES
    finally:
        tracemalloc.stop()


def test_more_parts_than_any_model_has_are_refused() -> None:
    allowance = Allowance(bytes=100, tables=2)
    allowance.spend_table(4)
    allowance.spend_table(4)
    with pytest.raises(Damaged, match="refused: it has more than 500,000 parts; no real model has"):
        allowance.spend_table(4)


def test_the_long_fuzzer_runs_within_its_memory() -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "tools" / "fuzz_graph.py"), "--seconds", "2", "--limit-mb", "64"],
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "FAILED" not in done.stdout
