"""The layer that was made bad is the one that is told, on files that were quantised by hand."""

import json
from pathlib import Path

import pytest

from ghostbench.cli.main import main
from ghostbench.core.errors import ModelFileError, UsageError
from ghostbench.core.layer_error import LayerErrors
from ghostbench.report.layer_error_text import error_lines, layer_rows
from ghostbench.workflows.layer_errors import layer_errors
from ghostbench.workflows.layer_inputs import ErrorInputs
from tests.workflows.quantized_pair import LAYERS, in_floats, quantised

FIXTURES = Path(__file__).resolve().parent.parent / "fixtures"


def compared(folder: Path, *, coarse: int | None = None, float_ends: bool = False) -> LayerErrors:
    one, other = folder / "int8.tflite", folder / "fp32.tflite"
    one.write_bytes(quantised(coarse=coarse, float_ends=float_ends))
    other.write_bytes(in_floats())
    return layer_errors(one, other)


@pytest.mark.parametrize("coarse", range(LAYERS))
def test_the_layer_with_steps_too_large_loses_most(tmp_path: Path, coarse: int) -> None:
    found = compared(tmp_path, coarse=coarse)

    worst = max(found.layers, key=lambda one: one.lost_db or 0)
    assert worst.reference_index == coarse
    assert worst.lost_db is not None
    others = [one.lost_db or 0 for one in found.layers if one is not worst]
    assert worst.lost_db > max(others) + 10


def test_a_well_quantised_network_is_near_its_floats(tmp_path: Path) -> None:
    found = compared(tmp_path)

    assert [one.snr_db for one in found.layers] == sorted(one.snr_db or 0 for one in found.layers)
    assert all(one.snr_db is not None and 25 < one.snr_db < 50 for one in found.layers)
    assert found.input_snr_db is not None
    assert 35 < found.input_snr_db < 55
    assert (found.count, found.unpaired, found.float_layers) == (8, (), ())


def test_eight_bits_on_a_uniform_number_give_the_ratio_of_theory(tmp_path: Path) -> None:
    # Uniform over 254 steps: the signal is 254**2 / 12 steps squared, rounding 1 / 12 of one.
    found = compared(tmp_path)

    assert found.input_snr_db == pytest.approx(48.1, abs=2)


def test_float_ends_are_passed_over(tmp_path: Path) -> None:
    whole, ended = compared(tmp_path), compared(tmp_path, float_ends=True)

    assert ended.unpaired == ()
    assert [one.snr_db for one in ended.layers] == pytest.approx(
        [one.snr_db for one in whole.layers]
    )
    assert ended.input_snr_db is None  # floats are given to both
    assert ended.output_snr_db == pytest.approx(whole.output_snr_db)


def test_a_file_does_not_differ_from_itself(tmp_path: Path) -> None:
    file = tmp_path / "fp32.tflite"
    file.write_bytes(in_floats())

    found = layer_errors(file, file)

    assert {one.snr_db for one in found.layers} == {None}
    assert all(one.in_floats for one in found.layers)


def test_the_two_files_may_be_named_in_either_order(tmp_path: Path) -> None:
    found = compared(tmp_path)

    turned = layer_errors(tmp_path / "fp32.tflite", tmp_path / "int8.tflite")

    assert turned == found


def test_inputs_have_the_range_that_the_file_holds_unless_another_is_asked_for(
    tmp_path: Path,
) -> None:
    assert compared(tmp_path).inputs == "8 made inputs, from -1.008 to 1"
    asked = layer_errors(
        tmp_path / "int8.tflite", tmp_path / "fp32.tflite", ErrorInputs(input_range=(0.0, 0.5))
    )
    assert asked.inputs == "8 made inputs, from 0 to 0.5"


def test_files_of_different_networks_are_refused(tmp_path: Path) -> None:
    (tmp_path / "fp32.tflite").write_bytes(in_floats())
    with pytest.raises(UsageError, match="no layers in common"):
        layer_errors(FIXTURES / "tiny_conv.tflite", tmp_path / "fp32.tflite")


def test_a_network_of_two_inputs_is_refused() -> None:
    file = FIXTURES / "tiny_two_inputs.tflite"
    with pytest.raises(ModelFileError, match="it has 2 inputs"):
        layer_errors(file, file)


def test_the_answer_comes_first_and_in_words(tmp_path: Path) -> None:
    found = compared(tmp_path, coarse=2)

    verdict, most, *rest = error_lines(found)

    assert " dB signal-to-noise, on 8 made inputs" in verdict
    assert most.startswith("Most is lost in 2 FULLY_CONNECTED (")
    assert "No operator stays in floats." in rest
    assert len(layer_rows(found.layers)) == LAYERS


def test_the_command_prints_a_table_or_json(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    compared(tmp_path, coarse=1)
    one, other = str(tmp_path / "int8.tflite"), str(tmp_path / "fp32.tflite")
    command = ["inspect", one, "--against", other, "--layer-errors"]

    assert main(command) == 0
    assert "SNR dB" in capsys.readouterr().out

    assert main([*command, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert len(told["layers"]) == LAYERS
    assert told["layers"][0]["snr_db"] < told["layers"][-1]["snr_db"]


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--layer-errors"], "--against FP32"),
        (["--images", "photos"], "go with --layer-errors"),
        (["--layer-errors", "--against", "x", "--input-range", "1", "0"], "the smaller one first"),
    ],
)
def test_a_request_that_cannot_be_is_told(
    capsys: pytest.CaptureFixture[str], options: list[str], told: str
) -> None:
    assert main(["inspect", str(FIXTURES / "tiny_conv.tflite"), *options]) == 2
    assert told in capsys.readouterr().err
