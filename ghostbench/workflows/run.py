"""Time models: names or files to a stored campaign and its results."""

from collections.abc import Sequence
from pathlib import Path

from ghostbench.core.artifact import Artifact
from ghostbench.core.errors import ConversionError, MissingExtra, UsageError
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
    files.update(_own(names, precision, workspace))
    zoo = [name for name in names if name not in files]
    built = _built(zoo, precision, workspace, progress or Silence()) if zoo else {}
    return [files.get(target) or built[target] for target in targets]


def is_file_name(target: str) -> bool:
    """Whether a target means a file: it has a path or ends like a model file."""
    return target.endswith(".tflite") or "/" in target or Path(target).is_file()


def given_file(path: Path) -> Artifact:
    """The facts of a file that ghostbench did not build. Raises ModelFileError."""
    from ghostbench.graph.facts import read_facts

    if path.suffix.lower() in (".onnx", ".keras", ".h5"):
        raise UsageError(
            f"{path}: only a .tflite can be timed; make one: ghostbench convert {path}"
        )
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


def _own(names: Sequence[str], precision: str, workspace: Path | None) -> dict[str, Artifact]:
    """Of the names, those of models of the user that were converted before. Raises UsageError for another precision."""
    from ghostbench.zoo.cache import find_own, own_names

    if not names:
        return {}
    converted = own_names(workspace)
    found = {}
    for name in [name for name in names if name in converted]:
        artifact = find_own(name, precision, workspace=workspace)
        if artifact is None:
            raise UsageError(
                f"{name} was not converted to {precision}; convert its file again, with --precision {precision}"
            )
        found[name] = artifact
    return found


def _built(
    names: Sequence[str], precision: str, workspace: Path | None, progress: Progress
) -> dict[str, Artifact]:
    from ghostbench.workflows.convert import convert

    try:
        outcome = convert(names, precisions=(precision,), workspace=workspace, progress=progress)
    except MissingExtra:
        if before := _built_before(names, precision, workspace, progress):
            return before
        raise
    if outcome.failures:
        raise ConversionError("; ".join(failure.error for failure in outcome.failures))
    return dict(zip(names, outcome.artifacts, strict=True))


def _built_before(
    names: Sequence[str], precision: str, workspace: Path | None, progress: Progress
) -> dict[str, Artifact] | None:
    """For machines that only measure: what was built elsewhere or earlier; None unless it is there for every name."""
    from ghostbench.zoo.cache import find_built
    from ghostbench.zoo.specs import load_specs, resolve

    specs = load_specs(workspace)
    found = {}
    for name in names:
        wanted = resolve(name, specs).name
        artifact = find_built(wanted, precision, workspace=workspace, warn=progress.say)
        if artifact is None:
            return None
        found[name] = artifact
    for name, artifact in found.items():
        progress.say(
            f"{name}: without TensorFlow it cannot be built here; {artifact.path.name} is taken, "
            f"built before by {artifact.route}, weights {artifact.weights}"
        )
    return found
