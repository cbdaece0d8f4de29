"""The checks of a phone whose answer changes from minute to minute: battery, heat, screen, load."""

from collections.abc import Callable

from ghostbench.device.android_power import THERMAL_STATUS
from ghostbench.device.android_state import reference_temperature
from ghostbench.device.android_text import parse_number, parse_paths, parse_setting, parse_stat
from ghostbench.device.findings import Finding, Seen, failed, passed, unknown, warned

LOWEST_BATTERY_PERCENT = 25.0  # as Jetpack Benchmark asks for
# More than USB gives without negotiation: fast charging warms a phone up.
GENTLE_CHARGING_MA = 1500.0
# Cooling between blocks aims at 37 to 40 C, so a phone that starts above it never gets there.
WARM_CELSIUS = 40.0
QUIET_BUSY_PERCENT, LOUD_BUSY_PERCENT = 5.0, 20.0
CLOCK_SKEW_S = 60.0


def check_battery(seen: Seen) -> Finding:
    """There is charge enough that the phone does not save power."""
    facts = seen.state.facts
    if facts.get("battery_faked"):
        return failed(
            "battery",
            "its values were set by hand (UPDATES STOPPED)",
            "adb shell dumpsys battery reset",
        )
    percent = parse_number(facts.get("battery_percent", ""))
    if percent is None:
        return unknown(
            "battery", "the phone does not say", "see that it is charged to 25 % at least"
        )
    if percent < LOWEST_BATTERY_PERCENT:
        return failed(
            "battery",
            f"{percent:g} %",
            "charge it to 25 % at least: phones slow down to save what is left",
        )
    return passed("battery", f"{percent:g} %")


def check_charging(seen: Seen) -> Finding:
    """It does not charge hard."""
    facts = seen.state.facts
    source = facts.get("powered_by", "")
    current = parse_number(facts.get("max_charging_ma", ""))
    text = f"{facts.get('battery_status', 'unknown')}, powered by {source or 'nothing'}"
    text += f", up to {current:g} mA" if current and source else ""
    if not facts.get("battery_status"):
        return unknown("charging", "the phone does not say", "use a USB port and no fast charger")
    if facts.get("battery_status") == "charging" and (
        (current or 0) > GENTLE_CHARGING_MA or "AC" in source
    ):
        return warned(
            "charging", text, "let it charge to the end first, or use a USB port: charging heats"
        )
    return passed("charging", text)


def check_battery_saver(seen: Seen) -> Finding:
    """Nothing holds the clocks down to save power."""
    value = parse_setting(seen.state.facts.get("battery_saver", ""))
    if value is None:
        return unknown(
            "battery-saver", "the phone does not say", "switch it off in Settings, Battery"
        )
    if value != "0":
        return failed("battery-saver", "on", "adb shell cmd power set-mode 0")
    return passed("battery-saver", "off")


def check_screen(seen: Seen) -> Finding:
    """The screen is on: with a dark one Android moves programs to slow cores."""
    value = seen.state.facts.get("wakefulness")
    if value is None:
        return unknown("screen", "the phone does not say", "look at it")
    if value != "Awake":
        return warned(
            "screen",
            value.lower(),
            "adb shell input keyevent KEYCODE_WAKEUP (a run does so itself)",
        )
    return passed("screen", "on")


def check_stays_on(seen: Seen) -> Finding:
    """The screen stays on."""
    value = _setting(seen, "stay_on_while_plugged_in")
    if value not in (None, "0"):
        return passed("stay-awake", "the screen stays on while powered")
    return warned(
        "stay-awake",
        "the screen goes dark by itself",
        "adb shell svc power stayon usb (a run does so itself)",
    )


def check_mirroring(seen: Seen) -> Finding:
    """Nobody looks at the screen from afar."""
    count = parse_number(seen.more.get("mirroring", ""))
    if count is None:
        return unknown(
            "mirroring", "the phone does not say", "end Android Studio's mirroring and scrcpy"
        )
    if count:
        return failed(
            "mirroring",
            "the screen is mirrored",
            "end Android Studio's device mirroring, or scrcpy",
        )
    return passed("mirroring", "none")


