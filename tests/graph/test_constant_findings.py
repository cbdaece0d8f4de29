from pathlib import Path

import numpy as np
import pytest

from ghostbench.core.errors import ModelFileError
from ghostbench.graph.constant_findings import find_in_constants
from ghostbench.graph.findings import Finding
from ghostbench.graph.reader import read_graph
from tests.graph.build import TensorPlan, constant, model, one_operator, op, subgraph, tensor
from tests.graph.hostile import one_constant_many_times
from tests.graph.seeds import SEEDS

FIXTURES = Path(__file__).parent.parent / "fixtures"
BITS = {  # the words of 1, NaN, infinity and the smallest number of each type
    "float16": ("<u2", 0x3C00, 0x7E00, 0xFC00, 0x0001),
    "bfloat16": ("<u2", 0x3F80, 0x7FC0, 0xFF80, 0x0001),
    "float32": ("<u4", 0x3F800000, 0x7FC00000, 0xFF800000, 0x00000001),
    "float64": ("<u8", 0x3FF0000000000000, 0x7FF8000000000000, 0xFFF0000000000000, 1),
    "float8_e5m2": ("<u1", 0x3C, 0x7E, 0xFC, 0x01),
}


def found(path: Path, content: bytes) -> dict[str, Finding]:
    path.write_bytes(content)
    return {finding.kind: finding for finding in find_in_constants(read_graph(path), path)}


def layer(weights: TensorPlan) -> bytes:
    return one_operator("FULLY_CONNECTED", tensor(1, 4), weights, tensor(1, 2))


@pytest.mark.parametrize("dtype", BITS)
def test_nan_and_infinity_are_found_in_every_floating_type(tmp_path: Path, dtype: str) -> None:
    word, one, nan, infinity, smallest = BITS[dtype]
    data = np.array([one, nan, nan, infinity, smallest, one, 0, one], word).tobytes()
    findings = found(tmp_path / "m.tflite", layer(constant(2, 4, dtype=dtype, data=data)))
    assert findings["nan"].message.startswith("2 x NaN among the constants")
    assert findings["infinite"].message.startswith("1 x infinity among the constants")
    assert ("subnormal" in findings) == (dtype in ("float32", "float64"))
    assert findings["nan"].operators == (0,)


@pytest.mark.parametrize("position", [0, 2**20 - 1, 2**20, 3 * 2**20 - 1])
def test_a_nan_is_found_wherever_it_hides(tmp_path: Path, position: int) -> None:
    values = np.ones((3, 2**20), "float32")
    values.flat[position] = np.nan
    content = one_operator(
        "FULLY_CONNECTED", tensor(1, 2**20), constant(3, 2**20, data=values.tobytes()), tensor(1, 3)
    )
    assert set(found(tmp_path / "m.tflite", content)) == {"nan"}


def test_good_constants_give_no_findings(tmp_path: Path) -> None:
    for name in ("tiny_conv", "tiny_int8", "tiny_dynamic"):
        path = FIXTURES / f"{name}.tflite"
        assert find_in_constants(read_graph(path), path) == ()


@pytest.mark.parametrize("dtype", ["float32", "float16", "int8", "int4"])
def test_weights_that_are_all_zero_are_found(tmp_path: Path, dtype: str) -> None:
    size = {"float32": 4, "float16": 2, "int8": 1, "int4": 0.5}[dtype]
    zeros = constant(2, 4, dtype=dtype, data=bytes(int(8 * size)))
    assert set(found(tmp_path / "m.tflite", layer(zeros))) == {"all-zero"}


def test_a_bias_of_zeros_is_usual(tmp_path: Path) -> None:
    parts = tensor(1, 4), constant(2, 4), constant(2, data=bytes(8)), tensor(1, 2)
    assert found(tmp_path / "m.tflite", one_operator("FULLY_CONNECTED", *parts)) == {}


@pytest.mark.parametrize("scale", [0.0, -1.0, float("nan"), float("inf")])
def test_a_scale_that_is_not_a_positive_number_is_found(tmp_path: Path, scale: float) -> None:
    weights = constant(2, 4, dtype="int8", scales=(0.5, scale))
    assert set(found(tmp_path / "m.tflite", layer(weights))) == {"bad-scale"}


def test_shared_constants_are_looked_at_once(tmp_path: Path) -> None:
    nan = np.full((2, 4), np.nan, "float32").tobytes()
    tensors = [tensor(1, 4), *[constant(2, 4, data=nan, share="w")] * 3, tensor(1, 2)]
    steps = [op("FULLY_CONNECTED", [0, number], [4]) for number in (1, 2, 3)]
    findings = found(tmp_path / "m.tflite", model(subgraph(tensors, steps)))
    assert findings["nan"].message.startswith("8 x NaN")


def test_constants_that_overlap_are_not_all_looked_at_and_that_is_told(tmp_path: Path) -> None:
    findings = found(tmp_path / "m.tflite", one_constant_many_times(3000, 400_000))
    assert "overlapping-constants" in findings


def test_constants_in_another_file_are_left_alone(tmp_path: Path) -> None:
    assert "nan" not in found(tmp_path / "m.tflite", SEEDS["odd_types"])


def test_a_file_that_changed_since_it_was_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "m.tflite"
    path.write_bytes(SEEDS["convolutions"])
    graph = read_graph(path)
    path.write_bytes(SEEDS["odd_types"])
    with pytest.raises(ModelFileError, match="this file changed while it was being read"):
        find_in_constants(graph, path)
