"""A sound little `.tflite` file made by hand, and ways to spoil it; no TensorFlow."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema

from ghostbench.zoo.agreement import checked_images, run_file
from ghostbench.zoo.gate import Reference
from ghostbench.zoo.network_facts import NetworkFacts

PX, CHANNELS, CLASSES = 8, 16, 10
MACS = PX * PX * CHANNELS * 3 * 3 * 3 + CHANNELS * CLASSES
WEIGHTS = 3 * 3 * 3 * CHANNELS + CHANNELS * CLASSES

TYPES = {
    "float32": schema.TensorType.FLOAT32,
    "float16": schema.TensorType.FLOAT16,
    "int32": schema.TensorType.INT32,
    "int8": schema.TensorType.INT8,
}

# The tensors of the sound file, by position.
IMAGE, KERNEL, KERNEL_BIAS, FEATURES, AXES, POOLED, MATRIX, MATRIX_BIAS, LOGITS = range(9)


class Plan:
    """A model of one subgraph that can be changed before it is written."""

    def __init__(self) -> None:
        self.model = schema.ModelT()
        self.model.version = 3
        self.model.operatorCodes, self.model.buffers = [], [schema.BufferT()]
        self.graph = schema.SubGraphT()
        self.graph.tensors, self.graph.operators = [], []
        self.graph.inputs, self.graph.outputs = [], []
        self.model.subgraphs = [self.graph]

    def tensor(self, *shape: int, dtype: str = "float32", data: Any = None) -> int:
        """A tensor, constant when it has data."""
        tensor = schema.TensorT()
        tensor.name = f"tensor_{len(self.graph.tensors)}"
        tensor.shape, tensor.type, tensor.buffer = list(shape), TYPES[dtype], 0
        if data is not None:
            tensor.buffer = self.buffer(np.asarray(data, dtype))
        self.graph.tensors.append(tensor)
        return len(self.graph.tensors) - 1

    def buffer(self, values: "np.ndarray[Any, Any]") -> int:
        """Content for a tensor."""
        buffer = schema.BufferT()
        buffer.data = np.frombuffer(values.tobytes(), np.uint8)
        self.model.buffers.append(buffer)
        return len(self.model.buffers) - 1

    def operator(
        self,
        kind: str,
        inputs: list[int],
        outputs: list[int],
        *,
        at: int | None = None,
        options: Any = None,
    ) -> Any:
        """An operator, at the end or at a place; "custom:NAME" for a custom one."""
        code = schema.OperatorCodeT()
        name, _, custom = kind.partition(":")
        code.builtinCode = getattr(schema.BuiltinOperator, name.upper())
        code.deprecatedBuiltinCode = min(code.builtinCode, 127)
        code.customCode, code.version = custom or None, 1
        self.model.operatorCodes.append(code)
        operator = schema.OperatorT()
        operator.opcodeIndex = len(self.model.operatorCodes) - 1
        operator.inputs, operator.outputs = inputs, outputs
        if options is not None:
            operator.builtinOptions = options
            table = type(options).__name__.removesuffix("T")
            operator.builtinOptionsType = getattr(schema.BuiltinOptions, table)
        place = len(self.graph.operators) if at is None else at
        self.graph.operators.insert(place, operator)
        return operator

    def insert_before(self, consumer: int, kind: str, *more: int, options: Any = None) -> int:
        """Put an operator that keeps the shape between an operator and its first input."""
        target = self.graph.operators[consumer]
        source = target.inputs[0]
        result = self.tensor(*self.graph.tensors[source].shape)
        target.inputs = [result, *target.inputs[1:]]
        self.operator(kind, [source, *more], [result], at=consumer, options=options)
        return result

    def values(self, tensor: int) -> "np.ndarray[Any, Any]":
        """A float32 constant, to be changed in place."""
        buffer = self.model.buffers[self.graph.tensors[tensor].buffer]
        buffer.data = np.array(buffer.data, np.uint8)  # writable
        values: np.ndarray[Any, Any] = buffer.data.view(np.float32)
        return values

    def write(self, path: Path) -> Path:
        """The file."""
        builder = flatbuffers.Builder(1024)
        builder.Finish(self.model.Pack(builder), b"TFL3")
        path.write_bytes(bytes(builder.Output()))
        return path


def sound() -> Plan:
    """Convolution with ReLU, mean, matrix product: float32, batch 1, nothing to find fault with."""
    random = np.random.default_rng(0)
    plan = Plan()
    plan.tensor(1, PX, PX, 3)
    plan.tensor(CHANNELS, 3, 3, 3, data=random.normal(0, 0.5, (CHANNELS, 3, 3, 3)))
    plan.tensor(CHANNELS, data=random.normal(0, 0.1, CHANNELS))
    plan.tensor(1, PX, PX, CHANNELS)
    plan.tensor(2, dtype="int32", data=[1, 2])
    plan.tensor(1, CHANNELS)
    plan.tensor(CLASSES, CHANNELS, data=random.normal(0, 0.3, (CLASSES, CHANNELS)))
    plan.tensor(CLASSES, data=random.normal(0, 0.1, CLASSES))
    plan.tensor(1, CLASSES)
    convolution = schema.Conv2DOptionsT()
    convolution.strideH = convolution.strideW = 1
    convolution.padding = schema.Padding.SAME
    convolution.fusedActivationFunction = schema.ActivationFunctionType.RELU
    product = schema.FullyConnectedOptionsT()
    plan.operator("CONV_2D", [IMAGE, KERNEL, KERNEL_BIAS], [FEATURES], options=convolution)
    plan.operator("MEAN", [FEATURES, AXES], [POOLED], options=schema.ReducerOptionsT())
    plan.operator("FULLY_CONNECTED", [POOLED, MATRIX, MATRIX_BIAS], [LOGITS], options=product)
    plan.graph.inputs, plan.graph.outputs = [IMAGE], [LOGITS]
    return plan


def facts(**changes: Any) -> NetworkFacts:
    """What a network that the sound file stands for counts to."""
    base = NetworkFacts(
        params=WEIGHTS + CHANNELS + CLASSES,
        macs=MACS,
        weights=WEIGHTS,
        channels=CHANNELS + CLASSES,
        input_shape=(1, PX, PX, 3),
        output_shape=(1, CLASSES),
        moves={},
    )
    return replace(base, **changes)


def reference(folder: Path, **changes: Any) -> Reference:
    """What the network says of the images: here, what the sound file does."""
    images = checked_images(PX)
    outputs = run_file(sound().write(folder / "reference.tflite"), images)
    return Reference(facts(**changes), images, outputs)
