from dataclasses import replace
from pathlib import Path

import pytest

from ghostbench.core.errors import GhostbenchError, ModelFileError, UsageError
from ghostbench.core.strict import to_json
from ghostbench.workflows.accuracy import Images, accuracy, measured_accuracies
from ghostbench.workflows.run import given_file
from tests.accuracy.colour_model import colour_model, paint, painted_folder


class Told:
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.steps = 0

    def start(self, title: str, *, steps: int, expected_s: float | None = None) -> None:
        pass

    def doing(self, what: str) -> None:
        pass

    def step(self, steps: int = 1) -> None:
        self.steps += steps

    def say(self, line: str) -> None:
        self.lines.append(line)


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "colour.tflite"
    path.write_bytes(colour_model())
    return path


def test_every_image_is_asked_and_wrong_labels_count_against_the_model(
    tmp_path: Path, model: Path
) -> None:
    folder = painted_folder(tmp_path / "images")
    paint(folder / "0" / "wrong.png", "blue")
    (result,) = accuracy([str(model)], Images(source=folder), workspace=tmp_path, workers=1).results
    assert (result.top1.right, result.top1.of, result.images) == (12, 13, 13)
    assert result.top1.percent == pytest.approx(100 * 12 / 13)
    assert result.top1.ci95_percent[0] < result.top1.percent < result.top1.ci95_percent[1]
    assert result.top5 is None  # three classes have no fifth place
    assert result.preprocessing.source


def test_what_cannot_be_read_is_named_and_in_no_share(tmp_path: Path, model: Path) -> None:
    folder = painted_folder(tmp_path / "images", each=1)
    (folder / "1" / "torn.png").write_bytes((folder / "1" / "0.png").read_bytes()[:40])
    (folder / "2" / "empty.jpg").write_bytes(b"")
    told = Told()
    (result,) = accuracy(
        [str(model)], Images(source=folder), workspace=tmp_path, workers=2, progress=told
    ).results
    assert result.unreadable == ("1/torn.png", "2/empty.jpg")
    assert result.top1.of == result.images == 3
    assert "2 of 5 images cannot be read and are left out: 1/torn.png, 2/empty.jpg" in told.lines[0]


def test_images_that_were_answered_are_not_asked_again(tmp_path: Path, model: Path) -> None:
    folder = painted_folder(tmp_path / "images")
    images = Images(source=folder)
    (first,) = accuracy([str(model)], images, workspace=tmp_path, workers=1).results
    (answers,) = (tmp_path / "results" / "accuracy").glob("*/answers.jsonl")
    lines = answers.read_bytes().splitlines(keepends=True)
    answers.write_bytes(b"".join(lines[:6]))  # as after a kill: the question and five answers
    told = Told()
    (second,) = accuracy([str(model)], images, workspace=tmp_path, workers=1, progress=told).results
    assert second == first
    assert "5 images were answered before" in told.lines[0]
    kept = answers.read_bytes().splitlines(keepends=True)
    assert kept[:6] == lines[:6]
    assert len(kept) == len(lines)


def test_two_files_are_compared_on_the_same_images(tmp_path: Path, model: Path) -> None:
    folder = painted_folder(tmp_path / "images", each=10)
    other = tmp_path / "other.tflite"
    other.write_bytes(colour_model() + b"\0")  # the same answers from another file
    outcome = accuracy(
        [str(model), str(other)], Images(source=folder), workspace=tmp_path, workers=1
    )
    (difference,) = outcome.differences
    assert (difference.points, difference.only_first, difference.of) == (0.0, 0, 30)
    assert difference.p_value == 1.0


def test_results_are_found_by_the_models_hash(tmp_path: Path, model: Path) -> None:
    folder = painted_folder(tmp_path / "images", each=2)
    images = Images(source=folder)
    (few,) = accuracy(
        [str(model)], Images(source=folder, limit=2), workspace=tmp_path, workers=1
    ).results
    (many,) = accuracy([str(model)], images, workspace=tmp_path, workers=1).results
    assert (few.images, many.images) == (2, 6)
    assert measured_accuracies(tmp_path) == {many.model_sha256: many}


def test_of_a_file_that_was_built_here_it_is_known_which_network_it_is(
    tmp_path: Path, model: Path
) -> None:
    built = replace(given_file(model), name="known", weights="abc")
    model.with_suffix(".json").write_bytes(to_json(built))
    images = Images(source=painted_folder(tmp_path / "images", each=1))
    (result,) = accuracy([str(model)], images, workspace=tmp_path, workers=1).results
    assert (result.name, result.weights) == ("known", "abc")
    model.write_bytes(colour_model() + b"\0")  # another file than the one that is described
    (result,) = accuracy([str(model)], images, workspace=tmp_path, workers=1).results
    assert (result.name, result.weights) == ("colour", None)


def test_a_set_without_one_readable_image_is_an_error(tmp_path: Path, model: Path) -> None:
    for label in range(3):
        (tmp_path / "images" / str(label)).mkdir(parents=True)
        (tmp_path / "images" / str(label) / "a.png").write_bytes(b"no picture")
    with pytest.raises(GhostbenchError, match=r"not one of 3 images can be read; 0/a\.png"):
        accuracy([str(model)], Images(source=tmp_path / "images"), workspace=tmp_path, workers=1)


def test_a_file_that_is_no_classifier_of_images_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "four.tflite"
    path.write_bytes(colour_model(channels=4))
    folder = painted_folder(tmp_path / "images", each=1)
    with pytest.raises(ModelFileError, match="one square image"):
        accuracy([str(path)], Images(source=folder), workspace=tmp_path, workers=1)


def test_a_label_beyond_the_outputs_is_refused_before_anything_is_asked(
    tmp_path: Path, model: Path
) -> None:
    table = tmp_path / "labels.csv"
    paint(tmp_path / "a.png", "red")
    table.write_text("a.png,3\n")
    with pytest.raises(UsageError, match=r"the label of a\.png is 3"):
        accuracy([str(model)], Images(source=table), workspace=tmp_path, workers=1)
    assert not (tmp_path / "results").exists()


@pytest.mark.parametrize(
    ("images", "told"),
    [
        ({"limit": 0}, "at least one image"),
        ({"crop_px": 9}, "takes images of 8 px"),
        ({"std": (1.0, 0.0, 1.0)}, "above zero"),
    ],
)
def test_recipes_that_cannot_be_are_refused(
    tmp_path: Path, model: Path, images: dict[str, object], told: str
) -> None:
    folder = painted_folder(tmp_path / "images", each=1)
    with pytest.raises(UsageError, match=told):
        accuracy([str(model)], Images(source=folder, **images), workspace=tmp_path, workers=1)  # type: ignore[arg-type]
