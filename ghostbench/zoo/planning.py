"""What is asked for, as recipes; no heavy imports."""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from ghostbench.core.artifact import PRECISIONS
from ghostbench.core.errors import UnknownName, UsageError, WeightsError
from ghostbench.core.model_spec import ModelSpec
from ghostbench.zoo.calibration import folder_source, synthetic_source
from ghostbench.zoo.onnx_environment import tools_digest
from ghostbench.zoo.provenance import sources_sha256, tool_versions
from ghostbench.zoo.recipe import CALIBRATED, CalibrationSource, Recipe, WeightsSource
from ghostbench.zoo.specs import load_specs, resolve

# The routes of `zoo.pipeline.CONVERTERS`, named here because that module imports TensorFlow.
ROUTES = ("keras", "onnx")
# The precisions that a route does not have.
NOT_BUILT: Mapping[str, frozenset[str]] = {"onnx": frozenset({"dynamic", "int8"})}

# How much longer a file takes in a precision than in fp32: int8 runs the network on every calibration image.
_EFFORT = {"int8": 3}


def plan_recipes(
    names: Sequence[str],
    *,
    precisions: Sequence[str],
    route: str,
    seed: int,
    weights: Path | None,
    calibration: Path | None,
    workspace: Path | None,
    warn: Callable[[str], None],
) -> list[Recipe]:
    """One recipe for each name and precision, in that order. Names that mean the same network give equal recipes.

    Raises UsageError for what cannot be asked for, and MissingExtra when the packages that build are not installed.
    """
    for kind, asked, known in (("precision", precisions, PRECISIONS), ("route", [route], ROUTES)):
        for name in asked:
            if name not in known:
                raise UnknownName(kind, name, known)
    if missing := NOT_BUILT.get(route, frozenset()).intersection(precisions):
        raise UsageError(
            f"the {route} route does not build {' or '.join(sorted(missing))}; the keras route does"
        )
    specs = load_specs(workspace)
    chosen = [resolve(name, specs) for name in names]
    if weights is not None and len({spec.name for spec in chosen}) > 1:
        raise UsageError(f"{weights}: trained weights fit one network; name only one")
    weights_source = _weights(seed, weights)
    images = _calibration(precisions, calibration, warn)
    tools, sources = tool_versions(), sources_sha256()
    if route == "onnx":
        tools["onnx tools"] = tools_digest()
    return [
        Recipe(
            spec=spec,
            precision=precision,
            route=route,
            weights=weights_source,
            calibration=images if precision in CALIBRATED else None,
            tools=tools,
            sources_sha256=sources,
        )
        for spec in chosen
        for precision in dict.fromkeys(precisions)
    ]


def by_network(recipes: Sequence[Recipe]) -> Iterator[tuple[Recipe, ...]]:
    """The recipes of one network together, none twice, the networks that take longest first.

    A large network that is begun last would be built alone, while the other workers have nothing left to do.
    """
    groups: dict[str, dict[str, Recipe]] = {}
    for recipe in recipes:
        groups.setdefault(recipe.spec.name, {})[recipe.precision] = recipe
    together = [tuple(group.values()) for group in groups.values()]
    yield from sorted(together, key=_effort, reverse=True)


def _effort(recipes: tuple[Recipe, ...]) -> float:
    times = sum(_EFFORT.get(recipe.precision, 1) for recipe in recipes)
    return times * _size(recipes[0].spec)


def _size(spec: ModelSpec) -> float:
    return spec.expected.macs if spec.expected else float(spec.input_px) ** 2


def _weights(seed: int, file: Path | None) -> WeightsSource:
    if file is None:
        return WeightsSource(seed=seed)
    try:
        with file.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as cause:
        raise WeightsError(f"{file}: these weights cannot be read: {cause.strerror}") from cause
    return WeightsSource(file=file.resolve(), sha256=digest)


def _calibration(
    precisions: Sequence[str], folder: Path | None, warn: Callable[[str], None]
) -> CalibrationSource | None:
    if CALIBRATED.isdisjoint(precisions):
        if folder is not None:
            warn(f"{folder}: calibration images are used for int8 only, which is not asked for")
        return None
    return folder_source(folder, warn=warn) if folder else synthetic_source()
