"""Models of one's own, once converted, are found by their names."""

from pathlib import Path

import pytest

from ghostbench.core.errors import UsageError
from ghostbench.workflows.run import find_artifacts, given_file
from ghostbench.zoo.cache import find_own, own_names, publish
from tests.zoo.recipes import artifact_at, recipe

TINY = Path(__file__).parent.parent / "fixtures" / "tiny_conv.tflite"


def converted(workspace: Path, name: str = "mine", source: str | None = "mine.onnx") -> Path:
    folder = workspace / "models" / "built"
    folder.mkdir(parents=True, exist_ok=True)
    draft = artifact_at(folder / "draft.tflite", TINY.read_bytes(), name=name, source=source)
    return publish(draft, recipe(name=name), folder).path


def test_it_is_found_by_its_name_without_building(tmp_path: Path) -> None:
    path = converted(tmp_path)
    (artifact,) = find_artifacts(["mine"], precision="fp32", workspace=tmp_path)
    assert (artifact.path, artifact.source, artifact.cached) == (path, "mine.onnx", True)
    assert own_names(tmp_path) == {"mine"}


def test_a_precision_that_was_not_converted_is_told(tmp_path: Path) -> None:
    converted(tmp_path)
    with pytest.raises(UsageError, match="mine was not converted to int8; convert its file again"):
        find_artifacts(["mine"], precision="int8", workspace=tmp_path)


def test_a_network_of_the_zoo_is_none_of_ones_own(tmp_path: Path) -> None:
    converted(tmp_path, name="ghostnet-1.0x", source=None)
    assert find_own("ghostnet-1.0x", "fp32", workspace=tmp_path) is None
    assert own_names(tmp_path) == set()


def test_a_damaged_file_is_not_found(tmp_path: Path) -> None:
    converted(tmp_path).write_bytes(b"damaged")
    assert find_own("mine", "fp32", workspace=tmp_path) is None


def test_a_file_that_is_not_converted_yet_says_how_to(tmp_path: Path) -> None:
    with pytest.raises(
        UsageError, match=r"only a \.tflite can be timed; make one: ghostbench convert"
    ):
        given_file(tmp_path / "mine.onnx")
