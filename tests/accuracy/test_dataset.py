from pathlib import Path

import pytest

from ghostbench.accuracy.dataset import Dataset, read_dataset, subset
from ghostbench.core.errors import UsageError


def put(root: Path, *names: str) -> Path:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
    return root


def labels(dataset: Dataset) -> dict[str, int]:
    return {image.key: image.label for image in dataset.images}


def test_class_folders_in_the_order_of_their_names_are_the_outputs(tmp_path: Path) -> None:
    put(tmp_path, "n02/a.JPEG", "n01/b.jpg", "n01/deep/c.png", "n01/notes.txt")
    found = labels(read_dataset(tmp_path, outputs=2))
    assert found == {"n01/b.jpg": 0, "n01/deep/c.png": 0, "n02/a.JPEG": 1}


def test_numbered_class_folders_are_their_numbers(tmp_path: Path) -> None:
    put(tmp_path, "7/a.png", "10/b.png")
    assert labels(read_dataset(tmp_path, outputs=1000)) == {"7/a.png": 7, "10/b.png": 10}


def test_named_classes_allow_a_part_of_the_folders(tmp_path: Path) -> None:
    put(tmp_path / "images", "cat/a.png", "dog/b.png")
    names = tmp_path / "names.txt"
    names.write_text("bird\ncat\n\ndog\n")
    found = read_dataset(tmp_path / "images", outputs=3, classes=names)
    assert labels(found) == {"cat/a.png": 1, "dog/b.png": 2}


def test_a_background_output_shifts_every_label(tmp_path: Path) -> None:
    put(tmp_path, "n01/a.png", "n02/b.png")
    found = read_dataset(tmp_path, outputs=3, label_offset=1)
    assert labels(found) == {"n01/a.png": 1, "n02/b.png": 2}


def test_a_csv_file_names_images_beside_it_in_any_order(tmp_path: Path) -> None:
    put(tmp_path, "b.png", "in/a b.png")
    table = tmp_path / "labels.csv"
    table.write_text('file,label\n"in/a b.png",3\nb.png,0\n\n')
    found = read_dataset(table, outputs=4)
    assert labels(found) == {"in/a b.png": 3, "b.png": 0}
    assert found.images[0].path == tmp_path / "in/a b.png"


def test_a_csv_file_may_use_class_names(tmp_path: Path) -> None:
    table, names = tmp_path / "labels.csv", tmp_path / "names.txt"
    table.write_text("a.png,dog\n")
    names.write_text("cat\ndog\n")
    assert labels(read_dataset(table, outputs=2, classes=names)) == {"a.png": 1}


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ("a.png,4\n", "the label of a.png is 4, but the network's outputs are 0 to 3"),
        ("a.png\n", "line 1: expected `file,label`"),
        ("a.png,cat\n", "line 1: the label 'cat' is not a number"),
        ("a.png,-1\n", "line 1: the label '-1' is not a number"),
        ("a.png,1\na.png,2\n", "line 2: a.png is listed twice"),
        ("", "no images in it"),
    ],
)
def test_a_csv_file_that_cannot_be_is_refused_by_line(tmp_path: Path, rows: str, told: str) -> None:
    table = tmp_path / "labels.csv"
    table.write_text(rows)
    with pytest.raises(UsageError, match=r"labels\.csv") as refused:
        read_dataset(table, outputs=4)
    assert told in str(refused.value)


def test_folders_and_outputs_that_do_not_match_are_not_guessed(tmp_path: Path) -> None:
    put(tmp_path, "cat/a.png", "dog/b.png")
    with pytest.raises(UsageError, match="2 class folders and the network 1000 classes"):
        read_dataset(tmp_path, outputs=1000)


def test_a_folder_that_no_class_has_is_named(tmp_path: Path) -> None:
    put(tmp_path / "images", "cow/a.png")
    names = tmp_path / "names.txt"
    names.write_text("cat\n")
    with pytest.raises(UsageError, match="'cow' is not among the 1 class names"):
        read_dataset(tmp_path / "images", outputs=1, classes=names)


@pytest.mark.parametrize("made", ["missing", "empty", "flat"])
def test_no_images_are_told_apart_from_no_folder(tmp_path: Path, made: str) -> None:
    folder = tmp_path / "images"
    if made != "missing":
        folder.mkdir()
    if made == "flat":
        put(folder, "a.png")
    told = {"missing": "no such folder", "empty": "no class folders", "flat": "no class folders"}
    with pytest.raises(UsageError, match=told[made]):
        read_dataset(folder, outputs=3)


def test_a_subset_is_the_same_each_time_and_not_the_first_class(tmp_path: Path) -> None:
    put(tmp_path, *(f"{label}/{number}.png" for label in range(5) for number in range(20)))
    whole = read_dataset(tmp_path, outputs=5)
    chosen = subset(whole, 10)
    assert chosen == subset(whole, 10)
    assert len({image.label for image in chosen.images}) > 1
    assert subset(whole, 1000).sha256 == whole.sha256


def test_the_hash_changes_with_label_and_size(tmp_path: Path) -> None:
    put(tmp_path, "a.png")
    table = tmp_path / "labels.csv"

    def digest(rows: str) -> str:
        table.write_text(rows)
        return read_dataset(table, outputs=4).sha256

    first = digest("a.png,1\n")
    assert digest("a.png,2\n") != first
    (tmp_path / "a.png").write_bytes(b"longer")
    assert digest("a.png,1\n") != first
