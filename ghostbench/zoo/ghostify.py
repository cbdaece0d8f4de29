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
from ghostbench.zoo.keras_graph import nodes

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

    Convolutions of any kernel, 1x1 too, are replaced. These stay: convolutions in groups, depthwise and separable
    ones, those of a class of their own, and those that are called more than once. Models within the model are
    treated in the same way. Every layer that stays keeps its weights; the new ones have Keras' initial ones.

    Raises UsageError for a model that is neither functional nor sequential (what a class does in its `call` cannot be
    seen), a sequential one without an input, a name in `keep` that is not a convolution's, and numbers that make no
    module.
    """
    if ratio < 1 or dw_size < 1 or dw_size % 2 == 0:
        raise UsageError(
            f"a Ghost module has a ratio of at least 1 and an odd dw_size, not {ratio} and {dw_size}"
        )
    chains = _all_chains(_functional(model))
    if unknown := set(keep) - {chain.convolution.name for chain in chains}:
        raise UsageError(f"{model.name} has no convolution {', '.join(sorted(unknown))}")
    return model if ratio == 1 else _ghosted(model, ratio, dw_size, frozenset(keep))


def _functional(model: keras.Model) -> keras.Model:
    kind = type(model).__name__
    if kind == "Functional":
        return model
    if kind != "Sequential":
        raise UsageError(
            f"{model.name} is a model of the class {kind}; Ghost modules can be put into functional and sequential "
            "Keras models alone: build it with keras.Model(inputs, outputs)"
        )
    if not model.built:
        raise UsageError(
            f"{model.name} has no input yet; give it one with keras.Input as its first"
        )
    return keras.Model(model.inputs, model.outputs, name=model.name)


def _ghosted(model: keras.Model, ratio: int, dw_size: int, keep: Collection[str]) -> keras.Model:
    functional = _functional(model)
    chains = {c.convolution.name: c for c in _chains(functional)}
    replaced = {name: chain for name, chain in chains.items() if name not in keep}

    def clone(layer: keras.layers.Layer) -> keras.layers.Layer:
        if _is_model(layer):
            return _ghosted(layer, ratio, dw_size, keep)
        return type(layer).from_config(layer.get_config())

    ghosted = keras.models.clone_model(
        functional, clone_function=clone, call_function=_caller(replaced, ratio, dw_size)
    )
    _keep_weights(functional, ghosted)
    return ghosted


def _is_model(layer: Any) -> bool:
    return type(layer).__name__ in ("Functional", "Sequential")


def _all_chains(model: keras.Model) -> list[_Chain]:
    """Of the model, and of all models within it."""
    inner = [_functional(layer) for layer in model.layers if _is_model(layer)]
    return [*_chains(model), *(chain for part in inner for chain in _all_chains(part))]


def _chains(model: keras.Model) -> list[_Chain]:
    return [
        _Chain(layer, _followers(layer, model))
        for layer in model.layers
        if type(layer) is keras.layers.Conv2D
        and layer.groups == 1
        and len(_calls(layer, model)) == 1
    ]


def _calls(layer: Any, model: Any) -> list[Any]:
    """The nodes of the model's graph at which a layer is called; other models may call it too."""
    return [node for node in layer._inbound_nodes if node in nodes(model)]


def _followers(convolution: keras.layers.Layer, model: Any) -> tuple[keras.layers.Layer, ...]:
    found: list[keras.layers.Layer] = []
    layer: Any = convolution
    ends = {id(tensor) for tensor in model.outputs}
    for kinds in ((keras.layers.BatchNormalization,), _ACTIVATIONS):
        (call,) = _calls(layer, model)
        users = [node for node in layer._outbound_nodes if node in nodes(model)]
        if len(users) != 1 or ends & {id(tensor) for tensor in call.outputs}:
            break  # what it makes is wanted elsewhere too
        user = users[0].operation
        if isinstance(user, kinds) and len(_calls(user, model)) == 1:
            layer = user
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
        depthwise_regularizer=convolution.kernel_regularizer,
        dtype=convolution.dtype_policy,
        name=f"{name}_cheap_operation_0",
    )(primary)
    cheap = _follow(cheap, chain, f"{name}_cheap_operation")
    axis = -1 if convolution.data_format == "channels_last" else 1
    both = keras.layers.Concatenate(axis=axis, name=f"{name}_concat")([primary, cheap])
    if intrinsic * ratio == out:
        return both
    return both[..., :out] if axis == -1 else both[:, :out]


def _follow(x: keras.KerasTensor, chain: _Chain, name: str) -> keras.KerasTensor:
    for number, follower in enumerate(chain.followers, start=1):
        config = follower.get_config() | {"name": f"{name}_{number}"}
        x = type(follower).from_config(config)(x)
    return x


def _keep_weights(model: keras.Model, ghosted: keras.Model) -> None:
    kept = {layer.name: layer for layer in model.layers}
    for layer in ghosted.layers:
        if layer.name in kept and layer.weights and not _is_model(layer):
            layer.set_weights(kept[layer.name].get_weights())
