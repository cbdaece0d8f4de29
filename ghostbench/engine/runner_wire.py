"""What the runner printed, line by line, as events; whatever WIRE.md does not allow is refused, naming the line."""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import fields
from functools import cache
from typing import Any

import msgspec

from ghostbench.core.errors import RunnerError, RunnerGaveUp
from ghostbench.core.runner_events import EVENT_TYPES, Failure, RunnerEvent
from ghostbench.core.strict import from_plain
from ghostbench.engine.runner_order import EVENT_NAMES, OrderCheck

_SHOWN = 200  # characters of a bad line in a message
_LARGEST = 2**63 - 1

# These say "unknown" with -1; any other whole number is at least 0. A status may be anything.
_LEAST = {
    "threads_seen": -1,
    "peak_rss_bytes": -1,
    "cpu_before": -1,
    "cpu_after": -1,
    "status": -_LARGEST,
}

_FORMS = {
    "fnv1a": re.compile(r"[0-9a-f]{16}"),
    "library_sha256": re.compile(r"[0-9a-f]{64}"),
    "model_sha256": re.compile(r"[0-9a-f]{64}"),
    "phase": re.compile("first|warmup|timed"),
    "role": re.compile("input|output"),
    "when": re.compile("before|after"),
    "kernel_mode": re.compile("delegate|builtin|reference"),
    "level": re.compile("operator|kernel"),
    "what": re.compile("multiply_add|read"),
}


def read_events(lines: Iterable[str]) -> Iterator[RunnerEvent]:
    """Read the output of one run, in order, up to its end.

    Raises RunnerError at the first line that is not what it must be and when the end is missing, RunnerGaveUp when the
    runner reports a failure.
    """
    order = OrderCheck()
    number = 0
    for number, line in enumerate(lines, start=1):
        try:
            event = read_event(line)
            order.accept(event)
        except (ValueError, RecursionError) as cause:
            shown = line if len(line) <= _SHOWN else line[:_SHOWN] + "..."
            raise RunnerError(f"runner output, line {number}: {cause}: {shown!r}") from cause
        if isinstance(event, Failure):
            raise RunnerGaveUp(event.step, event.status, event.message)
        yield event
    if order.expected:
        raise RunnerError(
            f"the runner's output stops after {number} lines, before {order.expected}: it was ended before it was done"
        )


def read_event(line: str) -> RunnerEvent:
    """Read one line of a timed run. Raises ValueError."""
    event: RunnerEvent = read_line(line, EVENT_TYPES)
    return event


def read_line(line: str, types: Mapping[str, type]) -> Any:
    """Read one line as one of these types. Raises ValueError."""
    plain = msgspec.json.decode(line)  # refuses NaN, infinity and anything after the object
    if not isinstance(plain, dict):
        raise ValueError("not an object")
    if next(iter(plain), None) != "type":
        raise ValueError('the first key must be "type"')
    _refuse_duplicate_keys(line, plain)
    name = plain.pop("type")
    kind = types.get(name) if isinstance(name, str) else None
    if kind is None:
        raise ValueError(f"unknown type {name!r}")
    event: Any = from_plain(plain, kind)
    for field in _field_names(kind):
        _check_value(field, getattr(event, field))
    return event


def write_event(event: RunnerEvent) -> str:
    """The line that says this event: for simulated devices and tests."""
    plain = {"type": EVENT_NAMES[type(event)]} | msgspec.to_builtins(event)
    return msgspec.json.encode(plain).decode()


@cache
def _field_names(kind: type) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))


def _refuse_duplicate_keys(line: str, plain: dict[str, Any]) -> None:
    # A reader keeps the last of two equal keys without a word. Counting quotes is quick, and enough for the many
    # samples: a key that was lost leaves its quotes behind.
    texts = sum(isinstance(value, str) for value in plain.values())
    if "\\" not in line and line.count('"') == 2 * (len(plain) + texts):
        return
    json.loads(line, object_pairs_hook=_object_without_duplicates)


def _object_without_duplicates(pairs: list[tuple[str, object]]) -> dict[str, object]:
    names = [name for name, _ in pairs]
    if len(set(names)) != len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the key {twice!r} stands twice")
    return dict(pairs)


def _check_value(name: str, value: object) -> None:
    if check := _CHECKS.get(type(value)):
        check(name, value)


def _check_whole(name: str, value: int) -> None:
    if not _LEAST.get(name, 0) <= value <= _LARGEST:
        raise ValueError(f"{name} cannot be {value}")


def _check_text(name: str, value: str) -> None:
    if (form := _FORMS.get(name)) and not form.fullmatch(value):
        raise ValueError(f"{name} cannot be {value!r}")


def _check_each(name: str, values: tuple[object, ...]) -> None:
    for value in values:
        _check_value(name, value)


_CHECKS: dict[type, Callable[[str, Any], None]] = {
    int: _check_whole,
    str: _check_text,
    tuple: _check_each,
}
