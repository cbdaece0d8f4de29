"""Names to checked `.tflite` files: what is cached is found again, the rest is built side by side."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ghostbench.core.artifact import Artifact
from ghostbench.core.errors import UsageError
from ghostbench.core.folders import built_folder
from ghostbench.core.progress import Progress, Silence

if TYPE_CHECKING:
    from ghostbench.zoo.build_messages import BuildFailure
    from ghostbench.zoo.own_model import Wishes
    from ghostbench.zoo.parallel import Outcome
    from ghostbench.zoo.pixels import PixelScale
    from ghostbench.zoo.recipe import Recipe

# For a first guess at how long it takes: starting a worker, then one file. Measured on one server core.
_START_S = 6.0
_FILE_S = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ConvertOutcome:
    """What became of each name in each precision, in the order asked for: names first, precisions within them."""

    artifacts: tuple[Artifact, ...]
    failures: "tuple[BuildFailure, ...]"  # files that were not built; each one once


def convert(
    names: Sequence[str],
    *,
    precisions: Sequence[str] = ("fp32",),
    route: str | None = None,
    onnx_export: str = "tf2onnx",
    own: "Wishes | None" = None,
    seed: int = 0,
    weights: Path | None = None,
    calibration: Path | None = None,
    int8_io: str = "int8",
    workspace: Path | None = None,
    jobs: int | None = None,
    timeout_s: float | None = None,
    progress: Progress | None = None,
) -> ConvertOutcome:
    """Build each network in each precision into `models/built/`, or find it there.

    A name is that of a network of the zoo, an `.onnx` or `.keras` file, a SavedModel folder, or `timm:NAME`; `own` is
    for all but the first, except for the range that a network with trained `weights` takes: else that is its family's.
    `int8_io` is what int8 takes and gives, "int8" or "float". Without `route` it is the direct one, and the ONNX one
    for what is ONNX already. `jobs` is how many processes build side by side; without it, as many as cores and memory
    allow. `timeout_s` is for one file. A file that cannot be built or is refused is among the failures and stops no
    other. Raises UsageError for what cannot be asked for, MissingExtra when the packages that build are not installed,
    and ConversionError when the folder cannot be written to.
    """
    from ghostbench.zoo.cache import look_up
    from ghostbench.zoo.own_model import Wishes
    from ghostbench.zoo.planning import Asked, plan_recipes

    if jobs is not None and jobs < 1:
        raise UsageError(f"at least one process has to build, not {jobs}")
    shown = progress or Silence()
    recipes = plan_recipes(
        names,
        Asked(
            precisions=precisions,
            route=route,
            onnx_export=onnx_export,
            seed=seed,
            weights=weights,
            calibration=calibration,
            int8_io=int8_io,
            trained_on=trained_on,
            own=own or Wishes(),
        ),
        workspace=workspace,
        warn=shown.say,
    )
    if weights:
        _warn_of_padding(recipes, shown)
    folder = built_folder(workspace)
    wanted = {(recipe.spec.name, recipe.precision): recipe for recipe in recipes}
    outcomes: dict[tuple[str, str], Outcome] = {
        key: artifact
        for key, recipe in wanted.items()
        if (artifact := look_up(recipe, folder, shown.say))
    }
    if missing := [recipe for key, recipe in wanted.items() if key not in outcomes]:
        for outcome in _build(missing, folder, jobs, timeout_s, shown):
            outcomes[outcome.name, outcome.precision] = outcome
    asked = [outcomes[recipe.spec.name, recipe.precision] for recipe in recipes]
    failed = [outcomes[key] for key in wanted if not isinstance(outcomes[key], Artifact)]
    return ConvertOutcome(
        artifacts=tuple(outcome for outcome in asked if isinstance(outcome, Artifact)),
        failures=tuple(outcome for outcome in failed if not isinstance(outcome, Artifact)),
    )


def trained_on(family: str, input_px: int) -> "PixelScale":
    """The same recipe that `ghostbench accuracy` prepares images by."""
    from ghostbench.accuracy.preprocessing import preprocessing_for
    from ghostbench.zoo.pixels import PixelScale

    recipe = preprocessing_for(family, input_px)
    return PixelScale(mean=recipe.mean, std=recipe.std, source=recipe.source)


def convert_by_each_route(
    names: Sequence[str], *, progress: Progress | None = None, **shared: Any
) -> ConvertOutcome:
    """The same by every route that a network has; `shared` is as for `convert`."""
    from ghostbench.zoo.planning import routes_of

    shown = progress or Silence()
    artifacts: list[Artifact] = []
    failures: list[BuildFailure] = []
    routes = routes_of(names)
    for route, able in routes.items():
        for name in [name for name in names if name not in able]:
            shown.say(f"{name}: there is no {route} route for it")
        if able:
            outcome = convert(able, route=route, progress=shown, **shared)
            artifacts.extend(outcome.artifacts)
            failures.extend(outcome.failures)
    return ConvertOutcome(artifacts=tuple(artifacts), failures=tuple(failures))


def _warn_of_padding(recipes: "Sequence[Recipe]", progress: Progress) -> None:
    """A file of weights does not say how the network it was trained in pads; timm's pad symmetrically.

    Except EfficientNet-Lite's: all weights of it that are known were trained in TensorFlow, and timm's pad so too.
    """
    from ghostbench.zoo.registry import filled_options

    specs = [recipe.spec for recipe in recipes if recipe.own is None]
    zoo = [spec for spec in specs if spec.architecture != "efficientnet-lite"]
    for name, spec in {spec.name: spec for spec in zoo}.items():
        if filled_options(spec).get("padding") == "same":
            progress.say(
                f"{name} pads as TensorFlow does; weights trained in PyTorch (timm) expect {name}:padding=symmetric"
            )


def _build(
    missing: "Sequence[Recipe]",
    folder: Path,
    jobs: int | None,
    timeout_s: float | None,
    progress: Progress,
) -> "Iterator[Outcome]":
    tools_memory_bytes = 0
    if any(recipe.route == "onnx" for recipe in missing):
        from ghostbench.zoo.onnx_environment import TOOLS_MEMORY_BYTES, make_environment

        make_environment(progress.say)
        tools_memory_bytes = TOOLS_MEMORY_BYTES
    from ghostbench.zoo.build_messages import TOOLS_TIMEOUT_S, NetworkJob
    from ghostbench.zoo.cache import scratch_folder
    from ghostbench.zoo.capacity import available_memory_bytes, usable_cores, worker_count
    from ghostbench.zoo.parallel import TIMEOUT_S, WORKER_MEMORY_BYTES, build_all
    from ghostbench.zoo.planning import by_network

    networks = list(by_network(missing))
    cores = usable_cores()
    workers = (
        min(jobs, len(networks))
        if jobs
        else worker_count(
            len(networks),
            cores=cores,
            memory_bytes=available_memory_bytes(),
            memory_per_worker_bytes=WORKER_MEMORY_BYTES + tools_memory_bytes,
        )
    )
    guess_s = _START_S + _FILE_S * len(missing) / workers
    progress.start("building networks", steps=len(missing), expected_s=guess_s)
    with scratch_folder(folder) as scratch:
        for outcome in build_all(
            [
                NetworkJob(
                    recipes=group,
                    folder=folder,
                    scratch=scratch,
                    tools_timeout_s=timeout_s or TOOLS_TIMEOUT_S,
                )
                for group in networks
            ],
            workers=workers,
            threads=max(1, cores // workers),
            logs=scratch,
            progress=progress,
            timeout_s=timeout_s or TIMEOUT_S,
        ):
            progress.step()
            yield outcome
