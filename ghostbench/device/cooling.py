"""Wait until a phone is as cool as it was at the start, and say what came of it."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from ghostbench.core.device import DeviceState
from ghostbench.device.android_state import reference_temperature

# A phone counts as cool within one degree of where it started, or below this, whichever is warmer.
ABOVE_START_CELSIUS = 1.0
HIGHEST_CELSIUS = 37.0
# A phone that is warmer than this before the first block is let cool first.
HOT_CELSIUS = 40.0
POLL_S = 5.0
GIVE_UP_S = 600.0
# Where no sensor can be read, and after Android throttled: fixed times, as others use too.
BLIND_S = 90.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Cooling:
    """One wait between blocks; a record keeps it."""

    seconds: float
    sensor: str | None  # None where none can be read
    from_celsius: float | None
    to_celsius: float | None
    reached: bool  # False when it was given up

    def __str__(self) -> str:
        if self.sensor is None:
            return f"rested {self.seconds:.0f} s: no temperature can be read"
        what = "cooled" if self.reached else "did not cool enough"
        return f"{what} in {self.seconds:.0f} s: {self.from_celsius:.1f} to {self.to_celsius:.1f} C ({self.sensor})"

    def facts(self) -> dict[str, str]:
        """What a record keeps of it."""
        told = {
            "cooling": str(self),
            "cooling_s": f"{self.seconds:.1f}",
            "cooling_reached": "yes" if self.reached else "no",
        }
        if self.to_celsius is not None:
            told["cooling_to_celsius"] = f"{self.to_celsius:g}"
        return told


def goal_celsius(start: DeviceState) -> float:
    """What to cool down to, from the state before the first block."""
    found = reference_temperature(start)
    if found is None:
        return HIGHEST_CELSIUS
    # A phone in a hot room may start above the highest, and then gets no cooler than its room.
    return max(found[1] + ABOVE_START_CELSIUS, HIGHEST_CELSIUS)


def needs_rest(state: DeviceState) -> bool:
    """Whether a phone should cool before anything is measured: Android holds it back, or it is hot."""
    found = reference_temperature(state)
    return is_throttled(state) or (found is not None and found[1] > HOT_CELSIUS)


def cool_down(
    read_state: Callable[[], DeviceState],
    goal: float,
    *,
    poll_s: float = POLL_S,
    give_up_s: float = GIVE_UP_S,
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
    waiting: Callable[[float, float], None] = lambda celsius, seconds: None,
) -> Cooling:
    """Read the state every few seconds until the reference sensor is at the goal and Android throttles no more.

    `waiting` is told the temperature and the seconds so far before each pause.
    """
    began = clock()
    first = reference_temperature(state := read_state())
    throttled = is_throttled(state)
    if first is None:
        sleep(min(BLIND_S, give_up_s))
        return Cooling(
            seconds=clock() - began, sensor=None, from_celsius=None, to_celsius=None, reached=not throttled
        )  # fmt: skip
    sensor, warm = first
    now = warm
    while (now > goal or throttled) and clock() - began < give_up_s:
        waiting(now, clock() - began)
        sleep(poll_s)
        state = read_state()
        throttled = is_throttled(state)
        # The same sensor throughout: the hottest may be another one later.
        now = state.temperatures_celsius.get(sensor, now)
    return Cooling(
        seconds=clock() - began,
        sensor=sensor,
        from_celsius=warm,
        to_celsius=now,
        reached=now <= goal and not throttled,
    )


def is_throttled(state: DeviceState) -> bool:
    """Whether Android says that it holds clocks back."""
    return state.facts.get("thermal_status", "0") != "0"
