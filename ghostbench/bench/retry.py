"""Trying again, by class of error: only what may pass is tried again, and how often is told."""

from collections.abc import Callable
from typing import TypeVar

from ghostbench.core.errors import TransientError

T = TypeVar("T")


def with_retries(
    call: Callable[[], T],
    *,
    retries: int,
    pause_s: float,
    sleep: Callable[[float], None],
    tell: Callable[[TransientError], None],
) -> tuple[T, int]:
    """What the call returns, and at which attempt; the last TransientError when none succeeds.

    The pause doubles each time: a phone that restarts needs longer than a cable that is put back.
    """
    for attempt in range(1, retries + 1):
        try:
            return call(), attempt
        except TransientError as fault:
            tell(fault)
            sleep(pause_s * 2 ** (attempt - 1))
    return call(), retries + 1
