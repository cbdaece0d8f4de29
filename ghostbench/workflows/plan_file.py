"""A campaign as a TOML file: what to measure, on what, how exactly. docs/measuring.md shows one."""

import math
import re
import tomllib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
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

# What TOML calls the kinds that messages about wrong types name.
_KINDS = {
    " | null": "",
    "`str | int`": "text or a whole number",
    "`int | str`": "text or a whole number",
    "`str`": "text",
    "`int`": "a whole number",
    "`float`": "a number",
    "`bool`": "true or false",
    "`array`": "a list",
    "`object`": "a table",
}
_DISTRIBUTIONS = ("uniform", "normal", "zeros", "file")


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
    except OSError as cause:
        raise SpecError(f"{path}: cannot be read: {cause.strerror}") from cause
    except UnicodeDecodeError as cause:
        raise SpecError(f"{path}: this is not TOML, which is UTF-8 text") from cause
    except ValueError as cause:
        raise SpecError(f"{path}: this is not TOML: {cause}") from cause
    try:
        planned = _planned(_read(written), path.parent, workspace)
    except (ValueError, UsageError) as cause:
        raise SpecError(f"{path}: {_readable(str(cause))}") from cause
    return replace(planned, how=replace(planned.how, written=str(path)))


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
    settings = written.get("settings", {})
    if isinstance(settings, Mapping) and "cpu" in settings:
        raise ValueError("the core is chosen by `core`, not by `settings.cpu`")
    return from_plain(written, _PlanFile)


def _readable(told: str) -> str:
    """A key as it is written in the file.

    >>> _readable("Expected `int`, got `str` - at `$.settings.threads`")
    '`settings.threads`: expected a whole number, got text'
    >>> _readable("Object missing required field `models`")
    '`models` is missing'
    """
    if missing := re.fullmatch(r"Object missing required field (`\w+`)", told):
        return f"{missing[1]} is missing"
    for kind, name in _KINDS.items():
        told = told.replace(kind, name)
    found = re.fullmatch(r"(.*) - at `\$\.?(.*?)`", told)
    if found is None:
        return told
    what, key = found.groups()
    return f"`{key}`: {what[0].lower()}{what[1:]}" if key else what[0].lower() + what[1:]


def _check(file: _PlanFile) -> None:
    """Raise ValueError or UsageError for what cannot be, naming the key."""
    from ghostbench.wiring import check_names

    if not file.models:
        raise ValueError("`models` names no model")
    if twice := [model for model, n in Counter(file.models).items() if n > 1]:
        raise ValueError(f"`models` names {', '.join(map(repr, twice))} more than once")
    if unknown := [p for p in file.precisions if p not in PRECISIONS]:
        raise ValueError(f"`precisions` are {', '.join(PRECISIONS)}, not {', '.join(unknown)}")
    if not file.precisions:
        raise ValueError("`precisions` names none")
    if file.rounds is not None and file.goal is not None:
        raise ValueError("`rounds` and `goal` exclude each other")
    try:
        check_names(file.device, file.engine)
    except UsageError as cause:
        raise ValueError(f"`device` or `engine`: {cause}") from cause
    _check_settings(file.settings)


def _check_settings(settings: RunSettings) -> None:
    """Raise ValueError for what the values themselves do not refuse, since old records may hold it."""
    for name in ("delay_ms", "timeout_s", "warmup_tolerance"):
        value = getattr(settings, name)
        if not math.isfinite(value) or value < 0:
            raise ValueError(f"`settings.{name}` must be a number from zero on, not {value}")
    inputs = settings.inputs
    if inputs.distribution not in _DISTRIBUTIONS:
        raise ValueError(
            f"`settings.inputs.distribution` is {', '.join(_DISTRIBUTIONS)}, not {inputs.distribution!r}"
        )
    if not (math.isfinite(inputs.low) and math.isfinite(inputs.high) and inputs.low <= inputs.high):
        raise ValueError("`settings.inputs.low` must not be above `settings.inputs.high`")
    if (inputs.distribution == "file") is not bool(inputs.files):
        raise ValueError(
            "`settings.inputs.files` belongs to the distribution `file`, and to no other"
        )


def _planned(file: _PlanFile, folder: Path, workspace: Path | None) -> PlannedRun:
    _check(file)
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
