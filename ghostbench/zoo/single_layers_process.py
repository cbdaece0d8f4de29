"""The process that makes single layers: `python -m ghostbench.zoo.single_layers_process FOLDER < layers.json`."""

import sys
from pathlib import Path

import keras

from ghostbench.core.strict import from_json
from ghostbench.zoo.ghostify import ghostify
from ghostbench.zoo.single_layers import SingleLayer

_SEED = 0


def layer_model(layer: SingleLayer) -> keras.Model:
    """The layer as a network of one input and one output, with Keras' initial weights of a fixed seed."""
    keras.utils.set_random_seed(_SEED)
    maps = keras.Input((layer.px, layer.px, layer.inputs), batch_size=1)
    x = keras.layers.Conv2D(
        layer.outputs, layer.kernel, padding="same", use_bias=False, name="conv"
    )(maps)
    x = keras.layers.BatchNormalization(name="norm")(x)
    x = keras.layers.ReLU(name="relu")(x)
    return ghostify(keras.Model(maps, x, name="layer"), layer.ratio, layer.dw_size)


def write_layers(layers: tuple[SingleLayer, ...], folder: Path) -> None:
    """Each layer's file, whole or not at all: one that is there counts as made."""
    for layer in layers:
        draft = folder / f".{layer.name}.keras"
        layer_model(layer).save(draft)
        draft.replace(folder / f"{layer.name}.keras")


if __name__ == "__main__":
    write_layers(from_json(sys.stdin.buffer.read(), tuple[SingleLayer, ...]), Path(sys.argv[1]))