def check_thermal_status(seen: Seen) -> Finding:
    """Android does not hold anything back for heat, and nobody faked that."""
    facts = seen.state.facts
    if facts.get("thermal_override") == "yes":
        return failed(
            "thermal-status",
            "it was set by hand (IsStatusOverride: true)",
            "adb shell cmd thermalservice reset",
        )
    status = parse_number(facts.get("thermal_status", ""))
    if status is None:
        reason = facts.get("thermal_missing", "the phone does not say")
        return unknown("thermal-status", reason, "watch the temperature below instead")
    word = THERMAL_STATUS[int(status)] if 0 <= status < len(THERMAL_STATUS) else "not known"
    text = f"{status:g} ({word})"
    if status > 0:
        finding = warned if status < 2 else failed
        return finding(
            "thermal-status", text, "let it cool: screen off, out of its case, off the charger"
        )
    return passed("thermal-status", text)


def check_temperature(seen: Seen) -> Finding:
    """It is cool, as far as a sensor tells."""
    found = reference_temperature(seen.state)
    if found is None:
        return unknown(
            "temperature", "no sensor can be read", "let it rest between runs (cool-down by time)"
        )
    text = f"{found[1]:.1f} C ({found[0]})"
    if found[1] > WARM_CELSIUS:
        return warned("temperature", text, f"let it cool to {WARM_CELSIUS:g} C")
    return passed("temperature", text)


def check_sensors(seen: Seen) -> Finding:
    """The sensors of the thermal service say something that can be."""
    odd = seen.state.facts.get("implausible_temperatures")
    if odd:
        return warned(
            "sensors",
            f"no temperatures: {odd}",
            "nothing to do: ghostbench does not use these sensors",
        )
    if seen.state.facts.get("thermal_hal") == "not ready":
        return warned(
            "sensors", "the thermal service has no sensors (HAL not ready)", "restart the phone"
        )
    return passed("sensors", f"{len(seen.state.temperatures_celsius)} readable")


def check_airplane_mode(seen: Seen) -> Finding:
    """No radio wakes the phone."""
    value = parse_setting(seen.state.facts.get("airplane_mode", ""))
    if value == "1":
        return passed("airplane-mode", "on")
    if seen.transport == "tcp":
        return warned(
            "airplane-mode",
            "off, as it must be while adb is over the network",
            "plug it in with a cable",
        )
    return warned(
        "airplane-mode",
        "off" if value == "0" else "the phone does not say",
        "adb shell cmd connectivity airplane-mode enable (a run does so itself when adb is over USB)",
    )


def check_load(seen: Seen) -> Finding:
    """Nothing else keeps the cores busy."""
    before = parse_stat(seen.more.get("stat_before", ""))
    after = parse_stat(seen.more.get("stat_after", ""))
    if before is None or after is None or after.total_s <= before.total_s:
        return unknown(
            "load", "the phone does not say", "close all apps, and wait a minute after plugging in"
        )
    busy = 100 * (after.busy_s - before.busy_s) / (after.total_s - before.total_s)
    text = f"{busy:.0f} % of all cores busy for the last second"
    if busy > LOUD_BUSY_PERCENT:
        return failed(
            "load", text, "close all apps and wait; `adb shell top -m 5` shows what is busy"
        )
    if busy > QUIET_BUSY_PERCENT:
        return warned("load", text, "close all apps, and wait a minute after plugging in")
    return passed("load", text)


def check_animations(seen: Seen) -> Finding:
    """No animation runs beside."""
    value = _setting(seen, "window_animation_scale")
    number = parse_number(value or "1")
    if number == 0:
        return passed("animations", "off")
    return warned(
        "animations",
        "on",
        "adb shell settings put global window_animation_scale 0 (a run does so itself)",
    )


def check_clock(seen: Seen) -> Finding:
    """Its date is right, so that records and logs can be laid side by side."""
    there = parse_number(seen.state.facts.get("device_time_s", ""))
    if there is None:
        return unknown("date", "the phone does not say", "see Settings, Date and time")
    skew = there - seen.host_time_s
    if abs(skew) > CLOCK_SKEW_S:
        return warned(
            "date",
            f"{abs(skew):.0f} s {'ahead of' if skew > 0 else 'behind'} this computer",
            "set it by the network",
        )
    return passed("date", f"within {abs(skew):.0f} s of this computer")


def _setting(seen: Seen, name: str) -> str | None:
    return parse_setting(parse_paths(seen.more.get("settings", "")).get(name, ""))


MOMENT_CHECKS: tuple[Callable[[Seen], Finding], ...] = (
    check_battery,
    check_charging,
    check_battery_saver,
    check_thermal_status,
    check_temperature,
    check_sensors,
    check_screen,
    check_stays_on,
    check_mirroring,
    check_animations,
    check_airplane_mode,
    check_load,
    check_clock,
)
