"""The user's images as a search is given them: some to train on, some held out."""

from pathlib import Path
from typing import TYPE_CHECKING

from ghostbench.core.errors import UsageError

if TYPE_CHECKING:
    from ghostbench.accuracy.dataset import Dataset
    from ghostbench.workflows.enlarge_asked import HowToScore
    from ghostbench.zoo.enlarge_messages import ScoringSetup, TrainingImage

_MOST_CLASSES = 100_000
# Of each class, one image of so many is held out.
HELD_OUT_EVERY = 5


def scoring_setup(scoring: "HowToScore", classes: int) -> "tuple[ScoringSetup, str]":
    """What the scoring process is told, and the digest of the images. Raises UsageError."""
    from ghostbench.zoo.enlarge_messages import BUILT_IN, PROXY, TRAINING, ScoringSetup

    asked = scoring.function or (PROXY if scoring.images is None else TRAINING)
    function = BUILT_IN.get(asked, asked)
    module, mark, name = function.partition(":")
    if not (module and mark and name):
        raise UsageError(
            f"there is no score {asked!r}; known are {', '.join(BUILT_IN)}, or one of your own as module:function"
        )
    if asked == TRAINING and scoring.images is None:
        raise UsageError("a short training needs images: give --images FOLDER")
    training: tuple[TrainingImage, ...] = ()
    held_out: tuple[TrainingImage, ...] = ()
    digest = ""
    if scoring.images is not None:
        from ghostbench.accuracy.dataset import subset

        dataset = _read(scoring.images)
        classes = max(image.label for image in dataset.images) + 1
        if len({image.label for image in dataset.images}) < 2:
            raise UsageError(f"{scoring.images}: training needs images of at least two classes")
        dataset = subset(dataset, scoring.limit)
        training, held_out = split(dataset)
        digest = dataset.sha256
        if not held_out:
            raise UsageError(
                f"{scoring.images}: too few images; of each class one in {HELD_OUT_EVERY} is held out to score on"
            )
    setup = ScoringSetup(
        function=function,
        folder=Path.cwd(),
        seed=scoring.seed,
        epochs=scoring.epochs,
        classes=classes,
        training=training,
        held_out=held_out,
    )
    return setup, digest


def split(
    dataset: "Dataset",
) -> "tuple[tuple[TrainingImage, ...], tuple[TrainingImage, ...]]":
    """To train on, and held out: every fifth of each class, in the order drawn by lot."""
    from ghostbench.zoo.enlarge_messages import TrainingImage

    training: list[TrainingImage] = []
    held_out: list[TrainingImage] = []
    seen: dict[int, int] = {}
    for image in dataset.images:
        seen[image.label] = seen.get(image.label, 0) + 1
        one = TrainingImage(path=image.path.resolve(), label=image.label)
        (training if seen[image.label] % HELD_OUT_EVERY else held_out).append(one)
    return tuple(training), tuple(held_out)


def _read(source: Path) -> "Dataset":
    from ghostbench.accuracy.dataset import read_dataset

    folders = (
        [p.name for p in source.iterdir() if p.is_dir() and p.name[0] != "."]
        if source.is_dir()
        else []
    )
    numbered = not folders or all(name.isdecimal() for name in folders)
    return read_dataset(source, outputs=_MOST_CLASSES if numbered else len(folders))
