"""Layers and pools in many forms."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from tests.graph.build import TensorPlan, constant, numbers, tensor
from tests.graph.delegate_case import Case, case_of, of


# fmt: off
def layer(
    kind: str,
    label: str,
    weights: TensorPlan,
    made: TensorPlan,
    *,
    given: TensorPlan | None = None,
    bias: TensorPlan | None = None,
    version: int = 1,
    **options: Any,
) -> Case:
    first = given or of("float32")
    table = {"CONV_2D": "Conv2DOptions", "DEPTHWISE_CONV_2D": "DepthwiseConv2DOptions"}.get(
        kind, "FullyConnectedOptions"
    )
    strides = {} if kind == "FULLY_CONNECTED" else {"strideW": 1, "strideH": 1} | options
    if kind == "FULLY_CONNECTED":
        strides = options
    tensors = [first, weights, *([bias] if bias else []), made]
    return case_of(label, kind, *tensors, table=table, version=version, **strides)


def weights(*shape: int, dtype: str = "float32", scales: tuple[float, ...] = (), axis: int = 0) -> TensorPlan:
    return constant(*shape, dtype=dtype, scales=scales, axis=axis)


def layers() -> Iterator[Case]:
    out = of("float32")
    bias = constant(8)
    for kind, kernel in (("CONV_2D", (8, 3, 3, 8)), ("DEPTHWISE_CONV_2D", (1, 3, 3, 8))):
        depth: dict[str, Any] = {"depthMultiplier": 1} if kind != "CONV_2D" else {}
        yield layer(kind, "float32", weights(*kernel), out, bias=bias, **depth)
        yield layer(kind, "weights computed", tensor(*kernel), out, bias=bias, **depth)
        yield layer(kind, "dilated", weights(*kernel), out, bias=bias, dilationWFactor=2, dilationHFactor=2, **depth)
        for fused, name in ((1, "RELU"), (3, "RELU6"), (4, "TANH"), (5, "SIGN_BIT")):
            yield layer(kind, f"with {name}", weights(*kernel), out, bias=bias, fusedActivationFunction=fused, **depth)
        eights = tuple([0.01] * 8)
        yield layer(
            kind,
            "int8 weights, per channel",
            weights(*kernel, dtype="int8", scales=eights, axis=3 if depth else 0),
            out,
            bias=bias,
            version=5,
            **depth,
        )
        yield layer(
            kind,
            "int8 weights, per tensor",
            weights(*kernel, dtype="int8", scales=(0.01,)),
            out,
            bias=bias,
            version=2,
            **depth,
        )
        yield layer(
            kind,
            "int8",
            weights(*kernel, dtype="int8", scales=(0.01,)),
            of("int8"),
            given=of("int8"),
            bias=TensorPlan(shape=(8,), dtype="int32", data=np.ones(8, "<i4").tobytes(), scales=(0.0025,)),
            version=3,
            **depth,
        )
        yield layer(
            kind,
            "int16",
            weights(*kernel, dtype="int8", scales=(0.01,)),
            of("int16"),
            given=of("int16"),
            bias=TensorPlan(shape=(8,), dtype="int64", data=np.ones(8, "<i8").tobytes(), scales=(0.0025,)),
            version=5,
            **depth,
        )
        yield layer(
            kind,
            "uint8",
            weights(*kernel, dtype="uint8", scales=(0.01,)),
            of("uint8"),
            given=of("uint8"),
            bias=TensorPlan(shape=(8,), dtype="int32", data=np.ones(8, "<i4").tobytes(), scales=(0.0025,)),
            **depth,
        )
    yield layer("CONV_2D", "grouped", weights(8, 3, 3, 4), out, bias=bias)
    yield layer("CONV_2D", "one channel a group", weights(8, 3, 3, 1), out, bias=bias)
    flat, eights = of("float32", (1, 8)), tuple([0.01] * 8)
    yield layer("FULLY_CONNECTED", "float32", weights(8, 8), flat, given=flat, bias=bias)
    yield layer("FULLY_CONNECTED", "without bias", weights(8, 8), flat, given=flat)
    yield layer("FULLY_CONNECTED", "weights computed", tensor(8, 8), flat, given=flat)
    yield layer(
        "FULLY_CONNECTED", "keeps dimensions", weights(8, 8), of("float32"), bias=bias, keepNumDims=True, version=5
    )
    yield layer(
        "FULLY_CONNECTED",
        "int8 weights, per channel",
        weights(8, 8, dtype="int8", scales=eights),
        flat,
        given=flat,
        bias=bias,
        version=9,
    )
    yield layer(
        "FULLY_CONNECTED",
        "int8 weights, per tensor",
        weights(8, 8, dtype="int8", scales=(0.01,)),
        flat,
        given=flat,
        bias=bias,
        version=3,
    )
    yield layer(
        "FULLY_CONNECTED",
        "int4 weights, per channel",
        weights(8, 8, dtype="int4", scales=eights),
        flat,
        given=flat,
        bias=bias,
        version=8,
    )
    yield layer(
        "FULLY_CONNECTED",
        "int8",
        weights(8, 8, dtype="int8", scales=(0.01,)),
        of("int8", (1, 8)),
        given=of("int8", (1, 8)),
        bias=TensorPlan(shape=(8,), dtype="int32", data=np.ones(8, "<i4").tobytes(), scales=(0.0025,)),
        version=4,
    )
    yield case_of(
        "float32",
        "TRANSPOSE_CONV",
        numbers(1, 8, 8, 8),
        weights(8, 2, 2, 8),
        of("float32"),
        of("float32", (1, 8, 8, 8)),
        table="TransposeConvOptions",
        strideW=2,
        strideH=2,
        padding=1,
    )
    yield case_of(
        "with bias",
        "TRANSPOSE_CONV",
        numbers(1, 8, 8, 8),
        weights(8, 2, 2, 8),
        of("float32"),
        bias,
        of("float32", (1, 8, 8, 8)),
        table="TransposeConvOptions",
        strideW=2,
        strideH=2,
        padding=1,
        version=3,
    )
    yield case_of(
        "two computed",
        "BATCH_MATMUL",
        of("float32", (1, 4, 8)),
        of("float32", (1, 8, 4)),
        of("float32", (1, 4, 4)),
        table="BatchMatMulOptions",
    )
    yield case_of(
        "by a constant",
        "BATCH_MATMUL",
        of("float32", (1, 4, 8)),
        constant(1, 8, 4),
        of("float32", (1, 4, 4)),
        table="BatchMatMulOptions",
    )
    yield case_of(
        "first turned",
        "BATCH_MATMUL",
        of("float32", (1, 8, 4)),
        of("float32", (1, 8, 4)),
        of("float32", (1, 4, 4)),
        table="BatchMatMulOptions",
        adjX=True,
    )
    yield case_of(
        "second turned",
        "BATCH_MATMUL",
        of("float32", (1, 4, 8)),
        of("float32", (1, 4, 8)),
        of("float32", (1, 4, 4)),
        table="BatchMatMulOptions",
        adjY=True,
    )
    yield case_of(
        "int8",
        "BATCH_MATMUL",
        of("int8", (1, 4, 8)),
        of("int8", (1, 8, 4)),
        of("int8", (1, 4, 4)),
        table="BatchMatMulOptions",
        version=2,
    )
    yield layer(
        "DEPTHWISE_CONV_2D",
        "multiplied",
        weights(1, 3, 3, 16),
        of("float32", (1, 4, 4, 16)),
        bias=constant(16),
        depthMultiplier=2,
    )
    yield layer("CONV_2D", "bias computed", weights(8, 3, 3, 8), out, bias=tensor(8))
    yield layer("FULLY_CONNECTED", "bias computed", weights(8, 8), flat, given=flat, bias=tensor(8))
    yield case_of(
        "float32",
        "CONV_3D",
        of("float32", (1, 4, 4, 4, 2)),
        constant(1, 1, 1, 2, 2),
        of("float32", (1, 4, 4, 4, 2)),
        table="Conv3DOptions",
        strideD=1,
        strideW=1,
        strideH=1,
    )


def pools() -> Iterator[Case]:
    for kind in ("AVERAGE_POOL_2D", "MAX_POOL_2D", "L2_POOL_2D"):
        for dtype in ("float32", "int8", "uint8", "int16") if kind != "L2_POOL_2D" else ("float32",):
            made = of(dtype, (1, 2, 2, 8))
            size: dict[str, Any] = {"table": "Pool2DOptions", "strideW": 2, "strideH": 2}
            yield case_of(
                dtype,
                kind,
                of(dtype),
                made,
                filterWidth=2,
                filterHeight=2,
                version=1 if kind == "L2_POOL_2D" else 2,
                **size,
            )
        yield case_of(
            "1 x 1 by steps of two",
            kind,
            of("float32"),
            of("float32", (1, 2, 2, 8)),
            filterWidth=1,
            filterHeight=1,
            **size,
        )
