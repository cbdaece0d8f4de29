"""Weights for a built network: made from a seed, or read from a file with the names of timm, torchvision or others."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ghostbench.core.errors import WeightsError
from ghostbench.core.model_spec import ModelSpec
from ghostbench.zoo import random_weights
from ghostbench.zoo.efficientnet_pytorch_names import efficientnet_pytorch_names
from ghostbench.zoo.timm_names import Parameter, Values, timm_parameters
from ghostbench.zoo.torchvision_names import torchvision_names
from ghostbench.zoo.weights_file import open_weights

if TYPE_CHECKING:
    import keras

# A counter of torch's batch-norm that plays no part in inference.
_IGNORED = "num_batches_tracked"
_READABLE = ("F32", "F16", "F64")
_NAMES_SHOWN = 3


def randomise(model: "keras.Model", seed: int) -> None:
    """Give every parameter the value that `random_weights` makes for its name; the seed chooses among them."""
    for parameter in timm_parameters(model):
        value = random_weights.parameter(parameter.name, parameter.shape, seed, model.name)
        parameter.assign(value)


def load_weights(model: "keras.Model", path: Path, spec: ModelSpec) -> None:
    """Give every parameter the value that the file holds under timm's name for it, or under another package's.

    The file is one of safetensors or of torch.save. Raises WeightsError, naming the parameters, when any is missing,
    superfluous or misshapen, or holds a value that is not finite; the network is then as it was.
    """
    with open_weights(path) as stored:
        tensors = {name: one for name, one in stored.items() if not name.endswith(_IGNORED)}
        wanted = _wanted(model, spec, tensors.keys())
        shapes = {name: tensor.shape for name, tensor in tensors.items()}
        if misfits := _misfits(wanted, shapes):
            raise WeightsError(f"{path} does not fit {spec.name}: {'; '.join(misfits)}")
        if wrong := [f"{n}: {one.kind}" for n, one in tensors.items() if one.kind not in _READABLE]:
            raise WeightsError(
                f"{path}: {len(wrong)} parameters are stored in a format other than "
                f"{', '.join(_READABLE)} ({_few(wrong)}); store them as F32"
            )
        values = {name: _finite(path, name, tensor.read()) for name, tensor in tensors.items()}
    for name, parameter in wanted.items():
        parameter.assign(values[name])


def _wanted(model: "keras.Model", spec: ModelSpec, names: Collection[str]) -> dict[str, Parameter]:
    """Every parameter under the file's name for it: by the names that the file holds most of, timm's before others."""
    parameters = {parameter.name: parameter for parameter in timm_parameters(model)}
    namings = (
        {name: name for name in parameters},
        torchvision_names(spec.architecture, parameters.keys()),
        efficientnet_pytorch_names(spec.architecture, parameters.keys()),
    )
    renamed = max(namings, key=lambda naming: sum(name in names for name in naming.values()))
    return {
        renamed[name]: _as_dense(p) if renamed[name] == "classifier.0.weight" else p
        for name, p in parameters.items()
    }


def _as_dense(parameter: Parameter) -> Parameter:
    """Torchvision has a dense layer where MobileNetV3 has a 1x1 convolution after the mean."""
    return replace(
        parameter,
        shape=parameter.shape[:2],
        to_keras=lambda values: parameter.to_keras(values.reshape(parameter.shape)),
    )


def _misfits(wanted: Mapping[str, Parameter], shapes: Mapping[str, tuple[int, ...]]) -> list[str]:
    missing = [name for name in wanted if name not in shapes]
    unknown = [name for name in shapes if name not in wanted]
    misshapen = [
        f"{name} is {_by(shapes[name])}, not {_by(parameter.shape)}"
        for name, parameter in wanted.items()
        if name in shapes and shapes[name] != parameter.shape
    ]
    kinds = (("missing", missing), ("unknown", unknown), ("of another shape", misshapen))
    return [f"{len(found)} {kind} ({_few(found)})" for kind, found in kinds if found]


def _finite(path: Path, name: str, tensor: np.ndarray[Any, Any]) -> Values:
    with np.errstate(over="ignore"):  # what overflows is found by the next line
        values = tensor.astype(np.float32)
    if not np.isfinite(values).all():
        raise WeightsError(f"{path}: {name} holds values that are infinite or not a number")
    return values


def _few(names: Sequence[str]) -> str:
    shown = ", ".join(names[:_NAMES_SHOWN])
    return f"{shown} ..." if len(names) > _NAMES_SHOWN else shown


def _by(shape: tuple[int, ...]) -> str:
    return "x".join(map(str, shape)) or "a single number"
