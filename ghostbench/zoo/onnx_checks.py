"""What an ONNX model has to be so that it can be converted, and how it lays out its input.

Part of what runs in the environment of the ONNX route's tools, so it imports nothing of ghostbench.
"""

import importlib
import importlib.util
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

_IMAGE_CHANNELS = (1, 3)
_FLOAT32 = 1  # onnx.TensorProto.FLOAT
_NAMED = 3  # how many layers of one kind a message names
# Height and width in an example of how to say a size.
_USUAL_PX = 224


class Refused(Exception):
    """The model cannot be converted; the message says why."""


def rename_ends(model: Any) -> None:
    """Inputs and outputs without ":0", which means something else to TensorFlow."""
    graph = model.graph
    names = {value.name: value.name.split(":")[0] for value in (*graph.input, *graph.output)}
    for node in graph.node:
        for ends in (node.input, node.output):
            for index, name in enumerate(ends):
                ends[index] = names.get(name, name)
    for value in (*graph.input, *graph.output):
        value.name = names[value.name]


def real_inputs(model: Any) -> list[Any]:
    """The inputs that are not weights: old files list those among the inputs too."""
    stored = {tensor.name for tensor in model.graph.initializer}
    return [value for value in model.graph.input if value.name not in stored]


def shape_of(value: Any) -> list[int | str]:
    """Sizes; the name of one, or "?", where it is left open."""
    return [
        dim.dim_value
        if dim.WhichOneof("value") == "dim_value" and dim.dim_value > 0
        else dim.dim_param or "?"
        for dim in value.type.tensor_type.shape.dim
    ]


def refuse_other_ends(model: Any) -> None:
    """One input, of 32-bit floats, and one output."""
    inputs = real_inputs(model)
    if len(inputs) != 1 or len(model.graph.output) != 1:
        raise Refused(
            f"it has {len(inputs)} inputs and {len(model.graph.output)} outputs; "
            "networks with one of each can be converted"
        )
    kind = inputs[0].type.tensor_type.elem_type
    if kind != _FLOAT32:
        name = importlib.import_module("onnx").TensorProto.DataType.Name(kind).lower()
        raise Refused(
            f"its input {inputs[0].name} takes {name}; networks that take float32 can be converted"
        )


def fix_shape(model: Any, asked: Sequence[int] | None) -> None:
    """Give the input a fixed shape; only a batch that is left open is taken for 1."""
    refuse_other_ends(model)
    (value,) = real_inputs(model)
    found = shape_of(value)
    told = by(found)
    if asked is None:
        asked = [size if isinstance(size, int) else int(i == 0) for i, size in enumerate(found)]
        if 0 in asked:
            example = ",".join(str(size or _USUAL_PX) for size in asked)
            raise Refused(
                f"its input {value.name} is {told} and leaves a size open; say the size: --input-shape {example}"
            )
    if not _fits(found, asked):
        raise Refused(
            f"its input {value.name} is {told}; --input-shape {by(asked)} does not fit it{_swapped(found, asked)}"
        )
    if list(asked) == found:
        return
    for dim, size in zip(value.type.tensor_type.shape.dim, asked, strict=True):
        dim.dim_value = size
    # What was known of the sizes inside holds no longer; it is found anew.
    del model.graph.value_info[:]
    for output in model.graph.output:
        output.type.tensor_type.ClearField("shape")


def _fits(found: Sequence[int | str], asked: Sequence[int]) -> bool:
    return len(found) == len(asked) and all(
        isinstance(size, str) or size == wanted for size, wanted in zip(found, asked, strict=True)
    )


def _swapped(found: Sequence[int | str], asked: Sequence[int]) -> str:
    """The likely cause where the shape would fit with its channels elsewhere."""
    if len(asked) != 4:
        return ""
    batch, *image = asked
    first, last = [batch, image[2], *image[:2]], [batch, *image[1:], image[0]]
    for other, where in ((first, "first"), (last, "last")):
        if _fits(found, other):
            return f": the model has its channels {where}, so write {','.join(map(str, other))}"
    return ""


def refuse_unsupported(model: Any) -> None:
    """Name the operators that onnx2tf has no translation for, with the layers that use them."""
    layers = defaultdict(list)
    known = _translated()
    for node in model.graph.node:
        if node.op_type not in known:
            layers[node.op_type].append(node.name or (node.output[0] if node.output else "?"))
    if layers:
        listed = "; ".join(
            f"{kind} in {', '.join(names[:_NAMED])}"
            + (f" and {len(names) - _NAMED} more" if len(names) > _NAMED else "")
            for kind, names in sorted(layers.items())
        )
        raise Refused(f"onnx2tf does not know these ONNX operators: {listed}")


def _translated() -> frozenset[str]:
    """The operators that onnx2tf translates: a file each. Importing it would take TensorFlow's time."""
    spec = importlib.util.find_spec("onnx2tf")
    if spec is None or not spec.submodule_search_locations:
        raise Refused("onnx2tf is not in the environment of the ONNX route's tools")
    folder = Path(spec.submodule_search_locations[0]) / "ops"
    return frozenset(path.stem for path in folder.glob("*.py"))


def layout_of(model: Any, wished: str | None = None) -> str:
    """How its input is laid out: an image with its channels last ("nhwc") or first ("nchw"), or no image ("plain")."""
    shape = shape_of(real_inputs(model)[0])
    if len(shape) != 4:
        if wished:
            raise Refused(
                f"its input {by(shape)} is no image, so it has no layout; leave out --layout"
            )
        return "plain"
    first, last = shape[1] in _IMAGE_CHANNELS, shape[3] in _IMAGE_CHANNELS
    if wished:
        if (wished, first, last) in {("nhwc", True, False), ("nchw", False, True)}:
            raise Refused(
                f"its input {by(shape)} has its channels {'first' if first else 'last'}, "
                f"and --layout {wished} says otherwise"
            )
        return wished
    if first == last:
        raise Refused(
            f"its input {by(shape)} does not show whether channels (1 or 3) come first or last; say it: "
            "--layout nchw or --layout nhwc"
        )
    return "nchw" if first else "nhwc"


def by(shape: Sequence[int | str]) -> str:
    """A shape for the reader.

    >>> by([1, "height", 3])
    '1 x height x 3'
    """
    return " x ".join(map(str, shape))
