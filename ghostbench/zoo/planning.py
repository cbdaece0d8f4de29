"""What is asked for, as recipes; no heavy imports."""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from ghostbench.core.artifact import PRECISIONS
from ghostbench.core.errors import UnknownName, UsageError, WeightsError
from ghostbench.core.model_spec import ModelSpec
from ghostbench.zoo.calibration import folder_source, synthetic_source
from ghostbench.zoo.int8_ends import DEFAULT_ENDS, ENDS
from ghostbench.zoo.onnx_environment import tools_digest
from ghostbench.zoo.own_model import (
    TIMM,
    OwnModel,
    Wishes,
    checked_range,
    export_tools,
    is_own,
    own_model,
    own_name,
)
from ghostbench.zoo.pixels import PixelScale, scale_of_range
from ghostbench.zoo.provenance import sources_sha256, tool_versions
from ghostbench.zoo.recipe import CALIBRATED, CalibrationSource, Recipe, WeightsSource
from ghostbench.zoo.specs import load_specs, resolve

# Who writes the ONNX file of a Keras network, as in `zoo.keras_to_onnx`; the first one unless asked otherwise.
_EXPORTERS = ("tf2onnx", "keras")
# The routes of `zoo.pipeline.CONVERTERS`, named here because that module imports TensorFlow.
ROUTES = ("keras", "onnx")

# How much longer a file takes in a precision than in fp32: int8 runs the network on every calibration image.
_EFFORT = {"int8": 3}
# What is ONNX already, or becomes it by torch, has no Keras network to convert directly.
_ONNX_ONLY = frozenset({"onnx", "timm"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is to be built of the networks that are named."""

    precisions: Sequence[str]
    route: str | None = None  # None: keras, and onnx for what is ONNX already
    onnx_export: str = "tf2onnx"
    seed: int = 0
    weights: Path | None = None
    calibration: Path | None = None
    int8_io: str = DEFAULT_ENDS
    # What networks of a family and an input size are trained on; for those with trained weights.
    trained_on: Callable[[str, int], PixelScale] | None = None
    own: Wishes = field(default_factory=Wishes)


def plan_recipes(
    names: Sequence[str],
    asked: Asked,
    *,
    workspace: Path | None,
    warn: Callable[[str], None],
) -> list[Recipe]:
    """One recipe for each name and precision, in that order. Names that mean the same network give equal recipes.

    Raises UsageError for what cannot be asked for, and MissingExtra when the packages that build are not installed.
    """
    _check(names, asked)
    specs = load_specs(workspace)
    sources = [_source(name, asked, specs) for name in names]
    _refuse_namesakes([(spec.name, own) for spec, own in sources if own])
    if asked.weights is not None and len({spec.name for spec, _ in sources}) > 1:
        raise UsageError(f"{asked.weights}: trained weights fit one network; name only one")
    weights = _weights(asked.seed, asked.weights)
    images = _calibration(asked.precisions, asked.calibration, warn)
    digest = sources_sha256()
    return [
        Recipe(
            spec=spec,
            precision=precision,
            route=route,
            weights=weights,
            calibration=images if precision in CALIBRATED else None,
            tools=_tools(route, own),
            sources_sha256=digest,
            own=own,
            onnx_export=asked.onnx_export if route == "onnx" else _EXPORTERS[0],
            int8_io=asked.int8_io if precision in CALIBRATED else DEFAULT_ENDS,
            pixels=None if own else _pixels(spec, asked),
        )
        for spec, own in sources
        for route in [_route(asked.route, own)]
        for precision in dict.fromkeys(asked.precisions)
    ]


def routes_of(names: Sequence[str]) -> dict[str, list[str]]:
    """For each route, which of the names can be built by it."""
    only_onnx = [n for n in names if n.startswith(TIMM) or Path(n).suffix.lower() == ".onnx"]
    return {
        route: [name for name in names if route == "onnx" or name not in only_onnx]
        for route in ROUTES
    }


def _check(names: Sequence[str], asked: Asked) -> None:
    routes = [asked.route] if asked.route else []
    for kind, chosen, known in (
        ("precision", asked.precisions, PRECISIONS),
        ("route", routes, ROUTES),
        ("ONNX export", [asked.onnx_export], _EXPORTERS),
        ("type of int8 ends", [asked.int8_io], tuple(ENDS)),
    ):
        for name in chosen:
            if name not in known:
                raise UnknownName(kind, name, known)
    owned = [name for name in names if is_own(name)]
    if not owned and replace(asked.own, input_range=None) != Wishes():
        raise UsageError(
            "--name, --input-shape and --layout are for models of your own, not for networks of the zoo"
        )
    if not owned and asked.own.input_range is not None and asked.weights is None:
        raise UsageError(
            "networks of the zoo with random weights take -1 to 1; --input-range is for trained --weights"
        )
    if len(owned) > 1 and asked.own.name:
        raise UsageError("one name is for one model; convert them one after the other")
    if asked.weights is not None and any(not name.startswith(TIMM) for name in owned):
        raise UsageError(
            f"{asked.weights}: a model file brings its own weights; leave out --weights"
        )


def _pixels(spec: ModelSpec, asked: Asked) -> PixelScale | None:
    """What a network of the zoo takes, where its weights are trained: as asked, or as its family is trained."""
    if asked.weights is None:
        return None
    if asked.own.input_range is not None:
        return scale_of_range(*checked_range(asked.own.input_range))
    return asked.trained_on(spec.family, spec.input_px) if asked.trained_on else None


def _source(
    name: str, asked: Asked, specs: Mapping[str, ModelSpec]
) -> tuple[ModelSpec, OwnModel | None]:
    if not is_own(name):
        return resolve(name, specs), None
    called = own_name(name, asked.own)
    if called in specs:
        raise UsageError(f"{called} is a network of the zoo; call yours otherwise: --name NAME")
    calibrated = not CALIBRATED.isdisjoint(asked.precisions)
    own = own_model(name, asked.own, needs_range=calibrated)
    if calibrated and own.kind == "timm" and asked.weights and asked.own.input_range is None:
        raise UsageError(
            f"{name}: int8 with trained weights is calibrated on images of the range that they were trained on; for "
            "ImageNet's mean and deviation that is --input-range -2.12 2.64"
        )
    return ModelSpec(name=called, title=called, family="", architecture="own", input_px=1), own


def _refuse_namesakes(owned: Sequence[tuple[str, OwnModel]]) -> None:
    known: dict[str, OwnModel] = {}
    for name, own in owned:
        if known.setdefault(name, own) != own:
            raise UsageError(
                f"{known[name].path} and {own.path} would both be called {name}; convert them one after the other, "
                "with --name"
            )


def _route(asked: str | None, own: OwnModel | None) -> str:
    only_onnx = own is not None and own.kind in _ONNX_ONLY
    if only_onnx and asked == "keras":
        raise UsageError(f"{own and own.path}: this takes the onnx route; leave out --route")
    return "onnx" if only_onnx else asked or ROUTES[0]


def _tools(route: str, own: OwnModel | None) -> dict[str, str]:
    tools = tool_versions()
    if route == "onnx":
        tools["onnx tools"] = tools_digest()
    if own is not None and own.kind == "timm":
        tools.update(export_tools())
    return tools


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
