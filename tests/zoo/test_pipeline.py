"""A tiny network through the whole pipeline, in this process."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from ghostbench.core.artifact import PRECISIONS, Artifact
from ghostbench.core.errors import ConversionError, GateRefused
from ghostbench.core.model_spec import Expected
from ghostbench.core.strict import from_json
from ghostbench.engine.tensor_values import TensorValues
from ghostbench.graph.reader import read_graph
from ghostbench.zoo.cache import file_stem, look_up
from ghostbench.zoo.pixels import PixelScale
from ghostbench.zoo.recipe import Recipe, WeightsSource
from tests.zoo.recipes import expecting, images, recipe

if TYPE_CHECKING:
    from ghostbench.zoo.pipeline import PreparedNetwork

pytestmark = pytest.mark.tensorflow


def prepare(of: Recipe) -> "PreparedNetwork":
    from ghostbench.zoo.keras_backend import import_keras

    import_keras()
    from ghostbench.zoo.pipeline import prepare_network

    return prepare_network(of.spec, of.weights)


@pytest.fixture(scope="module")
def prepared() -> "PreparedNetwork":
    return prepare(recipe())


def build(prepared: "PreparedNetwork", of: Recipe, folder: Path) -> Artifact:
    from ghostbench.zoo.pipeline import build_file

    scratch = folder / "scratch"
    scratch.mkdir(exist_ok=True)
    try:
        return build_file(prepared, of, folder=folder, scratch=scratch)
    finally:
        assert list(scratch.iterdir()) == []
        scratch.rmdir()


def in_precision(precision: str, **changes: Any) -> Recipe:
    return recipe(
        precision=precision, calibration=images() if precision == "int8" else None, **changes
    )


@pytest.mark.parametrize("precision", PRECISIONS)
def test_a_network_is_built_in_every_precision(
    prepared: "PreparedNetwork", tmp_path: Path, precision: str
) -> None:
    of = in_precision(precision)
    artifact = build(prepared, of, tmp_path)
    assert artifact.path.is_file()
    assert artifact.precision == precision
    assert artifact.macs == prepared.reference.network.macs
    assert artifact.weights == "random(seed=0)"
    assert artifact.options["width"] == 0.25
    assert artifact.options["padding"] == "same"  # defaults are told too
    assert artifact.seconds
    assert artifact.max_abs_diff is not None
    expected = "24 synthetic images (seed 0), from -1 to 1" if precision == "int8" else None
    assert artifact.calibration == expected
    assert (artifact.quantization is None) == (precision in ("fp32", "fp16"))
    assert look_up(of, tmp_path, print) == replace(artifact, cached=True)


@pytest.mark.parametrize(
    ("precision", "stored", "dtype"),
    [
        ("fp32", "float32", "float32"),
        ("fp16", "float16", "float32"),
        ("dynamic", "int8", "float32"),
        ("int8", "int8", "int8"),
    ],
)
def test_a_precision_is_what_it_is_said_to_be(
    prepared: "PreparedNetwork", tmp_path: Path, precision: str, stored: str, dtype: str
) -> None:
    artifact = build(prepared, in_precision(precision), tmp_path)
    assert [t.dtype for t in (*artifact.inputs, *artifact.outputs)] == [dtype, dtype]
    tensors = read_graph(artifact.path).main.tensors
    largest = max((t for t in tensors if t.is_constant), key=lambda t: t.elements)
    assert largest.dtype == stored
    if stored == "int8":
        assert largest.quantization is not None
        assert largest.quantization.scales > 1  # one for each channel


def test_int8_takes_and_gives_floats_when_asked(
    prepared: "PreparedNetwork", tmp_path: Path
) -> None:
    whole = build(prepared, in_precision("int8"), tmp_path)
    ended = build(prepared, in_precision("int8", int8_io="float"), tmp_path)
    assert [t.dtype for t in (*ended.inputs, *ended.outputs)] == ["float32", "float32"]
    kinds = dict(ended.operators)
    assert (kinds.pop("QUANTIZE"), kinds.pop("DEQUANTIZE")) == (1, 1)
    assert kinds == whole.operators
    assert ended.path != whole.path
    assert ended.quantization is not None
    assert ended.quantization.float_layers == ()
    assert (ended.quantization.per_tensor, ended.options["int8_io"]) == (0, "float")


def test_int8_with_the_pixels_of_trained_weights_is_calibrated_on_them(tmp_path: Path) -> None:
    scale = PixelScale(mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225), source="test")
    of = in_precision("int8", pixels=scale)
    artifact = build(prepare(of), of, tmp_path)
    # The brightest and the darkest pixels of the made images, between them the steps of the input.
    main = read_graph(artifact.path).main
    values = TensorValues(artifact.path).range_of(main.inputs[0])
    assert values == pytest.approx((-2.118, 2.640), abs=0.02)
    assert artifact.calibration is not None
    assert "mean 0.485,0.456,0.406, std 0.229,0.224,0.225 (test)" in artifact.calibration
    assert artifact.options["input_mean"] == "0.485,0.456,0.406"


def test_building_twice_gives_the_same_bytes(prepared: "PreparedNetwork", tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    for folder in (one, two):
        folder.mkdir()
    first = build(prepared, in_precision("int8"), one)
    again = build(prepare(recipe()), in_precision("int8"), two)
    assert first.sha256 == again.sha256


def test_another_seed_gives_other_weights(tmp_path: Path) -> None:
    of = recipe(weights=WeightsSource(seed=1))
    other = build(prepare(of), of, tmp_path)
    assert other.weights == "random(seed=1)"
    assert other.sha256 != build(prepare(recipe()), recipe(), tmp_path).sha256


def test_a_refused_file_leaves_nothing(prepared: "PreparedNetwork", tmp_path: Path) -> None:
    of = recipe(expected=expecting(params=1, macs=1))
    with pytest.raises(GateRefused) as refused:
        build(prepared, of, tmp_path)
    assert len(refused.value.reasons) == 2
    assert list(tmp_path.iterdir()) == []


def test_a_network_that_is_as_its_spec_says_passes(
    prepared: "PreparedNetwork", tmp_path: Path
) -> None:
    counted = prepared.reference.network
    expected = Expected(params=counted.params, macs=counted.macs, source="counted")
    assert build(prepared, recipe(expected=expected), tmp_path).params == counted.params


def test_the_direct_graph_is_the_one_that_tensorflow_makes_of_the_keras_model(
    prepared: "PreparedNetwork", tmp_path: Path
) -> None:
    import tensorflow as tf

    from ghostbench.zoo.agreement import run_file
    from ghostbench.zoo.pipeline import give_weights
    from ghostbench.zoo.registry import build_network

    model = build_network(recipe().spec)
    give_weights(model, recipe().weights, recipe().spec)
    slow = tmp_path / "slow.tflite"
    slow.write_bytes(tf.lite.TFLiteConverter.from_keras_model(model).convert())
    quick = build(prepared, recipe(), tmp_path)
    assert [o.kind for o in read_graph(slow).main.operators] == [
        o.kind for o in read_graph(quick.path).main.operators
    ]
    checked = prepared.reference.images
    assert np.array_equal(run_file(slow, checked), run_file(quick.path, checked))


def test_a_network_of_open_size_is_refused() -> None:
    from ghostbench.zoo.keras_backend import import_keras

    keras = import_keras()
    from ghostbench.zoo.keras_to_tflite import trace_network

    image = keras.Input(shape=(8, 8, 3))
    model = keras.Model(image, keras.layers.Flatten()(image))
    with pytest.raises(ConversionError, match="leaves a size open"):
        trace_network(model)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_disk_is_one_clear_line_and_leaves_nothing(
    prepared: "PreparedNetwork", tmp_path: Path
) -> None:
    from ghostbench.zoo.pipeline import build_file

    scratch = tmp_path / "scratch"
    scratch.mkdir()
    (scratch / f"{file_stem(recipe())}.tflite").symlink_to("/dev/full")
    with pytest.raises(
        ConversionError, match="cannot keep the built file: No space left on device"
    ):
        build_file(prepared, recipe(), folder=tmp_path, scratch=scratch)
    assert [path.name for path in tmp_path.rglob("*")] == ["scratch"]


def test_an_error_of_the_tools_is_told_in_one_line() -> None:
    from ghostbench.zoo.pipeline import told

    assert told(RuntimeError("first line\nsecond line")) == "RuntimeError: first line"
    assert told(RuntimeError()) == "RuntimeError"
    assert told(ConversionError("as it is")) == "as it is"


def test_the_sidecar_of_a_built_file_can_be_read_alone(
    prepared: "PreparedNetwork", tmp_path: Path
) -> None:
    artifact = build(prepared, recipe(), tmp_path)
    stored = from_json(artifact.path.with_suffix(".json").read_bytes(), Artifact)
    assert stored.path == Path(artifact.path.name)
    assert stored.sha256 == artifact.sha256
