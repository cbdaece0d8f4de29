"""The settings of a phone that a campaign may change: how each is read, set, and what is wanted of it.

A table of values and no code that runs: `session_settings` changes and restores. Nothing here needs root.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from ghostbench.core.errors import UnknownName

Command = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One setting."""

    name: str
    title: str  # for people
    wanted: str
    write: Callable[
        [str | None], tuple[Command, ...]
    ]  # the commands for a value; None: as if never set
    read: Command | None  # None where Android has no way to ask
    understand: Callable[[str], str | None]  # what the reading command printed, to a value
    assumed: str | None = None  # the value before, where it cannot be read
    needs_usb: bool = False  # it would cut adb over the network
    min_api: int = 0


def choose(names: Sequence[str]) -> tuple[Setting, ...]:
    """The settings of these names, each once, in the order in which they are to be changed. Raises UnknownName."""
    for name in names:
        if name not in SETTINGS:
            raise UnknownName("phone setting", name, SETTINGS)
    return tuple(setting for name, setting in SETTINGS.items() if name in names)


def _stored(name: str, title: str, key: str, wanted: str) -> Setting:
    return Setting(
        name=name,
        title=title,
        wanted=wanted,
        read=("settings", "get", "global", key),
        understand=_value,
        write=lambda value: (
            ("settings", "delete", "global", key)
            if value is None
            else ("settings", "put", "global", key, value),
        ),
    )


def _value(text: str) -> str | None:
    value = text.strip()
    return None if value in ("", "null") else value


def _wakefulness(text: str) -> str | None:
    match = re.search(r"mWakefulness=(\w+)", text)
    return match[1] if match else None


def _wake(value: str | None) -> tuple[Command, ...]:
    if value == "Awake":
        return (("input", "keyevent", "KEYCODE_WAKEUP"), ("wm", "dismiss-keyguard"))
    return (("input", "keyevent", "KEYCODE_SLEEP"),)


def _airplane(value: str | None) -> tuple[Command, ...]:
    # `settings put global airplane_mode_on` would change the flag and leave the radios on.
    return (("cmd", "connectivity", "airplane-mode", "enable" if value == "1" else "disable"),)


_ALL = (
    Setting(
        name="screen_on",
        title="screen on",
        wanted="Awake",
        read=("dumpsys", "power"),
        understand=_wakefulness,
        write=_wake,
    ),
    # 15: for every kind of power. A phone whose screen goes dark moves its programs to slow cores.
    _stored("stay_awake", "screen stays on while powered", "stay_on_while_plugged_in", "15"),
    Setting(
        name="battery_saver_off",
        title="battery saver off",
        wanted="0",
        read=("settings", "get", "global", "low_power"),
        understand=lambda text: _value(text) or "0",
        write=lambda value: (("cmd", "power", "set-mode", value or "0"),),
    ),
    _stored("window_animation_off", "no window animation", "window_animation_scale", "0"),
    _stored("transition_animation_off", "no transition animation", "transition_animation_scale", "0"),
    _stored("animator_off", "no animator", "animator_duration_scale", "0"),
    Setting(
        name="airplane_mode",
        title="airplane mode",
        wanted="1",
        read=("settings", "get", "global", "airplane_mode_on"),
        understand=lambda text: _value(text) or "0",
        write=_airplane,
        needs_usb=True,
        min_api=30,
    ),
    Setting(
        name="fixed_performance",
        title="fixed-performance mode",
        wanted="true",
        read=None,
        understand=_value,
        assumed="false",
        write=lambda value: (
            ("cmd", "power", "set-fixed-performance-mode-enabled", value or "false"),
        ),
        min_api=30,
    ),
)  # fmt: skip

SETTINGS: Mapping[str, Setting] = {setting.name: setting for setting in _ALL}

# What a campaign changes unless told otherwise. Fixed-performance mode is left out: it lowers the clocks, so its
# results answer another question.
DEFAULT_SETTINGS = tuple(name for name in SETTINGS if name != "fixed_performance")
