"""Time models: names or files to a stored campaign and its results."""

from collections.abc import Sequence
from pathlib import Path

from ghostbench.core.artifact import Artifact
from ghostbench.core.errors import ConversionError, UsageError
from ghostbench.core.progress import Progress, Silence
from ghostbench.workflows.measure import HowToMeasure, MeasureOutcome, measure, open_bench


def run(
    targets: Sequence[str],
    *,
    precision: str | Sequence[str] = "fp32",
    how: HowToMeasure | None = None,
    progress: Progress | None = None,
) -> MeasureOutcome:
    """Time networks of the zoo (built where they are not yet) and `.tflite` files, interleaved.

    Raises UnknownName, ModelFileError, ConversionError, DeviceError, StoreError.
    """
    how, shown = how or HowToMeasure(), progress or Silence()
    if not targets:
        raise UsageError("name the networks or .tflite files to time")
    bench = open_bench(how, shown)
    precisions = [precision] if isinstance(precision, str) else precision
    artifacts = [
        artifact
        for each in precisions
        for artifact in find_artifacts(
            targets, precision=each, workspace=how.workspace, progress=shown
        )
    ]
    return measure(artifacts, bench, shown)


def find_artifacts(
    targets: Sequence[str],
    *,
    precision: str,
    workspace: Path | None = None,
    progress: Progress | None = None,
) -> list[Artifact]:
    """The model file of each target, in their order: files as they are, names built or taken from the cache."""
    files = {target: given_file(Path(target)) for target in targets if is_file_name(target)}
    names = [target for target in dict.fromkeys(targets) if target not in files]
    built = _built(names, precision, workspace, progress or Silence()) if names else {}
    return [files.get(target) or built[target] for target in targets]


def is_file_name(target: str) -> bool:
    """Whether a target means a file: it has a path or ends like a model file."""
    return target.endswith(".tflite") or "/" in target or Path(target).is_file()


def given_file(path: Path) -> Artifact:
    """The facts of a file that ghostbench did not build. Raises ModelFileError."""
    from ghostbench.graph.facts import read_facts

    facts = read_facts(path)
    return Artifact(
        name=path.stem,
        title=path.stem,
        family=None,
        route="given",
        precision=facts.precision or "as given",
        path=path.resolve(),
        sha256=facts.sha256,
        size_bytes=facts.size_bytes,
        params=facts.params,
        macs=facts.macs,
        operators=facts.operators,
        uncounted=facts.uncounted,
        inputs=facts.inputs,
        outputs=facts.outputs,
    )


def _built(
    names: Sequence[str], precision: str, workspace: Path | None, progress: Progress
) -> dict[str, Artifact]:
    from ghostbench.workflows.convert import convert

    outcome = convert(names, precisions=(precision,), workspace=workspace, progress=progress)
    if outcome.failures:
        raise ConversionError("; ".join(failure.error for failure in outcome.failures))
    return dict(zip(names, outcome.artifacts, strict=True))
