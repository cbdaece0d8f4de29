"""Keras files and SavedModel folders of one's own, by the direct route."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ghostbench.core.artifact import Artifact
from ghostbench.core.errors import ConversionError, GateRefused
from ghostbench.zoo.own_model import Wishes
from ghostbench.zoo.planning import Asked, plan_recipes

pytestmark = [
    pytest.mark.tensorflow,
    # Keras' own, when it writes a file.
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),
]

RANGE = (0.0, 255.0)


@pytest.fixture(scope="module")
def keras() -> Any:
    from ghostbench.zoo.keras_backend import import_keras

    return import_keras()


@pytest.fixture(scope="module")
def models(keras: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    layers = keras.layers
    image = keras.Input((None, None, 3), name="image")
    x = layers.Rescaling(1 / 255)(image)
    x = layers.Conv2D(16, 3, strides=2, padding="same", use_bias=False)(x)
    x = layers.ReLU()(layers.BatchNormalization()(x))
    x = layers.SeparableConv2D(80, 3, padding="same")(x)
    x = layers.Conv2DTranspose(20, 2, strides=2)(layers.LayerNormalization()(x))
    x = layers.GlobalAveragePooling2D()(x)
    network = keras.Model(image, layers.Dense(120)(x))
    rng = np.random.default_rng(0)
    for variable in network.variables:
        if variable.dtype == "float32":
            variable.assign(variable + 0.05 * rng.standard_normal(variable.shape))
    network.save(folder / "open.keras")
    network.export(folder / "saved", format="tf_saved_model", verbose=False)
    vector = keras.Input((64,), name="vector")
    keras.Model(vector, layers.Dense(40)(vector)).save(folder / "plain.keras")
    keras.Model(vector, layers.Dense(2, kernel_initializer="zeros")(vector)).save(
        folder / "dead.keras"
    )
    keras.Model([image, vector], layers.Dense(2)(vector)).save(folder / "two.keras")
    count = keras.Input((8,), dtype="int32")
    keras.Model(count, layers.Embedding(10, 4)(count)).save(folder / "numbers.keras")
    (folder / "broken.keras").write_bytes(b"PK\x03\x04 no archive")
    return folder


def built(
    model: Path, folder: Path, precisions: tuple[str, ...] = ("fp32",), **wishes: Any
) -> list[Artifact]:
    """What the worker does, in this process."""
    from ghostbench.zoo.pipeline import build_file, prepare

    asked = Asked(precisions=precisions, own=Wishes(**{"input_range": RANGE, **wishes}))
    recipes = plan_recipes([str(model)], asked, workspace=folder, warn=print)
    scratch = folder / "scratch"
    scratch.mkdir()
    try:
        prepared = prepare(recipes, scratch)
        return [build_file(prepared, recipe, folder=folder, scratch=scratch) for recipe in recipes]
    finally:
        scratch.rmdir()  # which fails if anything is left in it


@pytest.mark.parametrize("name", ["open.keras", "saved"])
def test_it_is_built_and_checked_in_every_precision(
    models: Path, tmp_path: Path, name: str
) -> None:
    everything = ("fp32", "fp16", "dynamic", "int8")
    made = built(models / name, tmp_path, everything, input_shape=(1, 24, 40, 3))
    assert tuple(artifact.precision for artifact in made) == everything
    macs = 12 * 20 * (16 * 27 + 16 * 9 + 16 * 80) + 12 * 20 * 80 * 4 * 20 + 20 * 120
    for artifact in made:
        assert artifact.macs == macs
        assert artifact.inputs[0].shape == (1, 24, 40, 3)
        assert artifact.source is not None
        assert artifact.source.startswith(f"{name}, sha256 ")
        assert (artifact.family, artifact.weights) == (None, "as in the source")
    assert any("in int8, these stay in floats: " in remark for remark in made[3].remarks)
    assert not any("floats" in remark for artifact in made[:3] for remark in artifact.remarks)
    sizes = [artifact.size_bytes for artifact in made]
    assert sizes[0] > sizes[1] > max(sizes[2:])
    assert sorted(path.suffix for path in tmp_path.iterdir()) == [".json"] * 4 + [".tflite"] * 4


def test_a_network_that_takes_no_images_is_built(models: Path, tmp_path: Path) -> None:
    (artifact,) = built(models / "plain.keras", tmp_path)
    assert (artifact.inputs[0].shape, artifact.macs, artifact.params) == ((1, 64), 2560, 2600)


@pytest.mark.parametrize(
    ("name", "why"),
    [
        (
            "open.keras",
            r"\? x \? x \? x 3 and leaves a size open; say the size: --input-shape 1,224,224,3",
        ),
        (
            "saved",
            r"\? x \? x \? x 3 and leaves a size open; say the size: --input-shape 1,224,224,3",
        ),
        ("two.keras", "it has 2 inputs and 1 outputs"),
        ("numbers.keras", "takes int32; networks that take float32"),
        ("broken.keras", "it cannot be read"),
    ],
)
def test_a_bad_model_is_refused_with_the_reason_and_leaves_nothing(
    models: Path, tmp_path: Path, name: str, why: str
) -> None:
    with pytest.raises(ConversionError, match=why) as caught:
        built(models / name, tmp_path)
    assert len(str(caught.value).splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


def test_a_shape_that_does_not_fit_is_refused(models: Path, tmp_path: Path) -> None:
    with pytest.raises(ConversionError, match="--input-shape 1 x 3 x 24 x 40 does not fit it"):
        built(models / "open.keras", tmp_path, input_shape=(1, 3, 24, 40))


def test_a_model_that_says_the_same_of_everything_is_refused(models: Path, tmp_path: Path) -> None:
    with pytest.raises(GateRefused, match="the Keras network itself says nearly the same"):
        built(models / "dead.keras", tmp_path)
    assert list(tmp_path.iterdir()) == []
