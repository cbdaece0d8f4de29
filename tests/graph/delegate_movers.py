"""Operators that move data about, in many forms."""

from collections.abc import Iterator

from tests.graph.build import constant, numbers, tensor
from tests.graph.delegate_case import SHAPE, Case, case_of, of


# fmt: off
def movers() -> Iterator[Case]:
    for dtype in ("float32", "int8", "uint8", "int16", "int32"):
        given = of(dtype)
        yield case_of(dtype, "RESHAPE", given, numbers(1, 128), of(dtype, (1, 128)))
        yield case_of(
            dtype, "EXPAND_DIMS", given, numbers(0, shape=(1,)), of(dtype, (1, *SHAPE)), table="ExpandDimsOptions"
        )
        yield case_of(dtype, "SQUEEZE", given, of(dtype, (4, 4, 8)), table="SqueezeOptions", squeezeDims=[0])
        yield case_of(dtype, "TRANSPOSE", given, numbers(0, 3, 1, 2), of(dtype, (1, 8, 4, 4)), version=2)
        yield case_of(
            dtype, "PAD", given, numbers(0, 0, 1, 1, 1, 1, 0, 0, shape=(4, 2)), of(dtype, (1, 6, 6, 8)), version=2
        )
        yield case_of(
            dtype, "SLICE", given, numbers(0, 0, 0, 0), numbers(1, 2, 2, 4), of(dtype, (1, 2, 2, 4)), version=2
        )
        yield case_of(
            dtype,
            "CONCATENATION",
            given,
            given,
            of(dtype, (1, 4, 4, 16)),
            table="ConcatenationOptions",
            axis=3,
            version=2,
        )
        yield case_of(
            dtype,
            "SPLIT",
            numbers(3, shape=(1,)),
            given,
            *[of(dtype, (1, 4, 4, 4))] * 2,
            made=2,
            table="SplitOptions",
            numSplits=2,
            version=2,
        )
        yield case_of(
            dtype,
            "STRIDED_SLICE",
            given,
            numbers(0, 0, 0, 0),
            numbers(1, 2, 2, 4),
            numbers(1, 1, 1, 1),
            of(dtype, (1, 2, 2, 4)),
            table="StridedSliceOptions",
            version=2,
        )
        yield case_of(dtype, "TILE", given, numbers(1, 1, 1, 2), of(dtype, (1, 4, 4, 16)))
        yield case_of(
            dtype, "GATHER", given, numbers(0, 2), of(dtype, (1, 4, 4, 2)), table="GatherOptions", axis=3, version=2
        )
        yield case_of(
            dtype, "PACK", given, given, of(dtype, (2, *SHAPE)), table="PackOptions", valuesCount=2, axis=0, version=2
        )
        yield case_of(
            dtype,
            "UNPACK",
            of(dtype, (2, 4, 8)),
            *[of(dtype, (4, 8))] * 2,
            made=2,
            table="UnpackOptions",
            num=2,
            version=2,
        )
        if dtype != "int32":
            yield case_of(
                dtype,
                "RESIZE_BILINEAR",
                given,
                numbers(8, 8),
                of(dtype, (1, 8, 8, 8)),
                table="ResizeBilinearOptions",
                version=2,
            )
        yield case_of(
            dtype,
            "RESIZE_NEAREST_NEIGHBOR",
            given,
            numbers(8, 8),
            of(dtype, (1, 8, 8, 8)),
            table="ResizeNearestNeighborOptions",
            version=2,
        )
        if dtype != "int16":
            yield case_of(
                dtype,
                "SPACE_TO_DEPTH",
                given,
                of(dtype, (1, 2, 2, 32)),
                table="SpaceToDepthOptions",
                blockSize=2,
                version=2,
            )
            yield case_of(
                dtype, "DEPTH_TO_SPACE", given, of(dtype, (1, 8, 8, 2)), table="DepthToSpaceOptions", blockSize=2
            )
        yield case_of(dtype, "BROADCAST_TO", of(dtype, (1, 1, 1, 8)), numbers(*SHAPE), given, version=2)
        yield case_of(
            dtype,
            "MIRROR_PAD",
            given,
            numbers(0, 0, 1, 1, 1, 1, 0, 0, shape=(4, 2)),
            of(dtype, (1, 6, 6, 8)),
            table="MirrorPadOptions",
            version=2,
        )
        yield case_of(dtype, "REVERSE_V2", given, numbers(3, shape=(1,)), given)
    given = of("float32")
    yield case_of(
        "float32",
        "PADV2",
        given,
        numbers(0, 0, 1, 1, 1, 1, 0, 0, shape=(4, 2)),
        constant(1),
        of("float32", (1, 6, 6, 8)),
    )
    yield case_of(
        "five dimensions",
        "TRANSPOSE",
        of("float32", (1, 4, 4, 2, 4)),
        numbers(0, 1, 2, 4, 3),
        of("float32", (1, 4, 4, 4, 2)),
    )
    yield case_of(
        "six dimensions",
        "TRANSPOSE",
        of("float32", (1, 4, 2, 2, 2, 4)),
        numbers(0, 1, 2, 4, 3, 5),
        of("float32", (1, 4, 2, 2, 2, 4)),
    )
    yield case_of(
        "shape in the options", "RESHAPE", given, of("float32", (1, 128)), table="ReshapeOptions", newShape=[1, 128]
    )
    for count in (3, 4, 5, 6):
        yield case_of(
            f"of {count}",
            "CONCATENATION",
            *[given] * count,
            of("float32", (1, 4, 4, 8 * count)),
            table="ConcatenationOptions",
            axis=3,
        )
    for count in (4, 8):
        yield case_of(
            f"in {count}",
            "SPLIT",
            numbers(3, shape=(1,)),
            given,
            *[of("float32", (1, 4, 4, 8 // count))] * count,
            made=count,
            table="SplitOptions",
            numSplits=count,
        )
    yield case_of(
        "float32",
        "SPLIT_V",
        given,
        numbers(3, 5),
        numbers(3, shape=(1,)),
        of("float32", (1, 4, 4, 3)),
        of("float32", (1, 4, 4, 5)),
        made=2,
        table="SplitVOptions",
        numSplits=2,
    )
    yield case_of(
        "by steps of two",
        "STRIDED_SLICE",
        given,
        numbers(0, 0, 0, 0),
        numbers(1, 4, 4, 8),
        numbers(1, 2, 2, 1),
        of("float32", (1, 2, 2, 8)),
        table="StridedSliceOptions",
    )
    yield case_of(
        "that drops a dimension",
        "STRIDED_SLICE",
        given,
        numbers(0, 0, 0, 0),
        numbers(1, 4, 4, 8),
        numbers(1, 1, 1, 1),
        of("float32", (4, 4, 8)),
        table="StridedSliceOptions",
        shrinkAxisMask=1,
    )
    yield case_of(
        "that adds a dimension",
        "STRIDED_SLICE",
        given,
        numbers(0),
        numbers(1),
        numbers(1),
        of("float32", (1, *SHAPE)),
        table="StridedSliceOptions",
        newAxisMask=1,
    )
    yield case_of("seven dimensions", "ADD", *[of("float32", (1, 1, 1, 1, 1, 1, 4))] * 3, table="AddOptions")
    yield case_of("six dimensions", "ADD", *[of("float32", (1, 1, 1, 1, 1, 4))] * 3, table="AddOptions")
    yield case_of("two dimensions", "TRANSPOSE", of("float32", (4, 8)), numbers(1, 0), of("float32", (8, 4)))
    yield case_of(
        "in 5",
        "SPLIT",
        numbers(3, shape=(1,)),
        of("float32", (1, 4, 4, 10)),
        *[of("float32", (1, 4, 4, 2))] * 5,
        made=5,
        table="SplitOptions",
        numSplits=5,
    )
    yield case_of(
        "int8 of 5",
        "CONCATENATION",
        *[of("int8")] * 5,
        of("int8", (1, 4, 4, 40)),
        table="ConcatenationOptions",
        axis=3,
        version=2,
    )
    yield case_of(
        "backwards",
        "STRIDED_SLICE",
        given,
        numbers(0, 0, 0, 0),
        numbers(1, 4, 4, 8),
        numbers(1, 1, 1, 1),
        given,
        table="StridedSliceOptions",
        endMask=15,
    )
    yield case_of(
        "first axis", "CONCATENATION", given, given, of("float32", (2, 4, 4, 8)), table="ConcatenationOptions", axis=0
    )
    yield case_of(
        "aligned corners",
        "RESIZE_BILINEAR",
        given,
        numbers(8, 8),
        of("float32", (1, 8, 8, 8)),
        table="ResizeBilinearOptions",
        alignCorners=True,
        version=2,
    )
    yield case_of("float32", "SHAPE", given, tensor(4, dtype="int32"), table="ShapeOptions", outType=2)
