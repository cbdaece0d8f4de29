"""Sound models that between them use every part of the format that is read: what the fuzzers start from."""

from typing import Any

from ai_edge_litert import schema_py_generated as schema

from tests.graph.build import (
    SubgraphPlan,
    constant,
    model,
    model_table,
    numbers,
    op,
    subgraph,
    tensor,
    write,
)


def convolutions() -> bytes:
    """A small convolutional network with a pad, a batch normalisation and an activation that should be folded."""
    tensors = [
        tensor(1, 8, 8, 4, signature=(-1, 8, 8, 4), name="image"),
        numbers(0, 0, 1, 1, 1, 1, 0, 0, shape=(4, 2)),
        tensor(1, 10, 10, 4),
        constant(8, 3, 3, 2),
        constant(8),
        tensor(1, 8, 8, 8),
        constant(8),
        tensor(1, 8, 8, 8),
        tensor(1, 8, 8, 8),
        constant(1, 3, 3, 16, dtype="int8", scales=(0.5,) * 16),
        tensor(1, 4, 4, 16, name="result"),
    ]
    steps = [
        op("PAD", [0, 1], [2]),
        op("CONV_2D", [2, 3, 4], [5], "Conv2DOptions", padding=1, strideW=1, strideH=1),
        op("MUL", [5, 6], [7], "MulOptions"),
        op("RELU", [7], [8]),
        op("DEPTHWISE_CONV_2D", [8, 9, -1], [10], "DepthwiseConv2DOptions", depthMultiplier=2,
           strideW=2, strideH=2, fusedActivationFunction=3),
    ]  # fmt: skip
    return model(subgraph(tensors, steps))


def control_flow() -> bytes:
    """Subgraphs that run others in every way there is."""
    body = subgraph(
        [tensor(1, 4), constant(3, 4), tensor(1, 3)], [op("FULLY_CONNECTED", [0, 1], [2])]
    )
    calls: list[tuple[str, str, dict[str, Any]]] = [
        ("IF", "IfOptions", {"thenSubgraphIndex": 1, "elseSubgraphIndex": 1}),
        ("WHILE", "WhileOptions", {"condSubgraphIndex": 1, "bodySubgraphIndex": 1}),
        ("CALL_ONCE", "CallOnceOptions", {"initSubgraphIndex": 1}),
        ("CALL", "CallOptions", {"subgraph": 1}),
        ("STABLEHLO_COMPOSITE", "StableHLOCompositeOptions",
         {"name": "odml.scaled", "decompositionSubgraphIndex": 1}),
        ("STABLEHLO_CASE", "StablehloCaseOptions", {"branchSubgraphIndices": [1, 1]}),
    ]  # fmt: skip
    steps = [op(kind, [0], [1], table, **options) for kind, table, options in calls]
    steps += [op("custom:FlexErf", [0], [1]), op(250, [0], [1])]
    return model(subgraph([tensor(1, 4), tensor(1, 3)], steps), body, body)


def odd_types() -> bytes:
    """Types, quantisations and storages that are rare."""
    tensors = [
        tensor(2, 3, 4, dtype="bfloat16"),
        constant(2, 4, 5, dtype="bfloat16"),
        tensor(2, 3, 5, dtype="bfloat16"),
        constant(7, 5, dtype="int4", scales=(0.1, 0.2), blockwise=True),
        tensor(2, 3, 7),
        constant(4, 4, sparse=True, data=b"\0" * 12),
        tensor(dtype="resource"),
        tensor(3, variable=True, external=4),
    ]
    steps = [
        op("BATCH_MATMUL", [0, 1], [2], "BatchMatMulOptions", adjX=False),
        op("FULLY_CONNECTED", [2, 3, -1], [4], "FullyConnectedOptions", keepNumDims=True),
        op("STRIDED_SLICE", [4, 5, 5, 5], [4], "StridedSliceOptions", beginMask=3),
        op("ADD", [4, 7], [4], "AddOptions", fusedActivationFunction=1),
    ]
    return write(_with_everything(subgraph(tensors, steps, outputs=(4,))))


def _with_everything(plan: SubgraphPlan) -> Any:
    made = model_table(plan)
    outside = schema.BufferT()
    outside.offset, outside.size = 40, 60
    version = schema.BufferT()
    version.data = list(b"1.14.0\0\0")
    made.buffers += [outside, version]
    metadata = schema.MetadataT()
    metadata.name, metadata.buffer = "min_runtime_version", len(made.buffers) - 1
    made.metadata = [metadata]
    group, external = schema.ExternalBufferGroupT(), schema.ExternalBufferT()
    group.name = "weights.bin"
    external.id, external.group, external.offset, external.length = 4, 0, 16, 12
    made.externalBufferGroups, made.externalBuffers = [group], [external]
    signature, named = schema.SignatureDefT(), schema.TensorMapT()
    named.name, named.tensorIndex = "image", 0
    signature.inputs, signature.outputs = [named], [named]
    signature.signatureKey, signature.subgraphIndex = "serve", 0
    made.signatureDefs = [signature]
    return made


def recurrent() -> bytes:
    """Layers with many optional inputs."""
    state = [tensor(1, 8, variable=True), tensor(1, 8, variable=True)]
    weights = [constant(8, 4) for _ in range(4)] + [constant(8, 8) for _ in range(4)]
    biases = [constant(8) for _ in range(4)]
    tensors = [tensor(1, 5, 4), *weights, *biases, *state, tensor(1, 5, 8)]
    inputs = [*range(9), -1, -1, -1, *range(9, 13), -1, -1, 13, 14]
    table = "UnidirectionalSequenceLSTMOptions"
    step = op("UNIDIRECTIONAL_SEQUENCE_LSTM", inputs, [15], table, fusedActivationFunction=4)
    return model(subgraph(tensors, [step]))


SEEDS = {make.__name__: make() for make in (convolutions, control_flow, odd_types, recurrent)}
