"""Which quantisation a file has is read from the file."""

from pathlib import Path

import pytest

from ghostbench.core.artifact import Quantization
from ghostbench.graph.quantization import quantization_of
from ghostbench.graph.reader import read_graph
from tests.graph.build import TensorPlan, constant, model, op, subgraph, tensor

CONV, DEPTHWISE = "CONV_2D", "DEPTHWISE_CONV_2D"


def found(folder: Path, kind: str, weights: TensorPlan, data: str = "int8") -> Quantization | None:
    """Of one operator between a tensor and the next, and an ADD in floats after it."""
    scales = (0.1,) if data == "int8" else ()
    tensors = [
        tensor(1, 4, 4, 3, dtype=data, scales=scales),
        weights,
        tensor(1, 4, 4, 8, dtype=data, scales=scales, name="conv"),
        tensor(1, 4, 4, 8, name="wide"),
        tensor(1, 4, 4, 8, name="sum"),
    ]
    steps = [op(kind, [0, 1], [2]), op("DEQUANTIZE", [2], [3]), op("ADD", [3, 3], [4])]
    path = folder / "m.tflite"
    path.write_bytes(model(subgraph(tensors, steps)))
    return quantization_of(read_graph(path))


def int8(*shape: int, scales: int, axis: int = 0) -> TensorPlan:
    return constant(*shape, dtype="int8", scales=(0.5,) * scales, axis=axis)


@pytest.mark.parametrize(
    ("kind", "weights", "per_channel"),
    [
        (CONV, int8(8, 1, 1, 3, scales=8), 1),
        (CONV, int8(8, 1, 1, 3, scales=1), 0),
        (CONV, int8(8, 1, 1, 3, scales=3, axis=3), 1),  # along its inputs, but one for each
        (CONV, int8(8, 1, 1, 3, scales=4), 0),  # too few
        (CONV, int8(1, 1, 1, 3, scales=1), 1),  # there is only one channel
        (DEPTHWISE, int8(1, 3, 3, 8, scales=8, axis=3), 1),
        (DEPTHWISE, int8(1, 3, 3, 8, scales=1, axis=3), 0),
    ],
)
def test_scales_are_counted_in_the_file(
    tmp_path: Path, kind: str, weights: TensorPlan, per_channel: int
) -> None:
    told = found(tmp_path, kind, weights)

    assert told is not None
    assert (told.per_channel, told.per_tensor) == (per_channel, 1 - per_channel)


def test_layers_in_floats_are_named_where_the_data_are_whole_numbers(tmp_path: Path) -> None:
    told = found(tmp_path, CONV, int8(8, 1, 1, 3, scales=8))

    assert told is not None
    assert told.float_layers == ("2 ADD sum",)
    assert (told.takes, told.gives) == ("int8", "float32")


def test_of_a_file_with_float_data_only_layers_with_float_weights_are_named(tmp_path: Path) -> None:
    told = found(tmp_path, CONV, int8(8, 1, 1, 3, scales=8), data="float32")

    assert told is not None
    assert told.float_layers == ()


def test_a_file_in_floats_has_no_quantisation(tmp_path: Path) -> None:
    assert found(tmp_path, CONV, constant(8, 1, 1, 3), data="float32") is None
