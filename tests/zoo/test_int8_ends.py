"""What an int8 file takes and gives, and that it is what was asked for."""

from pathlib import Path

import pytest

from ghostbench.graph.parts import Graph
from ghostbench.graph.reader import read_graph
from ghostbench.zoo.gate_operators import operator_reasons
from ghostbench.zoo.int8_ends import end_reasons, without_ends
from tests.graph.build import model, op, subgraph, tensor
from tests.workflows.quantized_pair import in_floats, quantised


def graph_of(folder: Path, content: bytes) -> Graph:
    path = folder / "m.tflite"
    path.write_bytes(content)
    return read_graph(path)


@pytest.mark.parametrize("float_ends", [False, True])
def test_ends_that_were_asked_for_are_no_reason_and_others_are(
    tmp_path: Path, float_ends: bool
) -> None:
    graph = graph_of(tmp_path, quantised(float_ends=float_ends))
    asked, other = ("float", "int8") if float_ends else ("int8", "float")

    assert end_reasons(graph, asked) == []
    found, wanted = ("float32", "int8") if float_ends else ("int8", "float32")
    assert end_reasons(graph, other) == [
        f"its {side} is {found}, and {wanted} was asked for" for side in ("input", "output")
    ]


def test_of_a_file_without_int8_weights_that_is_told_elsewhere(tmp_path: Path) -> None:
    assert end_reasons(graph_of(tmp_path, in_floats()), "int8") == []


@pytest.mark.parametrize("float_ends", [False, True])
def test_the_ends_are_no_floats_within_the_network(tmp_path: Path, float_ends: bool) -> None:
    graph = graph_of(tmp_path, quantised(float_ends=float_ends))

    assert operator_reasons(graph, "int8") == []


def test_floats_between_the_ends_are_told(tmp_path: Path) -> None:
    whole = tensor(1, 4, dtype="int8", scales=(0.1,))
    tensors = [tensor(1, 4), whole, tensor(1, 4), tensor(1, 4), whole, tensor(1, 4)]
    steps = [
        op("QUANTIZE", [0], [1]), op("DEQUANTIZE", [1], [2]), op("ADD", [2, 2], [3]),
        op("QUANTIZE", [3], [4]), op("DEQUANTIZE", [4], [5]),
    ]  # fmt: skip
    graph = graph_of(tmp_path, model(subgraph(tensors, steps)))

    assert [o.index for o in without_ends(graph.main)] == [1, 2, 3]
    assert operator_reasons(graph, "int8") == [
        "int8 has no place for 1 DEQUANTIZE",
        "3 operators still work on floats",
    ]
