"""Replace the convolutions of any functional Keras model by Ghost modules (Han et al., 2020, section 3.1).

A convolution of n outputs becomes one of n / ratio outputs and a depthwise convolution of size `dw_size`, which makes
the others from them; batch-norm and activation that follow the convolution alone follow both parts. So what the
converter folds into the convolution it folds into both.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

import keras

from ghostbench.core.errors import UsageError
from ghostbench.zoo.architectures.rounding import ceil_divide

_ACTIVATIONS = (keras.layers.ReLU, keras.layers.Activation, keras.layers.LeakyReLU)


@dataclass(frozen=True, slots=True)
class _Chain:
    """A convolution, and the batch-norm and activation that nothing else takes part in."""

    convolution: keras.layers.Conv2D
    followers: tuple[keras.layers.Layer, ...]

    @property
    def last(self) -> str:
        return str((self.followers[-1] if self.followers else self.convolution).name)


def ghostify(
    model: keras.Model, ratio: int = 2, dw_size: int = 3, *, keep: Collection[str] = ()
) -> keras.Model:
    """A new model with Ghost modules for convolutions; layers named in `keep` stay.

    Convolutions in groups and depthwise ones stay too, and every layer that stays keeps its weights. Raises UsageError
    for a model that is neither functional nor sequential, a name in `keep` that is not a convolution's, and numbers
    that make no module.
    """
    if ratio < 1 or dw_size < 1 or dw_size % 2 == 0:
        raise UsageError(
            f"a Ghost module has a ratio of at least 1 and an odd dw_size, not {ratio} and {dw_size}"
        )
    if type(model).__name__ not in ("Functional", "Sequential"):
        raise UsageError(f"{model.name} is not a functional or sequential Keras model")
    chains = {c.convolution.name: c for c in _chains(model)}
    if unknown := set(keep) - chains.keys():
        raise UsageError(f"{model.name} has no convolution {', '.join(sorted(unknown))}")
    replaced = {name: chain for name, chain in chains.items() if name not in keep}
    if ratio == 1 or not replaced:
        return model
    ghosted = keras.models.clone_model(model, call_function=_caller(replaced, ratio, dw_size))
    _keep_weights(model, ghosted)
    return ghosted


def _chains(model: keras.Model) -> list[_Chain]:
    return [
        _Chain(layer, _followers(layer))
        for layer in model.layers
        if type(layer) is keras.layers.Conv2D and layer.groups == 1
    ]


def _followers(convolution: keras.layers.Layer) -> tuple[keras.layers.Layer, ...]:
    found: list[keras.layers.Layer] = []
    layer: Any = convolution
    for kinds in ((keras.layers.BatchNormalization,), _ACTIVATIONS):
        users = [node.operation for node in layer._outbound_nodes]
        if len(users) == 1 and isinstance(users[0], kinds):
            layer = users[0]
            found.append(layer)
    return tuple(found)


def _caller(
    replaced: Mapping[str, _Chain], ratio: int, dw_size: int
) -> Callable[..., keras.KerasTensor]:
    chain_ends = {chain.last: chain for chain in replaced.values()}
    members = {f.name for chain in replaced.values() for f in chain.followers} | replaced.keys()

    def call(layer: Any, *args: Any, **kwargs: Any) -> Any:
        if layer.name in chain_ends:
            chain = chain_ends[layer.name]
            # What came in is what entered the chain: its members before the last one passed it on untouched.
            return _ghost_module(args[0], chain, ratio, dw_size)
        if layer.name in members:
            return args[0]
        return layer(*args, **kwargs)

    return call


def _ghost_module(
    x: keras.KerasTensor, chain: _Chain, ratio: int, dw_size: int
) -> keras.KerasTensor:
    convolution = chain.convolution
    name, out = convolution.name, convolution.filters
    intrinsic = ceil_divide(out, ratio)
    config = convolution.get_config() | {
        "name": f"{name}_primary_conv_0",
        "filters": intrinsic,
    }
    primary = _follow(keras.layers.Conv2D.from_config(config)(x), chain, f"{name}_primary_conv")
    cheap = keras.layers.DepthwiseConv2D(
        dw_size,
        padding="same",
        depth_multiplier=ratio - 1,
        use_bias=convolution.use_bias,
        activation=convolution.activation,
        data_format=convolution.data_format,
        name=f"{name}_cheap_operation_0",
    )(primary)
    cheap = _follow(cheap, chain, f"{name}_cheap_operation")
    both = keras.layers.Concatenate(axis=-1, name=f"{name}_concat")([primary, cheap])
    return both if intrinsic * ratio == out else both[..., :out]


def _follow(x: keras.KerasTensor, chain: _Chain, name: str) -> keras.KerasTensor:
    for number, follower in enumerate(chain.followers, start=1):
        config = follower.get_config() | {"name": f"{name}_{number}"}
        x = type(follower).from_config(config)(x)
    return x


def _keep_weights(model: keras.Model, ghosted: keras.Model) -> None:
    kept = {layer.name: layer for layer in model.layers}
    for layer in ghosted.layers:
        if layer.name in kept and layer.weights:
            layer.set_weights(kept[layer.name].get_weights())
