"""The machine around a run on the simulated device: calm, unless something is planted."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from ghostbench.core.device import DeviceState

MachineFault = Literal[
    "hot",
    "heated",
    "not-cooled",
    "thermal-status",
    "thermal-override",
    "throttled-clock",
    "capped-clock",
    "battery-saver",
    "low-battery",
    "faked-battery",
    "asleep",
    "other-load",
    "stolen",
    "reboot",
    "clock-set-back",
]

TOP_MHZ, LOW_MHZ = 2000, 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Elapsed:
    """What a made-up machine has counted since it started."""

    seconds: float
    busy_s: float
    low_clock_s: float = 0.0
    stolen_s: float = 0.0


def calm_state(taken_at: str, elapsed: Elapsed) -> DeviceState:
    """Nothing disturbs."""
    high = round(100 * max(elapsed.seconds - elapsed.low_clock_s, 0))
    return DeviceState(
        taken_at=taken_at,
        load_1min=0.0,
        core_mhz={"0": float(TOP_MHZ)},
        temperatures_celsius={"skin:skin0": 30.0, "battery": 28.0},
        cpu_busy_s=elapsed.busy_s,
        cpu_steal_s=elapsed.stolen_s,
        facts={
            "boot_id": "1",
            "allowed_mhz": f"0:{TOP_MHZ}",
            "battery_percent": "80",
            "battery_saver": "0",
            "thermal_status": "0",
            "thermal_override": "no",
            "wakefulness": "Awake",
            "residency_policy0": f"{LOW_MHZ}000:{round(100 * elapsed.low_clock_s)} {TOP_MHZ}000:{high}",
        },
    )


def state_with(fault: MachineFault | None, state: DeviceState, *, after: bool) -> DeviceState:
    """The same moment with that fault. What goes wrong within a block shows only after it."""
    if fault is None or (fault in _WITHIN and not after):
        return state
    change = _CHANGES.get(fault)
    return change(state) if change else state


def _facts(**facts: str) -> Callable[[DeviceState], DeviceState]:
    return lambda state: replace(state, facts={**state.facts, **facts})


def _temperatures(celsius: Mapping[str, float]) -> Callable[[DeviceState], DeviceState]:
    return lambda state: replace(
        state, temperatures_celsius={**state.temperatures_celsius, **celsius}
    )


_WITHIN = ("heated", "reboot", "clock-set-back")
_CHANGES: Mapping[str, Callable[[DeviceState], DeviceState]] = {
    "hot": _temperatures({"skin:skin0": 44.0}),
    "heated": _temperatures({"skin:skin0": 39.5}),
    "not-cooled": _facts(cooling_reached="no", cooling_s="600", cooling_to_celsius="39"),
    "thermal-status": _facts(thermal_status="2"),
    "thermal-override": _facts(thermal_override="yes"),
    "capped-clock": _facts(allowed_mhz=f"0:{TOP_MHZ * 3 // 4}"),
    "battery-saver": _facts(battery_saver="1"),
    "low-battery": _facts(battery_percent="9"),
    "faked-battery": _facts(battery_faked="yes"),
    "asleep": _facts(wakefulness="Asleep"),
    "reboot": lambda state: replace(state, cpu_busy_s=0.1, facts={**state.facts, "boot_id": "2"}),
    "clock-set-back": lambda state: replace(state, taken_at="2020-01-01T00:00:00.000+00:00"),
}
