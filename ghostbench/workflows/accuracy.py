"""Networks or files, and labelled images, to top-1 and top-5 with intervals."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from ghostbench.core.accuracy import (
    AccuracyDifference,
    AccuracyResult,
    Interpolation,
    Prediction,
    Preprocessing,
    Triple,
)
from ghostbench.core.artifact import Artifact
from ghostbench.core.errors import ConversionError, GhostbenchError, StoreError, UsageError
from ghostbench.core.folders import results_folder
from ghostbench.core.progress import Progress, Silence
from ghostbench.core.strict import from_json, to_json
from ghostbench.core.version import VERSION

if TYPE_CHECKING:
    from ghostbench.accuracy.dataset import Dataset
    from ghostbench.accuracy.ledger import Question

FOLDER, RESULT = "accuracy", "accuracy.json"
# More than this says nothing new; the first few tell what kind of trouble it is.
_UNREADABLE_TOLD = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Images:
    """Which images, and what is to be prepared otherwise than the network's recipe says."""

    source: Path  # a folder with one folder a class, or a CSV file
    classes: Path | None = None
    label_offset: int = 0
    limit: int | None = None
    resize_px: int | None = None
    crop_px: int | None = None
    interpolation: Interpolation | None = None
    mean: Triple | None = None
    std: Triple | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AccuracyOutcome:
    """One result a file, and how each further file differs from the first on the same images."""

    results: tuple[AccuracyResult, ...]
    differences: tuple[AccuracyDifference, ...]


def accuracy(
    targets: Sequence[str],
    images: Images,
    *,
    precisions: Sequence[str] = ("fp32",),
    weights: Path | None = None,
    calibration: Path | None = None,
    workers: int | None = None,
    workspace: Path | None = None,
    progress: Progress | None = None,
) -> AccuracyOutcome:
    """Ask each file about every image. What was answered before, of the same file and images, is taken as it is.

    Raises UsageError for images and labels that cannot be, ModelFileError for a file that is no classifier.
    """
    shown = progress or Silence()
    if workers is not None and workers < 1:
        raise UsageError(f"at least one process has to work, not {workers}")
    if not images.source.exists():
        raise UsageError(f"{images.source}: there is no such folder or CSV file of images")
    artifacts = _artifacts(targets, precisions, weights, calibration, workspace, shown)
    answered, results = [], []
    for artifact in artifacts:
        result, answers = _ask(artifact, images, workers, workspace, shown)
        results.append(result)
        answered.append(answers)
    from ghostbench.accuracy.tally import difference

    name = [f"{result.name} {result.precision}" for result in results]
    differences = tuple(
        difference(name[place], answered[place], name[0], answered[0])
        for place in range(1, len(results))
        if answered[place].keys() & answered[0].keys()
    )
    return AccuracyOutcome(results=tuple(results), differences=differences)


def measured_accuracies(workspace: Path | None = None) -> dict[str, AccuracyResult]:
    """The stored results by the SHA-256 of the model file; of several, the one on the most images."""
    found: dict[str, AccuracyResult] = {}
    for path in sorted((results_folder(workspace) / FOLDER).glob(f"*/{RESULT}")):
        try:
            result = from_json(path.read_bytes(), AccuracyResult)
        except (OSError, ValueError) as cause:
            raise StoreError(f"{path}: {cause}") from cause
        known = found.get(result.model_sha256)
        if known is None or known.images < result.images:
            found[result.model_sha256] = result
    return found


def _artifacts(
    targets: Sequence[str],
    precisions: Sequence[str],
    weights: Path | None,
    calibration: Path | None,
    workspace: Path | None,
    progress: Progress,
) -> list[Artifact]:
    from ghostbench.workflows.convert import convert
    from ghostbench.workflows.run import is_file_name

    if not targets:
        raise UsageError("name the networks or .tflite files to ask")
    files = [_given(Path(target)) for target in targets if is_file_name(target)]
    names = [target for target in targets if not is_file_name(target)]
    if not names:
        return files
    outcome = convert(
        names,
        precisions=precisions,
        weights=weights,
        calibration=calibration,
        workspace=workspace,
        progress=progress,
    )
    if outcome.failures:
        raise ConversionError("; ".join(failure.error for failure in outcome.failures))
    for artifact in outcome.artifacts:
        if (artifact.weights or "").startswith("random"):
            progress.say(
                f"{artifact.name}: its weights are {artifact.weights}, so it can only guess; give --weights FILE"
            )
    return [*files, *outcome.artifacts]


def _given(path: Path) -> Artifact:
    """A file; of one that was built here it is known which network it is, and so how its images are prepared."""
    from ghostbench.workflows.run import given_file
    from ghostbench.zoo.cache import described

    given = given_file(path)
    return described(given.path, given.sha256) or given


