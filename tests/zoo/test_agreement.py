from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ghostbench.core.artifact import PRECISIONS
from ghostbench.zoo.agreement import (
    LARGEST_ERROR,
    Agreement,
    checked_images,
    compare_outputs,
    disagreements,
    run_file,
)
from ghostbench.zoo.calibration import calibration_images, synthetic_source
from tests.zoo.planted import sound

FIXTURES = Path(__file__).parent.parent / "fixtures"

RANDOM = np.random.default_rng(0)
REFERENCE = RANDOM.normal(0, 1, (4, 10)).astype(np.float32)
GOOD = Agreement(max_abs_diff=0.0, error=0.0, reference_signal=0.5, file_signal=0.5)


def test_equal_outputs_agree_perfectly() -> None:
    found = compare_outputs(REFERENCE, REFERENCE)
    assert (found.max_abs_diff, found.error) == (0.0, 0.0)
    assert found.reference_signal == found.file_signal


def test_the_largest_difference_is_found_whatever_its_sign() -> None:
    outputs = REFERENCE.copy()
    outputs[2, 3] -= 0.5
    assert compare_outputs(REFERENCE, outputs).max_abs_diff == pytest.approx(0.5)


def test_what_all_images_have_in_common_does_not_hide_an_error() -> None:
    noise = RANDOM.normal(0, 0.1, REFERENCE.shape).astype(np.float32)
    plain = compare_outputs(REFERENCE, REFERENCE + noise)
    shifted = compare_outputs(REFERENCE + 100, REFERENCE + noise + 100)
    assert shifted.error == pytest.approx(plain.error, rel=1e-3)


def test_the_error_does_not_depend_on_the_outputs_unit() -> None:
    noise = RANDOM.normal(0, 0.1, REFERENCE.shape).astype(np.float32)
    plain = compare_outputs(REFERENCE, REFERENCE + noise)
    larger = compare_outputs(1000 * REFERENCE, 1000 * (REFERENCE + noise))
    assert larger.error == pytest.approx(plain.error, rel=1e-3)


def test_a_file_that_answers_with_the_mean_is_all_error() -> None:
    mean = np.repeat(REFERENCE.mean(axis=0, keepdims=True), 4, axis=0)
    found = compare_outputs(REFERENCE, mean)
    assert found.error == pytest.approx(1.0)
    assert "the file says nearly the same" in disagreements(found, "int8")[0]


def test_answers_to_the_wrong_images_disagree_in_every_precision() -> None:
    found = compare_outputs(REFERENCE, np.roll(REFERENCE, 1, axis=0))
    assert all(disagreements(found, precision) for precision in PRECISIONS)


@pytest.mark.parametrize("precision", PRECISIONS)
def test_an_error_is_accepted_up_to_the_limit_of_its_precision(precision: str) -> None:
    limit = LARGEST_ERROR[precision]
    assert disagreements(replace(GOOD, error=limit), precision) == []
    assert disagreements(replace(GOOD, error=limit * 1.01), precision) != []


@pytest.mark.parametrize("field", ["error", "reference_signal", "file_signal"])
def test_nan_never_agrees(field: str) -> None:
    assert disagreements(replace(GOOD, **{field: float("nan")}), "int8") != []


def test_outputs_that_are_all_zero_are_dead_and_raise_no_warning() -> None:
    zeros = np.zeros_like(REFERENCE)
    found = compare_outputs(zeros, zeros)
    assert "the Keras network itself" in disagreements(found, "fp32")[0]


def test_files_are_checked_on_images_that_int8_was_not_calibrated_on() -> None:
    calibrated = [*calibration_images(synthetic_source(count=8), 32)]
    for image in checked_images(32):
        assert not any(np.array_equal(image, other) for other in calibrated)


def test_a_float_file_is_given_the_image_and_its_outputs_are_taken_as_they_are(
    tmp_path: Path,
) -> None:
    images = checked_images(8)
    outputs = run_file(sound().write(tmp_path / "file.tflite"), images)
    assert outputs.shape == (len(images), 10)
    assert np.isfinite(outputs).all()
    assert not np.array_equal(outputs[0], outputs[1])


def test_an_int8_file_gives_real_numbers_close_to_the_float_file() -> None:
    images = checked_images(8)
    floats = run_file(FIXTURES / "tiny_conv.tflite", images)
    integers = run_file(FIXTURES / "tiny_int8.tflite", images)
    assert integers.dtype == np.float32
    assert np.abs(floats - integers).max() < 0.05  # probabilities
