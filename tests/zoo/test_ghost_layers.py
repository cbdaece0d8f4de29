"""The public layers: what they make, count to, and that models with them train, save and load."""

import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ghostbench.core.errors import UsageError

pytestmark = pytest.mark.tensorflow

ROOT = Path(__file__).resolve().parents[2]


def params(layer: Any) -> int:
    return sum(math.prod(variable.shape) for variable in layer.trainable_variables)


def ghost_params(inputs: int, out: int, ratio: int, dw_size: int, kernel: int = 1) -> int:
    """Section 3.1 of the paper, with two numbers of batch-norm for each map that is made."""
    intrinsic = math.ceil(out / ratio)
    made = intrinsic * (ratio - 1)
    return inputs * intrinsic * kernel**2 + made * dw_size**2 + 2 * (intrinsic + made)


@pytest.mark.parametrize(
    ("out", "ratio", "dw_size", "kernel"),
    [(16, 2, 3, 1), (16, 4, 5, 1), (15, 2, 3, 1), (16, 2, 3, 3), (7, 3, 1, 1), (8, 1, 3, 1)],
)
def test_a_ghost_module_has_the_parameters_of_the_papers_formula(
    out: int, ratio: int, dw_size: int, kernel: int
) -> None:
    import ghostbench

    layer = ghostbench.GhostModule(out, kernel, ratio=ratio, dw_size=dw_size)
    assert layer(np.ones((2, 8, 8, 6), np.float32)).shape == (2, 8, 8, out)
    assert params(layer) == ghost_params(6, out, ratio, dw_size, kernel)


def test_half_of_the_maps_are_depthwise_copies_of_the_other_half() -> None:
    import ghostbench

    layer = ghostbench.GhostModule(4, relu=False)
    x = np.random.default_rng(0).normal(size=(1, 5, 5, 3)).astype(np.float32)
    made = np.asarray(layer(x))
    primary = layer.network.get_layer("ghost_primary_conv_0").kernel.numpy()[0, 0]
    cheap = layer.network.get_layer("ghost_cheap_operation_0").kernel.numpy()[..., 0]
    scale = 1 / math.sqrt(1 + 1e-5)  # batch-norm before any training
    intrinsic = x @ primary * scale
    assert made[..., :2] == pytest.approx(intrinsic, abs=1e-5)
    padded = np.pad(intrinsic, ((0, 0), (1, 1), (1, 1), (0, 0)))
    copies = sum(padded[:, r : r + 5, c : c + 5] * cheap[r, c] for r in range(3) for c in range(3))
    assert made[..., 2:] == pytest.approx(np.asarray(copies) * scale, abs=1e-5)


@pytest.mark.parametrize("padding", ["same", "symmetric"])
@pytest.mark.parametrize(
    ("out", "strides", "se_channels"), [(8, 1, 0), (12, 1, 4), (12, 2, 0), (8, 2, 4)]
)
def test_a_bottleneck_is_that_of_the_network(
    out: int, strides: int, se_channels: int, padding: str
) -> None:
    import ghostbench

    layer = ghostbench.GhostBottleneck(
        24, out, strides=strides, se_channels=se_channels, padding=padding
    )
    made = layer(np.ones((1, 8, 8, 8), np.float32))
    assert made.shape == (1, 8 // strides, 8 // strides, out)
    assert layer.compute_output_shape((None, 8, 8, 8)) == (None, 8 // strides, 8 // strides, out)
    shortcut = strides == 1 and out == 8
    expected = ghost_params(8, 24, 2, 3) + ghost_params(24, out, 2, 3)
    expected += 24 * 9 + 2 * 24 if strides == 2 else 0
    expected += 2 * 24 * se_channels + 24 + se_channels if se_channels else 0
    expected += 0 if shortcut else 8 * 9 + 2 * 8 + 8 * out + 2 * out
    assert params(layer) == expected


def model(gate: str = "clip") -> Any:
    import keras

    import ghostbench

    keras.utils.set_random_seed(0)
    image = keras.Input((None, None, 3))
    x = ghostbench.GhostModule(8, 3, strides=2, name="stem")(image)
    x = ghostbench.GhostBottleneck(16, 8, se_channels=4, gate=gate, name="first")(x)
    x = ghostbench.GhostBottleneck(16, 12, 5, strides=2, padding="symmetric", ratio=3)(x)
    x = keras.layers.GlobalAveragePooling2D()(x)
    return keras.Model(image, keras.layers.Dense(3)(x))


# Keras saves a variable of TensorFlow in a way that numpy 2 deprecates.
@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
def test_a_model_with_them_saves_and_loads_in_another_process(tmp_path: Path) -> None:
    built = model()
    image = np.random.default_rng(1).normal(size=(2, 32, 32, 3)).astype(np.float32)
    np.save(tmp_path / "image.npy", image)
    built.save(tmp_path / "model.keras")
    code = (
        "import sys, numpy as np; from pathlib import Path; import ghostbench; ghostbench.GhostModule\n"
        "import keras; here = Path(sys.argv[1]); model = keras.models.load_model(here / 'model.keras')\n"
        "np.save(here / 'out.npy', np.asarray(model(np.load(here / 'image.npy'))))"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=True, cwd=ROOT)
    expected = np.asarray(built(image))
    assert np.load(tmp_path / "out.npy") == pytest.approx(expected, abs=1e-5)
    assert expected.std() > 1e-4


def test_a_model_with_them_trains() -> None:
    import keras

    built = model("hard_sigmoid")  # the other is flat outside 0 to 1; what stands before may stay
    built.compile(keras.optimizers.SGD(0.1), keras.losses.MeanSquaredError())
    random = np.random.default_rng(2)
    images, targets = random.normal(size=(8, 16, 16, 3)), random.normal(size=(8, 3))
    before = [variable.numpy() for variable in built.weights]
    built.fit(images, targets, epochs=1, batch_size=4, verbose=0)
    changed = [
        not np.array_equal(one, v.numpy()) for one, v in zip(before, built.weights, strict=True)
    ]
    assert all(
        change
        for change, variable in zip(changed, built.weights, strict=True)
        if "kernel" in variable.name or "moving_mean" in variable.name
    )


def test_their_multiply_adds_are_counted() -> None:
    import keras

    import ghostbench
    from ghostbench.zoo.keras_counts import count_network

    image = keras.Input(batch_shape=(1, 8, 8, 6))
    found = count_network(keras.Model(image, ghostbench.GhostModule(16)(image)))
    assert found.macs == 8 * 8 * (6 * 8 + 8 * 9)
    assert found.params == ghost_params(6, 16, 2, 3)


@pytest.mark.parametrize(
    "wrong", [{"ratio": 0}, {"dw_size": 2}, {"filters": 0}, {"padding": "valid"}]
)
def test_numbers_that_make_no_module_are_refused(wrong: dict[str, Any]) -> None:
    import ghostbench

    with pytest.raises(UsageError):
        ghostbench.GhostModule(**{"filters": 8, **wrong})


def test_the_layers_load_keras_only_when_they_are_asked_for() -> None:
    code = (
        "import sys, ghostbench; before = 'keras' in sys.modules; ghostbench.GhostModule;"
        "print(before, 'keras' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert done.stdout.split() == ["False", "True"]
