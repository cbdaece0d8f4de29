"""What the runner prints when it profiles a model or measures a core's peaks, read as strictly as a timed run."""

from collections.abc import Iterable
from typing import Any, TypeVar

from ghostbench.core.errors import RunnerError, RunnerGaveUp
from ghostbench.core.profile import (
    PROFILE_EVENT_TYPES,
    Op,
    Peak,
    PeakEnd,
    ProfileBegins,
    Profiled,
    ProfileEnd,
    ProfileRun,
)
from ghostbench.core.runner_events import Failure, Hello, Init, Loaded, Output, Tensor
from ghostbench.engine.runner_order import WIRE_VERSION
from ghostbench.engine.runner_wire import read_line

E = TypeVar("E")
_SHOWN = 200  # characters of a bad line in a message

_PROFILE_ORDER = (Hello, ProfileBegins, Loaded, Tensor, Init, Profiled, Op, Output, ProfileEnd)
_PEAK_ORDER = (Hello, Peak, PeakEnd)
_MANY = (Tensor, Profiled, Op, Output, Peak)
_MAY_BE_MISSING = (Op,)  # a model without operators has none


def read_profile(lines: Iterable[str]) -> ProfileRun:
    """Read the output of one profiled process.

    Raises RunnerError, and RunnerGaveUp when the runner reports a failure.
    """
    told = _told(lines, _PROFILE_ORDER)
    run = ProfileRun(
        hello=_one(told, Hello),
        loaded=_one(told, Loaded),
        init=_one(told, Init),
        tensors=_all(told, Tensor),
        profiled=_all(told, Profiled),
        ops=_all(told, Op),
        outputs=_all(told, Output),
        end=_one(told, ProfileEnd),
    )
    _check_counts(run)
    return run


def read_peaks(lines: Iterable[str]) -> tuple[Peak, ...]:
    """Read the output of a measurement of peaks. Raises as `read_profile` does."""
    told = _told(lines, _PEAK_ORDER)
    peaks = _all(told, Peak)
    if _one(told, PeakEnd).peaks != len(peaks):
        raise RunnerError("the runner's peaks are not all there")
    for peak in peaks:
        if not peak.durations_ns or min(peak.durations_ns) < 1 or peak.work < 1:
            raise RunnerError("a peak that took no time or did no work")
        if (peak.block_bytes == 0) != (peak.what == "multiply_add"):
            raise RunnerError("a block to read, and only that, has a size")
    return peaks


def _told(lines: Iterable[str], order: tuple[type, ...]) -> list[Any]:
    """All events; each kind in its place, and the last one there."""
    events: list[Any] = []
    place = 0
    for number, line in enumerate(lines, start=1):
        try:
            event = read_line(line, PROFILE_EVENT_TYPES)
            if isinstance(event, Failure):
                raise RunnerGaveUp(event.step, event.status, event.message)
            place = _next_place(type(event), place, order, first=not events)
            _check_event(event, events)
        except (ValueError, RecursionError) as cause:
            shown = line if len(line) <= _SHOWN else line[:_SHOWN] + "..."
            raise RunnerError(f"runner output, line {number}: {cause}: {shown!r}") from cause
        events.append(event)
    if not events or type(events[-1]) is not order[-1]:
        raise RunnerError(
            f"the runner's output stops after {len(events)} lines: it was ended before it was done"
        )
    return events


def _next_place(kind: type, place: int, order: tuple[type, ...], *, first: bool) -> int:
    if kind not in order:
        raise ValueError(f"a line of a kind that does not belong here: {kind.__name__}")
    at = order.index(kind)
    if first:
        if at != 0:
            raise ValueError("the first line must be hello")
        return 0
    if at == place and kind in _MANY:
        return at
    skipped = [one for one in order[place + 1 : at] if one not in _MAY_BE_MISSING]
    if at <= place or skipped:
        raise ValueError(f"{kind.__name__} does not come after {order[place].__name__}")
    return at


def _check_event(event: object, before: list[Any]) -> None:
    if isinstance(event, Hello) and event.wire != WIRE_VERSION:
        raise ValueError(
            f"the runner speaks version {event.wire} of the wire format, this is version {WIRE_VERSION}"
        )
    if isinstance(event, Profiled | Op | Output):
        last = before[-1]
        expected = last.index + 1 if type(last) is type(event) else 0
        if event.index != expected:
            raise ValueError(f"number {event.index} in place of {expected}")


def _check_counts(run: ProfileRun) -> None:
    inferences = len(run.profiled)
    if run.end.repetitions != inferences or run.end.ops != len(run.ops):
        raise RunnerError(
            f"the end counts {run.end.repetitions} inferences and {run.end.ops} operators, "
            f"{inferences} and {len(run.ops)} were read"
        )
    for op in run.ops:
        if len(op.durations_us) != inferences:
            raise RunnerError(
                f"operator {op.index} has {len(op.durations_us)} durations for {inferences} inferences"
            )
    for role in ("input", "output"):
        places = [tensor.index for tensor in run.tensors if tensor.role == role]
        if places != list(range(len(places))):
            raise RunnerError(f"the {role} tensors are not all there")
    expected = [tensor.bytes for tensor in run.tensors if tensor.role == "output"]
    if [output.bytes for output in run.outputs] != expected:
        raise RunnerError("the outputs do not fit the output tensors")


def _one(told: list[Any], kind: type[E]) -> E:
    found = _all(told, kind)
    if len(found) != 1:
        raise RunnerError(f"the runner must say {kind.__name__} once, not {len(found)} times")
    return found[0]


def _all(told: list[Any], kind: type[E]) -> tuple[E, ...]:
    return tuple(event for event in told if isinstance(event, kind))
