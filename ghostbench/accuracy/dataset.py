"""Labelled images: a folder with one folder a class, as ImageNet's, or a CSV file of file and label."""

import csv
import hashlib
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ghostbench.core.errors import UsageError
from ghostbench.core.images import SUFFIXES

_SUBSET_SEED = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledImage:
    """One image and the class it shows."""

    key: str  # path within the data set, with / between folders
    path: Path
    label: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset:
    """Images in the order they are looked at."""

    source: Path
    images: tuple[LabelledImage, ...]

    @property
    def sha256(self) -> str:
        """Of every image's path, label and size; not of its pixels, which would take longer than a small network."""
        whole = hashlib.sha256()
        for image in sorted(self.images, key=lambda one: one.key):
            whole.update(f"{image.key}\t{image.label}\t{_size_bytes(image.path)}\n".encode())
        return whole.hexdigest()


def read_dataset(
    source: Path, *, outputs: int, classes: Path | None = None, label_offset: int = 0
) -> Dataset:
    """The images of a folder or a CSV file, labelled with the outputs 0 to `outputs` - 1 of a network.

    In a folder, each class has a folder of its own. Their names in order are the outputs in order, as in ImageNet; or
    they are numbers; or `classes` is a text file that names them in the order of the outputs. A CSV file has
    a line `file,label` for each image, files relative to it; a label is a number, or a name of `classes`.
    `label_offset` is added to every label: 1 for networks whose output 0 means "background".
    Raises UsageError, naming what cannot be.
    """
    names = _class_names(classes) if classes else None
    if source.is_dir():
        found = _of_folder(source, outputs - label_offset, names)
    elif source.is_file():
        found = _of_csv(source, names)
    else:
        raise UsageError(f"{source}: there is no such folder or CSV file of images")
    images = tuple(replace(image, label=image.label + label_offset) for image in found)
    if not images:
        known = ", ".join(sorted(SUFFIXES))
        raise UsageError(f"{source}: no images in it ({known})")
    for image in images:
        if not 0 <= image.label < outputs:
            shift = f" (after adding {label_offset})" if label_offset else ""
            raise UsageError(
                f"{source}: the label of {image.key} is {image.label}{shift}, but the network's outputs are 0 to "
                f"{outputs - 1}"
            )
    return Dataset(source=source.resolve(), images=images)


def subset(dataset: Dataset, count: int) -> Dataset:
    """That many images drawn by lot, the same ones each time."""
    if count < 1:
        raise UsageError(f"at least one image is needed, not {count}")
    images = sorted(dataset.images, key=lambda one: one.key)
    random.Random(_SUBSET_SEED).shuffle(images)
    return replace(dataset, images=tuple(images[:count]))


def _of_folder(folder: Path, outputs: int, names: Sequence[str] | None) -> Iterator[LabelledImage]:
    classes = sorted(p for p in folder.iterdir() if p.is_dir() and not p.name.startswith("."))
    if not classes:
        raise UsageError(
            f"{folder}: no class folders in it; give a folder with one folder of images for each class, "
            "or a CSV file with a line `file,label` for each image"
        )
    labels = _labels_of_folders(folder, [p.name for p in classes], outputs, names)
    for place, label in zip(classes, labels, strict=True):
        for path in sorted(place.rglob("*")):
            if path.suffix.lower() in SUFFIXES and path.is_file():
                key = path.relative_to(folder).as_posix()
                yield LabelledImage(key=key, path=path, label=label)


def _labels_of_folders(
    folder: Path, found: list[str], outputs: int, names: Sequence[str] | None
) -> list[int]:
    if names is not None:
        places = {name: place for place, name in enumerate(names)}
        unknown = [name for name in found if name not in places]
        if unknown:
            raise UsageError(
                f"{folder}: the folder {unknown[0]!r} is not among the {len(names)} class names"
            )
        return [places[name] for name in found]
    if all(name.isdecimal() for name in found):
        return [int(name) for name in found]
    if len(found) != outputs:
        raise UsageError(
            f"{folder}: it has {len(found)} class folders and the network {outputs} classes, so which is which "
            "cannot be told; give --classes FILE with the folders' names in the order of the outputs, one a line"
        )
    return list(range(len(found)))


def _of_csv(path: Path, names: Sequence[str] | None) -> Iterator[LabelledImage]:
    places = {name: place for place, name in enumerate(names or ())}
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError as cause:
        raise UsageError(f"{path}: this is no CSV file: {cause.reason}") from cause
    seen: set[str] = set()
    for number, row in enumerate(csv.reader(lines), start=1):
        if not row or (number == 1 and [cell.strip().lower() for cell in row][1:2] == ["label"]):
            continue
        if len(row) != 2 or not row[0].strip():
            raise UsageError(
                f"{path}, line {number}: expected `file,label`, found {','.join(row)!r}"
            )
        file, label = row[0].strip(), row[1].strip()
        if file in seen:
            raise UsageError(f"{path}, line {number}: {file} is listed twice")
        seen.add(file)
        if label in places:
            place = places[label]
        elif label.isdecimal() and not places:
            place = int(label)
        else:
            wanted = "one of the class names" if places else "a number (or give --classes FILE)"
            raise UsageError(f"{path}, line {number}: the label {label!r} is not {wanted}")
        yield LabelledImage(key=file, path=path.parent / file, label=place)


def _class_names(path: Path) -> list[str]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as cause:
        raise UsageError(f"{path}: the class names cannot be read: {cause}") from cause
    names = [line.strip() for line in lines if line.strip()]
    twice = sorted({name for name in names if names.count(name) > 1}) if len(names) < 30_000 else []
    if not names or twice:
        why = f"{twice[0]!r} is in it twice" if twice else "it is empty"
        raise UsageError(
            f"{path}: {why}; it needs one class name a line, in the order of the outputs"
        )
    return names


def _size_bytes(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return -1
