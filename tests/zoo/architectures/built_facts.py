"""What tests ask of a built network, so that it need not be kept to be asked again."""

import math
from dataclasses import dataclass
from typing import Any

from ghostbench.zoo.timm_names import timm_parameters


@dataclass(frozen=True, slots=True, kw_only=True)
class BuiltFacts:
    """Counted and read from the layers of a Keras network."""

    params: int  # that are trained
    macs: int
    mean_inputs: int  # numbers that go into means over the image
    kernel_params: int  # params without those of biases and batch-norms
    parameters: tuple[str, ...]  # "name shape" of each, as timm has them, sorted
    input_shape: tuple[int, ...]
    output_shape: tuple[int, ...]
    last_activation: str | None
    layers: tuple[tuple[str, str], ...]  # name and kind


def facts_of(network: Any) -> BuiltFacts:
    """Read everything at once."""
    trained = [variable.shape for variable in network.trainable_variables]
    last = getattr(network.layers[-1], "activation", None)
    return BuiltFacts(
        params=sum(map(math.prod, trained)),
        macs=count_macs(network),
        mean_inputs=sum(
            math.prod(layer.input.shape[1:])
            for layer in network.layers
            if type(layer).__name__ == "GlobalAveragePooling2D"
        ),
        kernel_params=sum(math.prod(shape) for shape in trained if len(shape) > 1),
        parameters=tuple(sorted(f"{one.name} {one.shape}" for one in timm_parameters(network))),
        input_shape=network.input_shape,
        output_shape=network.output_shape,
        last_activation=getattr(last, "__name__", None),
        layers=tuple((layer.name, type(layer).__name__) for layer in network.layers),
    )


def count_macs(network: Any) -> int:
    """Every element of a kernel is used once for each position of the output, depthwise kernels too."""
    total = 0
    for layer in network.layers:
        # Other models may use a layer too, but only heads of detectors are used several times in one.
        calls = (
            layer._inbound_nodes
            if layer.name.startswith(("head_", "rpn_"))
            else layer._inbound_nodes[:1]
        )
        if type(layer).__name__ in ("Conv2D", "DepthwiseConv2D"):
            places = sum(math.prod(call.outputs[0].shape[1:3]) for call in calls)
            total += math.prod(layer.kernel.shape) * places
        elif type(layer).__name__ == "Dense":
            total += math.prod(layer.kernel.shape)
    return total
