from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ghostbench.core.enlarging import Shape
from ghostbench.core.errors import UsageError
from ghostbench.core.model_spec import ModelSpec
from ghostbench.zoo.enlarge_messages import (
    BUILT_IN,
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
def parameters(network, context):
    if context.spec.input_px > 32:
        raise RuntimeError("too large for me")
    return network.count_params()

def lost(network, context):
    return float("nan")
"""


def spec() -> ModelSpec:
    made = space_of(load_specs()["ghostnet-1.0x"]).spec(TINY, "tiny")
    return replace(made, classes=2, expected=None)


def setup(function: str, folder: Path) -> ScoringSetup:
    return ScoringSetup(function=function, folder=folder, seed=0, epochs=30, classes=2)


def process(setup: ScoringSetup) -> ScoringProcess:
    return ScoringProcess(setup, threads=1, timeout_s=500)


def test_a_function_of_ones_own_is_found_in_the_folder_and_its_failures_are_told(
    tmp_path: Path,
) -> None:
    (tmp_path / "my_scores.py").write_text(OWN)
    with process(setup("my_scores:parameters", tmp_path)) as scoring:
        report = scoring.score(spec())
        failed = scoring.score(replace(spec(), input_px=64))
    assert report.failure is None
    assert report.score is not None
    assert report.score > 1000
    assert failed.failure == "RuntimeError: too large for me"


def test_a_score_that_is_no_number_is_a_failure(tmp_path: Path) -> None:
    (tmp_path / "my_scores.py").write_text(OWN)
    with process(setup("my_scores:lost", tmp_path)) as scoring:
        assert scoring.score(spec()).failure == "its score is nan"


def test_the_proxy_is_a_number_and_the_same_each_time(tmp_path: Path) -> None:
    with process(setup(BUILT_IN[PROXY], tmp_path)) as scoring:
        first, second = scoring.score(spec()), scoring.score(spec())
    assert first.score is not None
    assert first == second


def test_codes_that_differ_more_score_higher_and_equal_codes_not_at_all() -> None:
    from ghostbench.zoo.enlarge_proxy import log_determinant

    rng = np.random.default_rng(0)
    apart = rng.normal(size=(4, 100)).astype(np.float32)
    alike = apart.copy()
    alike[1:, :90] = alike[0, :90]
    same = np.repeat(apart[:1], 4, axis=0)
    assert log_determinant([apart]) > log_determinant([alike]) > log_determinant([same])
    assert log_determinant([same]) == float("-inf")


def test_a_short_training_learns_colours_and_leaves_out_what_it_cannot_read(
    tmp_path: Path,
) -> None:
    from PIL import Image

    images = []
    for number in range(20):
        path = tmp_path / f"{number}.png"
        shade = 150 + 5 * number
        Image.new("RGB", (40, 40), (shade, 0, 0) if number % 2 else (0, 0, shade)).save(path)
        images.append(TrainingImage(path=path, label=number % 2))
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"no picture")
    asked = replace(
        setup(BUILT_IN[TRAINING], tmp_path),
        training=(*images[:16], TrainingImage(path=broken, label=0)),
        held_out=tuple(images[16:]),
    )
    with process(asked) as scoring:
        report = scoring.score(spec())
    assert report.failure is None
    assert report.score == 100.0
    assert report.unreadable == (str(broken),)


def test_a_function_that_is_not_there_is_refused_before_the_first_network(tmp_path: Path) -> None:
    with (
        process(setup("json:nothing", tmp_path)) as scoring,
        pytest.raises(UsageError, match="no function 'nothing'"),
    ):
        scoring.check()