def _ask(
    artifact: Artifact,
    images: Images,
    workers: int | None,
    workspace: Path | None,
    progress: Progress,
) -> tuple[AccuracyResult, dict[str, Prediction]]:
    from ghostbench.accuracy.answers import shapes_of
    from ghostbench.accuracy.evaluate import evaluate
    from ghostbench.accuracy.ledger import Question, add_answers, read_answers
    from ghostbench.zoo.capacity import usable_cores

    shapes = shapes_of(artifact.path)
    dataset = _dataset(images, shapes.classes)
    question = Question(
        model_sha256=artifact.sha256,
        dataset_sha256=dataset.sha256,
        preprocessing=_recipe(artifact, images, shapes.input_px),
        label_offset=images.label_offset,
        runtime=f"ai-edge-litert {version('ai-edge-litert')}",
    )
    folder = results_folder(workspace) / FOLDER / f"{artifact.name}-{question.folder_name}"
    answers = {answer.image: answer for answer in read_answers(folder, question)}
    left = [image for image in dataset.images if image.key not in answers]
    progress.start(f"{artifact.name} {artifact.precision}: asking", steps=len(dataset.images))
    progress.step(len(answers))
    if answers and left:
        progress.say(f"{artifact.name}: {len(answers)} images were answered before; going on")
    if left:
        found = evaluate(
            artifact.path, left, question.preprocessing, workers=workers or usable_cores()
        )
        for some in found:
            add_answers(folder, question, some)
            answers.update((answer.image, answer) for answer in some)
            progress.step(len(some))
    result = _result(artifact, dataset.source, question, answers)
    _tell_unreadable(result, progress)
    _keep(folder / RESULT, result)
    return result, {key: answer for key, answer in answers.items() if answer.unreadable is None}


def _dataset(images: Images, outputs: int) -> "Dataset":
    from ghostbench.accuracy.dataset import read_dataset, subset

    dataset = read_dataset(
        images.source, outputs=outputs, classes=images.classes, label_offset=images.label_offset
    )
    return dataset if images.limit is None else subset(dataset, images.limit)


def _recipe(artifact: Artifact, images: Images, input_px: int) -> Preprocessing:
    from ghostbench.accuracy.preprocessing import preprocessing_for

    recipe = preprocessing_for(artifact.family, input_px)
    asked = {
        name: value
        for name in ("resize_px", "interpolation", "mean", "std")
        if (value := getattr(images, name)) is not None
    }
    if images.crop_px is not None and images.crop_px != input_px:
        raise UsageError(f"{artifact.name} takes images of {input_px} px, not {images.crop_px}")
    if 0 < asked.get("resize_px", input_px) < 1 or any(part <= 0 for part in asked.get("std", ())):
        raise UsageError("sizes and deviations have to be above zero")
    if not asked:
        return recipe
    return replace(recipe, **asked, source=f"{', '.join(asked)} as given; else {recipe.source}")


def _result(
    artifact: Artifact, source: Path, question: "Question", answers: dict[str, Prediction]
) -> AccuracyResult:
    from ghostbench.accuracy.tally import top_share

    read = [answer for answer in answers.values() if answer.unreadable is None]
    bad = sorted(answer.image for answer in answers.values() if answer.unreadable is not None)
    if not read:
        first = next(iter(answers.values()))
        raise GhostbenchError(
            f"{source}: not one of {len(answers)} images can be read; {first.image}: {first.unreadable}"
        )
    classes = artifact.outputs[0].shape[-1]
    return AccuracyResult(
        name=artifact.name,
        precision=artifact.precision,
        model_path=str(artifact.path),
        model_sha256=artifact.sha256,
        weights=artifact.weights,
        dataset=str(source),
        dataset_sha256=question.dataset_sha256,
        preprocessing=question.preprocessing,
        label_offset=question.label_offset,
        images=len(read),
        unreadable=tuple(bad),
        top1=top_share(read, 1),
        top5=top_share(read, 5) if classes > 5 else None,
        runtime=question.runtime,
        ghostbench=VERSION,
    )


def _tell_unreadable(result: AccuracyResult, progress: Progress) -> None:
    if bad := result.unreadable:
        more = "" if len(bad) <= _UNREADABLE_TOLD else f" and {len(bad) - _UNREADABLE_TOLD} more"
        progress.say(
            f"{result.name}: {len(bad)} of {len(bad) + result.images} images cannot be read and are left out: "
            f"{', '.join(bad[:_UNREADABLE_TOLD])}{more}"
        )


def _keep(path: Path, result: AccuracyResult) -> None:
    from ghostbench.store.durable import write_whole

    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, to_json(result) + b"\n")
