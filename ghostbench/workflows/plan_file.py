"""A campaign as a TOML file: what to measure, on what, how exactly. docs/measuring.md shows one."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ghostbench.core.artifact import PRECISIONS
from ghostbench.core.errors import SpecError, UsageError
from ghostbench.core.plan import (
    DEFAULT_HALF_WIDTH_PERCENT,
    DEFAULT_ROUNDS,
    RunSettings,
    StoppingRule,
)
from ghostbench.core.strict import from_plain
from ghostbench.workflows.amounts import parse_percent, parse_seconds
from ghostbench.workflows.measure import HowToMeasure


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedRun:
    """What is to be measured, and how."""

    targets: tuple[str, ...]
    precisions: tuple[str, ...]
    how: HowToMeasure


@dataclass(frozen=True, slots=True, kw_only=True)
class _Goal:
    half_width: str | None = None  # "1%"
    ratio: tuple[str, str] | None = None  # two jobs: "ghostnet-1.0x-fp32"
    budget: str | None = None  # "10min"


@dataclass(frozen=True, slots=True, kw_only=True)
class _PlanFile:
    models: tuple[str, ...]
    precisions: tuple[str, ...] = ("fp32",)
    device: str = "host"
    engine: str = "litert"
    core: str | int | None = None
    seed: int | None = None
    rounds: int | None = None
    goal: _Goal | None = None
    settings: RunSettings = field(default_factory=RunSettings)


def load_plan_file(path: Path, *, workspace: Path | None = None) -> PlannedRun:
    """Read a plan. Raises SpecError naming the file and the place that is wrong.

    Model files are looked for beside the plan; networks of the zoo have no path.
    """
    try:
        written = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as cause:
        raise SpecError(f"{path}: there is no such plan") from cause
    except (OSError, ValueError) as cause:
        raise SpecError(f"{path}: {cause}") from cause
    try:
        return _planned(_read(written), path.parent, workspace)
    except (ValueError, UsageError) as cause:
        raise SpecError(f"{path}: {cause}") from cause


def stopping_rule(
    half_width: str | None, budget: str | None, ratio: tuple[str, str] | None = None
) -> StoppingRule:
    """The rule as written. Without a half-width, a ratio has the usual one; a budget alone just spends its time."""
    percent = parse_percent(half_width, "half-width") if half_width is not None else None
    if percent is None and ratio is not None:
        percent = DEFAULT_HALF_WIDTH_PERCENT
    return StoppingRule(
        half_width_percent=percent,
        ratio_of=ratio,
        budget_s=parse_seconds(budget, "budget") if budget is not None else None,
    )


def _read(written: Mapping[str, Any]) -> _PlanFile:
    if "cpu" in written.get("settings", {}):
        raise ValueError("the core is chosen by `core`, not by `settings.cpu`")
    return from_plain(written, _PlanFile)


def _planned(file: _PlanFile, folder: Path, workspace: Path | None) -> PlannedRun:
    if not file.models:
        raise ValueError("`models` names no model")
    if unknown := [p for p in file.precisions if p not in PRECISIONS] or not file.precisions:
        raise ValueError(f"`precisions` must be of {', '.join(PRECISIONS)}, not {unknown}")
    if file.rounds is not None and file.goal is not None:
        raise ValueError("`rounds` and `goal` exclude each other")
    goal = file.goal
    return PlannedRun(
        targets=tuple(_target(model, folder) for model in file.models),
        precisions=tuple(dict.fromkeys(file.precisions)),
        how=HowToMeasure(
            device=file.device,
            engine=file.engine,
            core=None if file.core is None else str(file.core),
            settings=file.settings,
            order_seed=file.seed,
            stopping=stopping_rule(goal.half_width, goal.budget, goal.ratio) if goal else None,
            workspace=workspace,
            rounds=DEFAULT_ROUNDS if file.rounds is None else file.rounds,
        ),
    )


def _target(model: str, folder: Path) -> str:
    is_file = model.endswith(".tflite") or "/" in model
    return str(folder / model) if is_file and not Path(model).is_absolute() else model
