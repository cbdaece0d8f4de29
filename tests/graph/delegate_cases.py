"""Operators in many forms, to ask the real runtime which of them XNNPACK takes."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from tests.graph.build import TensorPlan, constant, numbers, tensor
from tests.graph.delegate_case import SHAPE, Case, case_of, of
from tests.graph.delegate_layers import layers, pools
from tests.graph.delegate_movers import movers

# Types, to the kinds that LiteRT runs on them at all.
UNARY: Mapping[str, str] = {
    "float32 int8 int16 int32": "ABS NEG",
    "float32": "CEIL COS FLOOR ROUND RSQRT SIN SQRT SQUARE LOG_SOFTMAX",
    "float32 int8": "ELU",
    "float32 int8 int16": "EXP LOG",
    "float32 int8 uint8 int16": "GELU LEAKY_RELU RELU RELU6",
    "float32 int8 uint8": "HARD_SWISH LOGISTIC RELU_N1_TO_1 RELU_0_TO_1 TANH",
    "float32 int32": "SIGN ZEROS_LIKE",
    "float32 uint8": "SOFTMAX",
}
BINARY: Mapping[str, str] = {
    "float32 int8 uint8 int16 int32": "ADD SUB MUL DIV MAXIMUM MINIMUM",
    "float32 int8 int32": "SQUARED_DIFFERENCE",
    "float32": "POW ATAN2",
    "float32 int8 int16 int32": "FLOOR_DIV FLOOR_MOD",
}
ONE_VERSION = "CEIL ELU FLOOR HARD_SWISH NEG RELU_N1_TO_1 RELU_0_TO_1 ROUND SQUARE ZEROS_LIKE"
COMPARISONS = "EQUAL NOT_EQUAL LESS LESS_EQUAL GREATER GREATER_EQUAL"
REDUCTIONS = "MEAN SUM REDUCE_MAX REDUCE_MIN REDUCE_PROD"


def cases() -> tuple[Case, ...]:
    """Every form."""
    families = (_elementwise, _reductions, movers, layers, pools, _types)
    return tuple(case for family in families for case in family())


def _each(table: Mapping[str, str]) -> Iterator[tuple[str, list[str]]]:
    for types, kinds in table.items():
        for kind in kinds.split():
            yield kind, types.split()


# fmt: off
def _elementwise() -> Iterator[Case]:
    tables: dict[str, dict[str, Any]] = {
        "SOFTMAX": {"table": "SoftmaxOptions", "beta": 1.0},
        "LEAKY_RELU": {"table": "LeakyReluOptions", "alpha": 0.5},
    }
    for kind, types in _each(UNARY):
        for dtype in types:
            version = 1 if kind in ONE_VERSION.split() else 2
            yield case_of(dtype, kind, of(dtype), of(dtype), version=version, **tables.get(kind, {}))
    yield case_of("beta 2", "SOFTMAX", of("float32"), of("float32"), table="SoftmaxOptions", beta=2.0)
    yield from _of_two()


def _of_two() -> Iterator[Case]:
    for kind, types in _each(BINARY):
        table = {"ADD": "AddOptions", "SUB": "SubOptions", "MUL": "MulOptions", "DIV": "DivOptions"}.get(kind, "")
        for dtype in types:
            version = 2 if dtype != "float32" else 1
            # Random integers hold zeros, and dividing by one ends an inference.
            divides = dtype != "float32" and kind in ("DIV", "FLOOR_DIV", "FLOOR_MOD")
            scales = of(dtype).scales
            second = constant(*SHAPE, dtype=dtype, scales=scales) if divides else of(dtype)
            yield case_of(dtype, kind, of(dtype), second, of(dtype), table=table, version=version)
        if kind != "ATAN2":
            yield case_of("by a constant", kind, of("float32"), constant(8), of("float32"), table=table)
        yield case_of("spread", kind, of("float32"), of("float32", (1, 1, 1, 8)), of("float32"), table=table)
    for fused, name in enumerate(("NONE", "RELU", "RELU_N1_TO_1", "RELU6", "TANH", "SIGN_BIT")):
        for kind, table in (("ADD", "AddOptions"), ("MUL", "MulOptions")):
            yield case_of(
                f"with {name}",
                kind,
                of("float32"),
                of("float32"),
                of("float32"),
                table=table,
                fusedActivationFunction=fused,
            )
    for kind in COMPARISONS.split():
        yield case_of("float32", kind, of("float32"), of("float32"), tensor(*SHAPE, dtype="bool"))
    yield case_of("per channel", "PRELU", of("float32"), constant(1, 1, 8), of("float32"))
    yield case_of("slope computed", "PRELU", of("float32"), tensor(1, 1, 8), of("float32"))
    yield case_of("three", "ADD_N", *[of("float32")] * 4, table="AddNOptions")
    yield case_of("float32", "SELECT", tensor(*SHAPE, dtype="bool"), *[of("float32")] * 3)
    yield case_of("float32", "SELECT_V2", tensor(*SHAPE, dtype="bool"), *[of("float32")] * 3, table="SelectV2Options")


def _reductions() -> Iterator[Case]:
    for kind in REDUCTIONS.split():
        for dtype in ("float32", "int8", "int32"):
            for axes in ((1, 2), (3,)):
                for keep in (False, True):
                    sizes = tuple(1 if axis in axes else n for axis, n in enumerate(SHAPE))
                    left = tuple(n for axis, n in enumerate(SHAPE) if axis not in axes)
                    yield case_of(
                        f"{dtype} over {axes} keep {keep}",
                        kind,
                        of(dtype),
                        numbers(*axes),
                        of(dtype, sizes if keep else left),
                        table="ReducerOptions",
                        keepDims=keep,
                        version=2,
                    )
    yield case_of(
        "float32",
        "ARG_MAX",
        of("float32"),
        numbers(3, shape=(1,)),
        tensor(1, 4, 4, dtype="int64"),
        table="ArgMaxOptions",
        outputType=4,
    )
    yield case_of(
        "float32", "TOPK_V2", tensor(1, 8), numbers(2, shape=(1,)), tensor(1, 2), tensor(1, 2, dtype="int32"), made=2
    )
    yield case_of("float32", "CUMSUM", of("float32"), numbers(3, shape=(1,)), of("float32"), table="CumsumOptions")
    yield case_of("float32", "L2_NORMALIZATION", of("float32"), of("float32"), table="L2NormOptions")


def _types() -> Iterator[Case]:
    yield case_of(
        "float32 to int32",
        "CAST",
        of("float32"),
        tensor(*SHAPE, dtype="int32"),
        table="CastOptions",
        inDataType=0,
        outDataType=2,
    )
    yield case_of(
        "int32 to float32",
        "CAST",
        tensor(*SHAPE, dtype="int32"),
        of("float32"),
        table="CastOptions",
        inDataType=2,
        outDataType=0,
    )
    yield case_of("float32 to int8", "QUANTIZE", of("float32"), of("int8"))
    yield case_of("float32 to uint8", "QUANTIZE", of("float32"), of("uint8"))
    yield case_of("float32 to int16", "QUANTIZE", of("float32"), of("int16"), version=2)
    yield case_of("int8 to int8", "QUANTIZE", of("int8"), tensor(*SHAPE, dtype="int8", scales=(0.5,)), version=2)
    yield case_of("int8 to uint8", "QUANTIZE", of("int8"), of("uint8"), version=2)
    yield case_of("int8", "DEQUANTIZE", of("int8"), of("float32"), version=2)
    yield case_of("uint8", "DEQUANTIZE", of("uint8"), of("float32"))
    yield case_of("int16", "DEQUANTIZE", of("int16"), of("float32"), version=3)
    yield case_of("float16", "DEQUANTIZE", tensor(*SHAPE, dtype="float16"), of("float32"), version=3)
    yield case_of(
        "float32", "FILL", numbers(*SHAPE), TensorPlan(shape=(), data=np.ones(1, "<f4").tobytes()), of("float32")
    )
