from dataclasses import replace
from pathlib import Path

from ghostbench.bench.jobs import make_jobs
from ghostbench.core.artifact import Artifact, Quantization
from ghostbench.core.plan import RunSettings
from tests.bench.lab import Lab


def names(*artifacts: Artifact, engines: tuple[str, ...] = ("litert",)) -> list[str]:
    settings = {"host": RunSettings()}
    jobs = make_jobs(artifacts, engines=engines, devices=["host"], settings=settings)
    return [job.job_id for job in jobs]


def test_a_job_is_named_by_model_and_precision(tmp_path: Path) -> None:
    lab = Lab(tmp_path)
    assert names(lab.artifact("a"), lab.artifact("b", "int8")) == ["a-fp32", "b-int8"]


def test_what_differs_comes_into_the_name(tmp_path: Path) -> None:
    lab = Lab(tmp_path)
    keras, onnx = lab.artifact("a"), lab.artifact("a", route="onnx")
    assert names(keras, onnx) == ["a-fp32-keras", "a-fp32-onnx"]
    assert names(keras, engines=("litert", "other")) == ["a-fp32-litert", "a-fp32-other"]


def test_two_files_of_one_name_are_told_apart_by_their_content(tmp_path: Path) -> None:
    lab = Lab(tmp_path)
    one = lab.artifact("a", "as given", "given")
    renamed = replace(lab.artifact("b", "as given", "given"), name="a")
    found = names(one, renamed)
    assert found == [f"a-as-given-{one.sha256[:8]}", f"a-as-given-{renamed.sha256[:8]}"]


def test_a_job_says_which_quantisation_its_file_has(tmp_path: Path) -> None:
    lab = Lab(tmp_path)
    found = Quantization(
        per_channel=3, per_tensor=1, takes="float32", gives="int8", float_layers=("2 ADD sum",)
    )
    whole = replace(lab.artifact("a", "int8"), quantization=found, calibration="8 images")
    settings = {"host": RunSettings()}

    plain, quantised = make_jobs(
        [lab.artifact("b"), whole], engines=["litert"], devices=["host"], settings=settings
    )

    assert plain.quantization is None
    assert quantised.quantization == (
        "int8: 3 operators with one scale for each channel and 1 operator with one scale for all weights; "
        "float32 in, int8 out; 1 operator in floats; calibrated on 8 images"
    )


def test_no_files_make_no_jobs() -> None:
    assert names() == []
