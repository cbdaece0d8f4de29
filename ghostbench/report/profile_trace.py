"""A profile as a trace in Chrome's format, which Perfetto and chrome://tracing open.

One typical inference: every operator as long as it typically takes, one after the other. The runner measures how
long each takes, not when it starts, so gaps between operators are not in it.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from ghostbench.core.profile import ModelProfile, OperatorTime


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
    at_us = 0.0
    yield {
        "name": "inference", "cat": "inference", "ph": "X", "pid": process, "tid": 1, "ts": 0.0,
        "dur": sum(operator.time.ns for operator in profile.operators) / 1e3,
        "args": {"profiled": True},
    }  # fmt: skip
    for operator in profile.operators:
        duration_us = operator.time.ns / 1e3
        yield {
            "name": operator.kind, "cat": "operator", "ph": "X", "pid": process, "tid": 1,
            "ts": at_us, "dur": duration_us, "args": _arguments(operator),
        }  # fmt: skip
        at_us += duration_us


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
