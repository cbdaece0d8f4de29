"""How a phone is at one moment, from the sections of `STATE_SCRIPT`."""

import re
from collections.abc import Mapping
from dataclasses import replace

from ghostbench.core.device import DeviceState
from ghostbench.device.android_power import (
    Battery,
    ThermalReport,
    parse_battery,
    parse_thermalservice,
)
from ghostbench.device.android_text import (
    parse_kilobytes,
    parse_number,
    parse_paths,
    parse_residency,
    parse_setting,
    parse_stat,
)


def build_state(sections: Mapping[str, str], taken_at: str) -> DeviceState:
    """The values of a moment; what cannot be read is absent."""
    clocks = parse_paths(sections.get("clocks", ""))
    battery = parse_battery(sections.get("battery", ""))
    thermal = parse_thermalservice(sections.get("thermalservice", ""))
    zones, odd_zones = _zones(parse_paths(sections.get("zones", "")))
    times = parse_stat(sections.get("stat", ""))
    odd = [f"{r.key}={r.celsius:g}" for r in thermal.readings if not r.plausible] + odd_zones
    return DeviceState(
        taken_at=taken_at,
        load_1min=parse_number(sections.get("loadavg", "")),
        core_mhz=_megahertz(clocks, "scaling_cur_freq"),
        governors=_per_core(clocks, "scaling_governor"),
        temperatures_celsius=_service_temperatures(thermal) | zones | _battery_temperature(battery),
        memory_available_bytes=parse_kilobytes(sections.get("meminfo", ""), "MemAvailable"),
        cpu_busy_s=times.busy_s if times else None,
        cpu_steal_s=times.steal_s if times else None,
        facts={
            name: value
            for name, value in {
                **_plain_facts(sections, clocks),
                **_battery_facts(battery),
                **_thermal_facts(thermal),
                "implausible_temperatures": ", ".join(odd),
                **_residency_facts(sections.get("residency", "")),
            }.items()
            if value
        },
    )


def with_clock_offset(state: DeviceState, asked_s: float, answered_s: float) -> DeviceState:
    """The state, with how far the phone's date is ahead of this computer's, and how well that is known.

    The phone tells whole seconds, at some moment between question and answer.
    """
    told = parse_number(state.facts.get("device_time_s", ""))
    if told is None:
        return state
    offset = {
        "clock_offset_s": f"{told + 0.5 - (asked_s + answered_s) / 2:.2f}",
        "clock_offset_error_s": f"{0.5 + (answered_s - asked_s) / 2:.2f}",
    }
    return replace(state, facts={**state.facts, **offset})


def reference_temperature(state: DeviceState) -> tuple[str, float] | None:
    """What tells whether a phone has cooled down: skin, else CPU, else battery; the hottest of its kind."""
    for kind in ("skin:", "cpu:", "battery"):
        found = [(c, key) for key, c in state.temperatures_celsius.items() if key.startswith(kind)]
        if found:
            celsius, key = max(found)
            return key, celsius
    return None


def residency(state: DeviceState) -> dict[str, dict[int, int]]:
    """Policy to clock in kHz to time in units of 10 ms since boot, as the state keeps it."""
    return {
        name.removeprefix("residency_"): {
            int(clock): int(time) for clock, time in (item.split(":") for item in value.split())
        }
        for name, value in state.facts.items()
        if name.startswith("residency_")
    }


def _plain_facts(sections: Mapping[str, str], clocks: Mapping[str, str]) -> dict[str, str]:
    settings = parse_paths(sections.get("settings", ""))
    wakefulness = re.search(r"mWakefulness=(\w+)", sections.get("power", ""))
    caps = _megahertz(clocks, "scaling_max_freq")
    return {
        "device_time_s": sections.get("date", "").strip(),
        "uptime_s": sections.get("uptime", "").partition(" ")[0],
        "boot_id": sections.get("boot_id", "").strip(),
        "cores_online": clocks.get("/sys/devices/system/cpu/online", ""),
        "allowed_mhz": " ".join(f"{index}:{mhz:g}" for index, mhz in caps.items()),
        "wakefulness": wakefulness[1] if wakefulness else "",
        "battery_saver": parse_setting(settings.get("low_power", "")) or "",
        "airplane_mode": parse_setting(settings.get("airplane_mode_on", "")) or "",
    }


def _battery_facts(battery: Battery) -> dict[str, str]:
    return {
        "battery_percent": f"{battery.percent:g}" if battery.percent is not None else "",
        "battery_status": battery.status or "",
        "powered_by": ", ".join(battery.powered_by),
        "max_charging_ma": f"{battery.max_charging_ma:g}" if battery.max_charging_ma else "",
        "battery_faked": "yes" if battery.faked else "",
    }


def _thermal_facts(thermal: ThermalReport) -> dict[str, str]:
    override = {True: "yes", False: "no", None: ""}[thermal.override]
    return {
        "thermal_missing": thermal.missing or "",
        "thermal_status": str(thermal.status) if thermal.status is not None else "",
        "thermal_override": override,
        "thermal_hal": {True: "ready", False: "not ready", None: ""}[thermal.hal_ready],
        "cooling_active": ", ".join(f"{name} {level}" for name, level in thermal.cooling if level),
    }


def _residency_facts(text: str) -> dict[str, str]:
    return {
        f"residency_{policy}": " ".join(f"{clock}:{time}" for clock, time in times.items())
        for policy, times in parse_residency(text).items()
    }


def _service_temperatures(thermal: ThermalReport) -> dict[str, float]:
    return {reading.key: reading.celsius for reading in thermal.readings if reading.plausible}


def _battery_temperature(battery: Battery) -> dict[str, float]:
    return (
        {"battery": battery.celsius} if battery.celsius is not None and battery.celsius > 0 else {}
    )


def _zones(sysfs: Mapping[str, str]) -> tuple[dict[str, float], list[str]]:
    zones: dict[str, float] = {}
    odd: list[str] = []
    for path, value in sysfs.items():
        match = re.search(r"/(thermal_zone\d+)/temp$", path)
        number = parse_number(value)
        if not match or number is None:
            continue
        # Most kernels give thousandths of a degree, a few vendors whole degrees.
        celsius = number / 1000 if abs(number) >= 1000 else number
        kind = sysfs.get(path.removesuffix("temp") + "type", "unnamed")
        name = f"zone:{kind}:{match[1].removeprefix('thermal_zone')}"
        if 0 < celsius < 150:
            zones[name] = celsius
        else:
            odd.append(f"{name}={celsius:g}")
    return zones, odd


def _per_core(sysfs: Mapping[str, str], name: str) -> dict[str, str]:
    found = {}
    for path, value in sysfs.items():
        if match := re.search(rf"/cpu(\d+)/cpufreq/{name}$", path):
            found[match[1]] = value.strip()
    return found


def _megahertz(sysfs: Mapping[str, str], name: str) -> dict[str, float]:
    return {
        index: int(value) / 1000
        for index, value in _per_core(sysfs, name).items()
        if value.isdecimal()
    }
