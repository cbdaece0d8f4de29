"""The Python twin of the runner's inputs: the same bytes, for every type and distribution."""

import platform
import subprocess
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ghostbench.core.errors import UsageError
from ghostbench.core.plan import InputSettings, RunSettings
from ghostbench.core.runner_events import Tensor
from ghostbench.engine.inputs import make_input
from ghostbench.engine.litert import run_options
from ghostbench.engine.runner_binary import find_runner
from ghostbench.engine.runner_wire import read_events

FIXTURES = Path(__file__).resolve().parent.parent / "fixtures"
QUICK = RunSettings(
    warmup_min_ms=0, warmup_max_ms=0, warmup_min_runs=0, min_runs=1, min_ms=1, max_ms=50
)
MODELS = ("tiny_conv", "tiny_int8", "tiny_two_inputs", "tiny_dynamic", "tiny_types")
SETTINGS = (
    InputSettings(),
    InputSettings(seed=0, low=0.0, high=1.0),
    InputSettings(seed=2**62, low=-123.456, high=1e-3),
    InputSettings(low=-1e30, high=1e30),
    InputSettings(low=-1e-6, high=1e-6),
    InputSettings(low=0.25, high=0.25),
    InputSettings(low=-7e4, high=7e4),
    InputSettings(distribution="normal", seed=1),
    InputSettings(distribution="normal", seed=99991),
    InputSettings(distribution="zeros"),
)


def input_tensors(model: str, inputs: InputSettings) -> list[Tensor]:
    spec = find_spec("ai_edge_litert")
    assert spec is not None
    assert spec.origin is not None
    library = Path(spec.origin).parent / "libLiteRt.so"
    runner = str(find_runner(platform.machine()).path)
    files = ["--library", str(library), "--model", str(FIXTURES / f"{model}.tflite")]
    command = [runner, *files, *run_options(replace(QUICK, inputs=inputs))]
    result = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    events = read_events(result.stdout.splitlines())
    return [event for event in events if isinstance(event, Tensor) and event.role == "input"]


def fnv1a(content: bytes) -> str:
    value = 0xCBF29CE484222325
    for byte in content:
        value = (value ^ byte) * 0x100000001B3 % 2**64
    return f"{value:016x}"


@pytest.mark.parametrize("inputs", SETTINGS, ids=str)
@pytest.mark.parametrize("model", MODELS)
def test_the_runner_and_python_make_the_same_bytes(model: str, inputs: InputSettings) -> None:
    tensors = input_tensors(model, inputs)

    assert tensors
    for tensor in tensors:
        made = make_input(inputs, tensor.index, tensor.dtype, tensor.shape)
        assert made.nbytes == tensor.bytes
        assert fnv1a(made.tobytes()) == tensor.fnv1a, (tensor.name, tensor.dtype)


def test_every_type_the_runner_knows_is_among_them() -> None:
    dtypes = {tensor.dtype for model in MODELS for tensor in input_tensors(model, InputSettings())}

    assert dtypes >= {"float32", "float16", "int8", "uint8", "int16", "int32", "int64", "bool"}


@given(st.integers(0, 2**62), st.sampled_from(["float32", "float64", "float16"]))
def test_uniform_numbers_stay_within_their_bounds(seed: int, dtype: str) -> None:
    made = make_input(InputSettings(low=-0.5, high=2.0, seed=seed), 0, dtype, (50,))

    assert made.dtype == dtype
    assert -0.5 <= made.min() <= made.max() <= 2.0


def test_normal_numbers_have_mean_0_and_deviation_1() -> None:
    made = make_input(InputSettings(distribution="normal"), 0, "float32", (100_000,))

    assert float(made.mean()) == pytest.approx(0, abs=0.02)
    assert float(made.std()) == pytest.approx(1, abs=0.02)
    # The fourth moment of a sum of twelve uniform numbers is 2.9, that of the normal distribution 3.
    assert float((made**4).mean()) == pytest.approx(2.9, abs=0.1)


def test_inputs_seeds_and_positions_all_differ() -> None:
    made = [
        make_input(InputSettings(seed=seed), index, "float32", (1000,))
        for seed in (1, 2)
        for index in (0, 1)
    ]

    assert len(np.unique(np.concatenate(made))) > 3990


@given(st.sampled_from(["int8", "uint8", "int16", "int32", "int64", "bool", "float32"]))
def test_a_longer_input_begins_as_a_shorter_one(dtype: str) -> None:
    settings = InputSettings(seed=5)

    short = make_input(settings, 0, dtype, (10,))
    assert make_input(settings, 0, dtype, (2, 10)).ravel()[:10].tolist() == short.tolist()


def test_wide_integers_are_small_enough_for_an_embedding() -> None:
    for dtype in ("int32", "int64"):
        made = make_input(InputSettings(), 0, dtype, (10_000,))
        assert (made.min(), made.max()) == (0, 127)


def test_narrow_integers_fill_their_range() -> None:
    made = make_input(InputSettings(), 0, "int8", (10_000,))

    assert (made.min(), made.max()) == (-128, 127)


def test_a_file_gives_its_own_bytes(tmp_path: Path) -> None:
    content = np.arange(6, dtype=np.float32)
    file = tmp_path / "input"
    file.write_bytes(content.tobytes())
    settings = InputSettings(distribution="file", files=(str(file),))

    assert make_input(settings, 0, "float32", (2, 3)).tolist() == [[0, 1, 2], [3, 4, 5]]
    with pytest.raises(UsageError, match="exactly 16 bytes"):
        make_input(settings, 0, "float32", (4,))


def test_an_unknown_distribution_is_refused() -> None:
    with pytest.raises(UsageError, match="gamma"):
        make_input(InputSettings(distribution="gamma"), 0, "float32", (1,))
