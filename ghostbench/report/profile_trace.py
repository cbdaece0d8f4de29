"""A profile as a trace in Chrome's format, which Perfetto and chrome://tracing open.

One typical inference: every operator as long as it typically takes, one after the other. The runner measures how
long each takes, not when it starts, so gaps between operators are not in it.
"""

from collections.abc import Iterator, Sequence
from itertools import accumulate, pairwise
from typing import Any

from ghostbench.core.profile import ModelProfile, OperatorTime

# Viewers cut times off to whole nanoseconds and leave out what then begins before the one before it has ended.
_GAP_NS = 2


def trace(profiles: Sequence[ModelProfile]) -> dict[str, Any]:
    """All profiles as one trace, a process each, with the operators and above them their kinds."""
    events = [
        event for number, one in enumerate(profiles, start=1) for event in _events(one, number)
    ]
    return {
        "displayTimeUnit": "ms",
        "otherData": {
            "what": "a typical inference put together from profiled ones; operators stand end to end"
        },
        "traceEvents": events,
    }


def _events(profile: ModelProfile, process: int) -> Iterator[dict[str, Any]]:
    name = f"{profile.model} ({profile.precision}) on {profile.device.title}, profiled"
    yield _label("process_name", process, name)
    yield _label("thread_name", process, "operators")
    bounds_ns = [round(ns) for ns in accumulate((o.time.ns for o in profile.operators), initial=0)]
    yield {
        "name": "inference", "cat": "inference", "ph": "X", "pid": process, "tid": 1, "ts": 0.0,
        "dur": bounds_ns[-1] / 1e3, "args": {"profiled": True},
    }  # fmt: skip
    for operator, (start_ns, end_ns) in zip(profile.operators, pairwise(bounds_ns), strict=True):
        yield {
            "name": operator.kind, "cat": "operator", "ph": "X", "pid": process, "tid": 1,
            "ts": start_ns / 1e3, "dur": max(end_ns - start_ns - _GAP_NS, 0) / 1e3,
            "args": _arguments(operator),
        }  # fmt: skip


def _label(what: str, process: int, text: str) -> dict[str, Any]:
    return {"name": what, "ph": "M", "pid": process, "tid": 1, "args": {"name": text}}


def _arguments(operator: OperatorTime) -> dict[str, Any]:
    return {
        "index": operator.index,
        "tensor": operator.name,
        "shape": "x".join(map(str, operator.shape)),
        "ran_by": operator.ran_by,
        "kernels": ", ".join(operator.kernels),
        "share_percent": round(100 * operator.share, 3),
        "macs": operator.macs,
        "moved_bytes": operator.moved_bytes,
        "gmac_per_s": operator.gmac_per_s,
        "bound": operator.bound,
    }
