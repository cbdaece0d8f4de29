"""One layer as a network of its own, a `.keras` file each: an ordinary convolution, and the Ghost module in its place.

Runs as a process, `python -m ghostbench.zoo.single_layers FOLDER < layers.json`, so that whoever asks for layers does not
load TensorFlow. It says when and where files are made; what is in them is converted like any model of the user.
"""

import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ghostbench.core.errors import ConversionError
from ghostbench.core.strict import from_json, to_json

_SEED = 0
_TIMEOUT_S = 600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SingleLayer:
    """A convolution, batch-norm and ReLU; with a ratio above 1 the Ghost module that `ghostify` makes of them."""

    name: str
    inputs: int
    outputs: int
    kernel: int
    px: int
    ratio: int = 1
    dw_size: int = 3


def layer_files(layers: Sequence[SingleLayer], folder: Path) -> list[Path]:
    """The file of each layer, in their order; those that are there already are not made again.

    Raises ConversionError when they cannot be made.
    """
    paths = [folder / f"{layer.name}.keras" for layer in layers]
    missing = [layer for layer, path in zip(layers, paths, strict=True) if not path.is_file()]
    if missing:
        _make(missing, folder)
    return paths


def _make(layers: Sequence[SingleLayer], folder: Path) -> None:
    command = [sys.executable, "-m", "ghostbench.zoo.single_layers", str(folder)]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        ended = subprocess.run(
            command, input=to_json(tuple(layers)), capture_output=True, timeout=_TIMEOUT_S, check=False
        )
    except OSError as cause:
        raise ConversionError(f"{folder}: single layers cannot be made: {cause.strerror}") from cause
    except subprocess.TimeoutExpired as cause:
        raise ConversionError(f"single layers were not made within {_TIMEOUT_S:g} s") from cause
    if ended.returncode:
        told = ended.stderr.decode(errors="replace").strip().splitlines() or ["nothing was said"]
        raise ConversionError(f"single layers cannot be made: {told[-1]}")


def _main(folder: Path, text: bytes) -> None:
    from ghostbench.zoo.keras_backend import import_keras

    keras = import_keras()
    from ghostbench.zoo.ghostify import ghostify

    for layer in from_json(text, tuple[SingleLayer, ...]):
        keras.utils.set_random_seed(_SEED)
        image = keras.Input((layer.px, layer.px, layer.inputs), batch_size=1)
        x = keras.layers.Conv2D(
            layer.outputs, layer.kernel, padding="same", use_bias=False, name="conv"
        )(image)
        x = keras.layers.BatchNormalization(name="norm")(x)
        x = keras.layers.ReLU(name="relu")(x)
        model = ghostify(keras.Model(image, x, name="layer"), layer.ratio, layer.dw_size)
        # Whole or not at all: a file that is there counts as made.
        draft = folder / f".{layer.name}.keras"
        model.save(draft)
        draft.replace(folder / f"{layer.name}.keras")


if __name__ == "__main__":
    _main(Path(sys.argv[1]), sys.stdin.buffer.read())
