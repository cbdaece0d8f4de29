from collections.abc import Iterator

import pytest

from ghostbench.core.device import DeviceState
from ghostbench.device.cooling import BLIND_S, GIVE_UP_S, HIGHEST_CELSIUS, cool_down, goal_celsius


def state(celsius: float | None, status: str = "0", *, other: float = 20.0) -> DeviceState:
    sensors = {} if celsius is None else {"skin:a": celsius, "skin:b": other}
    return DeviceState(
        taken_at="now", temperatures_celsius=sensors, facts={"thermal_status": status}
    )


class Time:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.now = 0.0

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def clock(self) -> float:
        return self.now


def run(states: Iterator[DeviceState] | list[DeviceState], goal: float = 36.0) -> tuple[str, float]:
    time, following = Time(), iter(states)
    cooling = cool_down(lambda: next(following), goal, sleep=time.sleep, clock=time.clock)
    assert cooling.seconds == time.now
    return str(cooling), cooling.seconds


def test_a_cool_phone_does_not_wait() -> None:
    assert run([state(35.0)]) == ("cooled in 0 s: 35.0 to 35.0 C (skin:a)", 0.0)


def test_a_warm_phone_waits_until_it_is_cool() -> None:
    assert (
        run([state(40.0), state(38.0), state(36.0)])[0] == "cooled in 10 s: 40.0 to 36.0 C (skin:a)"
    )


def test_the_same_sensor_is_followed() -> None:
    states = [state(40.0), state(35.0, other=50.0)]
    assert run(states)[0] == "cooled in 5 s: 40.0 to 35.0 C (skin:a)"


def test_a_cool_phone_that_android_still_throttles_waits() -> None:
    assert run([state(35.0, "1"), state(35.0, "1"), state(35.0)])[1] == 10.0


def test_a_phone_that_never_cools_is_given_up_and_says_so() -> None:
    text, seconds = run(iter(lambda: state(45.0), None))
    assert text.startswith("did not cool enough in 600 s")
    assert seconds == GIVE_UP_S


def test_a_phone_without_sensors_rests_for_a_fixed_time() -> None:
    assert run([state(None)]) == ("rested 90 s: no temperature can be read", BLIND_S)


@pytest.mark.parametrize(
    ("start", "goal"), [(30.0, HIGHEST_CELSIUS), (39.0, 40.0), (None, HIGHEST_CELSIUS)]
)
def test_the_goal_is_near_the_start_and_reachable_in_a_hot_room(
    start: float | None, goal: float
) -> None:
    assert goal_celsius(state(start)) == goal
