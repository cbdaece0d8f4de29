"""What the converter makes of every architecture: operators that a good graph has, and no others."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from ghostbench.zoo import weights

pytestmark = pytest.mark.tensorflow

# At 64 pixels the operators are those of 224, and the conversion is faster.
OPERATORS = {
    "ghostnet-1.0x": {
        "CONV_2D": 54,
        "DEPTHWISE_CONV_2D": 41,
        "CONCATENATION": 32,
        "ADD": 16,
        "MUL": 14,  # 7 by the gates, 7 for the 1/6 of the hard sigmoid
        "MEAN": 8,
        "FULLY_CONNECTED": 1,
    },
    "ghostnet-tf-1.0x": {
        "CONV_2D": 54,
        "DEPTHWISE_CONV_2D": 41,
        "CONCATENATION": 32,
        "ADD": 16,
        "MUL": 7,
        "MINIMUM": 7,
        "MEAN": 8,
        "FULLY_CONNECTED": 1,
    },
    "mobilenetv1-0.5x": {
        "CONV_2D": 14,
        "DEPTHWISE_CONV_2D": 13,
        "MEAN": 1,
        "FULLY_CONNECTED": 1,
    },
    "mobilenetv2-0.35x": {
        "CONV_2D": 35,
        "DEPTHWISE_CONV_2D": 17,
        "ADD": 10,
        "MEAN": 1,
        "FULLY_CONNECTED": 1,
    },
    "mobilenetv3-large-1.0x": {
        "CONV_2D": 48,
        "DEPTHWISE_CONV_2D": 15,
        "HARD_SWISH": 21,
        "ADD": 10,
        "MUL": 16,
        "MEAN": 9,
        "FULLY_CONNECTED": 1,
    },
    "mobilenetv3-small-0.75x": {
        "CONV_2D": 42,
        "DEPTHWISE_CONV_2D": 11,
        "HARD_SWISH": 19,
        "ADD": 6,
        "MUL": 18,
        "MEAN": 10,
        "FULLY_CONNECTED": 1,
    },
    "efficientnet-b0": {
        "CONV_2D": 65,
        "DEPTHWISE_CONV_2D": 16,
        "LOGISTIC": 65,
        "ADD": 9,
        "MUL": 65,
        "MEAN": 17,
        "FULLY_CONNECTED": 1,
    },
    "resnet50": {
        "CONV_2D": 53,
        "ADD": 16,
        "MAX_POOL_2D": 1,
        "MEAN": 1,
        "FULLY_CONNECTED": 1,
    },
}


def operators(network: Any) -> Counter[str]:
    from ai_edge_litert import schema_py_generated as schema

    from ghostbench.zoo.keras_to_tflite import convert_network, trace_network

    content = convert_network(trace_network(network), "fp32", list)
    model = schema.ModelT.InitFromObj(schema.Model.GetRootAs(content, 0))
    names = {
        number: name for name, number in vars(schema.BuiltinOperator).items() if name.isupper()
    }
    (graph,) = model.subgraphs
    kinds = [model.operatorCodes[operator.opcodeIndex] for operator in graph.operators]
    return Counter(names[max(kind.builtinCode, kind.deprecatedBuiltinCode)] for kind in kinds)


@pytest.mark.parametrize(("name", "expected"), OPERATORS.items(), ids=OPERATORS)
def test_the_converted_graph_holds_these_operators_and_no_others(
    name: str, expected: dict[str, int], network: Callable[[str], Any]
) -> None:
    built = network(f"{name}:input_px=64")
    weights.randomise(built, 0)  # Keras' initial ones would let the converter drop whole operators
    assert dict(operators(built)) == expected
