"""Whether a model that was made 2 % slower is found within a minute.

The slowdown is planted honestly: one model is a chain of 50 equal convolutions, the other the same chain with one more,
so that it does 2 % more of the very same work. No delay is slept and no number is touched. Each trial is one
interleaved campaign through the real runner, as `ghostbench compare` makes it, in not more than the given seconds.

    python benchmarks/planted_slowdown.py
    python benchmarks/planted_slowdown.py --trials 2 --seconds 20
"""

import argparse
import tempfile
import time
from pathlib import Path

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema

from ghostbench.core.comparison import Comparison
from ghostbench.core.plan import RunSettings
from ghostbench.workflows.compare import compare
from ghostbench.workflows.measure import HowToMeasure

LAYERS, PLANTED = 50, 0.02
SIDE_PX, CHANNELS = 28, 32
# Short blocks: how processes differ decides, not how inferences do, so many short ones tell more than a few long ones.
SETTINGS = RunSettings(min_ms=300, warmup_min_ms=100, warmup_max_ms=1000)


def chain(layers: int) -> bytes:
    """A `.tflite` of so many equal 1x1 convolutions, each with weights of its own, one after the other."""
    model = schema.ModelT()
    model.version, model.description = 3, "a chain of equal convolutions"
    code = schema.OperatorCodeT()
    code.builtinCode = code.deprecatedBuiltinCode = schema.BuiltinOperator.CONV_2D
    model.operatorCodes, model.buffers = [code], [schema.BufferT()]
    graph = schema.SubGraphT()
    graph.name, graph.operators = "main", []
    graph.tensors = [_tensor("image", (1, SIDE_PX, SIDE_PX, CHANNELS))]
    random = np.random.default_rng(0)
    for number in range(layers):
        weights = random.normal(0, (2 / CHANNELS) ** 0.5, (CHANNELS, 1, 1, CHANNELS))
        for name, values in (("weights", weights), ("bias", np.zeros(CHANNELS))):
            buffer = schema.BufferT()
            buffer.data = np.frombuffer(values.astype("<f4").tobytes(), np.uint8)
            model.buffers.append(buffer)
            graph.tensors.append(_tensor(f"{name}{number}", values.shape, len(model.buffers) - 1))
        graph.tensors.append(_tensor(f"features{number}", (1, SIDE_PX, SIDE_PX, CHANNELS)))
        graph.operators.append(_convolution(3 * number))
    graph.inputs, graph.outputs = [0], [3 * layers]
    model.subgraphs = [graph]
    builder = flatbuffers.Builder(1 << 20)
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def _tensor(name: str, shape: tuple[int, ...], buffer: int = 0) -> schema.TensorT:
    tensor = schema.TensorT()
    tensor.name, tensor.shape, tensor.buffer = name, list(shape), buffer
    tensor.type, tensor.hasRank = schema.TensorType.FLOAT32, True
    return tensor


def _convolution(first: int) -> schema.OperatorT:
    """Reads the tensor `first` and the two after it, and makes the third after it."""
    step = schema.OperatorT()
    step.opcodeIndex, step.inputs, step.outputs = 0, [first, first + 1, first + 2], [first + 3]
    step.builtinOptionsType = schema.BuiltinOptions.Conv2DOptions
    step.builtinOptions = options = schema.Conv2DOptionsT()
    options.strideW = options.strideH = options.dilationWFactor = options.dilationHFactor = 1
    options.fusedActivationFunction = schema.ActivationFunctionType.RELU
    return step


def trial(slower: Path, base: Path, *, rounds: int, folder: Path) -> tuple[Comparison, float]:
    """One campaign: what it says, and how many seconds it took in all."""
    started = time.monotonic()
    how = HowToMeasure(workspace=folder, settings=SETTINGS, rounds=rounds, purpose="benchmark")
    (comparison,) = compare(str(slower), str(base), how=how).comparisons
    return comparison, time.monotonic() - started


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--trials", type=int, default=10)
    parser.add_argument("--seconds", type=float, default=60, help="for each trial")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        base, slower = folder / "chain50.tflite", folder / "chain51.tflite"
        base.write_bytes(chain(LAYERS))
        slower.write_bytes(chain(round(LAYERS * (1 + PLANTED))))
        _, three_rounds_s = trial(slower, base, rounds=3, folder=folder)
        # A tenth is left for what varies, so that no trial takes longer than it may.
        rounds = max(3, int(0.9 * arguments.seconds / (three_rounds_s / 3)))
        print(f"planted: {100 * PLANTED:.0f} % more of the same work; {rounds} rounds a trial")
        print(f"{'trial':>5} {'seconds':>8} {'slower by':>10}  {'95 % interval':<18} found")
        found = 0
        for number in range(1, arguments.trials + 1):
            comparison, seconds = trial(slower, base, rounds=rounds, folder=folder)
            is_found = comparison.verdict == 1 and seconds <= arguments.seconds
            found += is_found
            low, high = (100 * (end - 1) for end in comparison.ci95 or (float("nan"),) * 2)
            print(
                f"{number:5d} {seconds:8.1f} {100 * (comparison.ratio - 1):8.2f} %  "
                f"{f'{low:.2f} to {high:.2f} %':<18} {'yes' if is_found else 'NO'}",
                flush=True,
            )
    print(f"found in {found} of {arguments.trials} trials, each within {arguments.seconds:g} s")


if __name__ == "__main__":
    main()
