"""The scoring process with TensorFlow in it. Starting one takes longer than all that it is asked here: there is one.

Its function is one of the user's own, which hands each network to the score that the network is named after.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ghostbench.core.enlarging import Shape
from ghostbench.core.errors import UsageError
from ghostbench.core.model_spec import ModelSpec
from ghostbench.zoo.enlarge_messages import (
    PROXY,
    TRAINING,
    ScoringSetup,
    TrainingImage,
)
from ghostbench.zoo.enlarge_process import ScoringProcess
from ghostbench.zoo.enlarge_space import space_of
from ghostbench.zoo.specs import load_specs

pytestmark = pytest.mark.tensorflow

TINY = Shape(blocks=(1,) * 6, channels=(8, 8, 12, 16, 16, 20), input_px=32)
OWN = """
import importlib
from ghostbench.zoo.enlarge_messages import BUILT_IN

def by_name(network, context):
    if context.spec.name not in BUILT_IN:
        return globals()[context.spec.name](network, context)
    module, _, function = BUILT_IN[context.spec.name].partition(":")
    if context.spec.name == "training":
        network = small()
    return getattr(importlib.import_module(module), function)(network, context)

def small():  # how TensorFlow prepares the training of a larger one would take most of the time
    import keras
    layers = [
        keras.Input((32, 32, 3)),
        keras.layers.Conv2D(4, 3, strides=4),
        keras.layers.BatchNormalization(),
        keras.layers.ReLU(),
        keras.layers.GlobalAveragePooling2D(),
        keras.layers.Dense(2),
    ]
    return keras.Sequential(layers)

def parameters(network, context):
    if context.spec.input_px > 32:
        raise RuntimeError("too large for me")
    return network.count_params()

def lost(network, context):
    return float("nan")
"""
BROKEN = "broken.png"


def spec(score: str) -> ModelSpec:
    made = space_of(load_specs()["ghostnet-1.0x"]).spec(TINY, score)
    return replace(made, classes=2, expected=None)


def setup(function: str, folder: Path) -> ScoringSetup:
    return ScoringSetup(function=function, folder=folder, seed=0, epochs=30, classes=2)


def pictures(folder: Path) -> list[TrainingImage]:
    """Red and blue ones."""
    from PIL import Image

    images = []
    for number in range(20):
        path = folder / f"{number}.png"
        shade = 150 + 5 * number
        Image.new("RGB", (40, 40), (shade, 0, 0) if number % 2 else (0, 0, shade)).save(path)
        images.append(TrainingImage(path=path, label=number % 2))
    return images


@pytest.fixture(scope="module")
def scoring(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ScoringProcess]:
    folder = tmp_path_factory.mktemp("scoring")
    (folder / "my_scores.py").write_text(OWN)
    (folder / BROKEN).write_bytes(b"no picture")
    images = pictures(folder)
    asked = replace(
        setup("my_scores:by_name", folder),
        training=(*images[:16], TrainingImage(path=folder / BROKEN, label=0)),
        held_out=tuple(images[16:]),
    )
    with ScoringProcess(asked, threads=1, timeout_s=500) as process:
        yield process


def test_a_function_of_ones_own_is_found_in_the_folder_and_its_failures_are_told(
    scoring: ScoringProcess,
) -> None:
    report = scoring.score(spec("parameters"))
    failed = scoring.score(replace(spec("parameters"), input_px=64))
    assert report.failure is None
    assert report.score is not None
    assert report.score > 1000
    assert failed.failure == "RuntimeError: too large for me"


def test_a_score_that_is_no_number_is_a_failure(scoring: ScoringProcess) -> None:
    assert scoring.score(spec("lost")).failure == "its score is nan"


def test_the_proxy_is_a_number_and_the_same_each_time(scoring: ScoringProcess) -> None:
    first, second = scoring.score(spec(PROXY)), scoring.score(spec(PROXY))
    assert first.failure is None
    assert first.score is not None
    assert first == second


def test_a_short_training_learns_colours_and_leaves_out_what_it_cannot_read(
    scoring: ScoringProcess,
) -> None:
    report = scoring.score(spec(TRAINING))
    assert report.failure is None
    assert report.score == 100.0
    assert [Path(path).name for path in report.unreadable] == [BROKEN]


def test_codes_that_differ_more_score_higher_and_equal_codes_not_at_all() -> None:
    from ghostbench.zoo.enlarge_codes import log_determinant

    rng = np.random.default_rng(0)
    apart = rng.normal(size=(4, 100)).astype(np.float32)
    alike = apart.copy()
    alike[1:, :90] = alike[0, :90]
    same = np.repeat(apart[:1], 4, axis=0)
    assert log_determinant([apart]) > log_determinant([alike]) > log_determinant([same])
    assert log_determinant([same]) == float("-inf")


def test_a_function_that_is_not_there_is_refused_before_the_first_network(tmp_path: Path) -> None:
    from ghostbench.zoo.enlarge_functions import find_function

    with pytest.raises(UsageError, match="no function 'nothing'"):
        find_function(setup("json:nothing", tmp_path))
    with pytest.raises(UsageError, match="the score function's module 'my_missing_module'"):
        find_function(setup("my_missing_module:score", tmp_path))
