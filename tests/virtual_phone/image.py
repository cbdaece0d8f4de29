"""What stands in a phone's files when it is switched on: a personality as a table of paths and texts."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.virtual_phone.hardware_files import hardware_files, hardware_links
from tests.virtual_phone.personality import Personality

COMMANDS = Path(__file__).parent / "commands"
EVERYONE_WRITES = 0o666
OPEN_FOLDER = 0o777
PROGRAM = 0o755
TEXT = 0o644

# Files of the real /proc that the phone must not see, because they tell of the computer below.
FAKED_PROC_FILES = (
    "/proc/cpuinfo",
    "/proc/loadavg",
    "/proc/meminfo",
    "/proc/version",
    "/proc/sys/kernel/random/boot_id",
)
BOUND = ("/sys", *FAKED_PROC_FILES)
MEMORY_KB = 5861380
# Of adbd, and with it of every command.
ENVIRONMENT = {
    "LD_PRELOAD": "/system/lib/phone_shim.so",
    "PATH": "/system/bin:/bin",
    "ANDROID_DATA": "/data",
    "ANDROID_ROOT": "/system",
    "HOME": "/data/local/tmp",
    "SHELL": "/bin/sh",
    "TMPDIR": "/data/local/tmp",
    "TERM": "dumb",
    "USER": "shell",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """All that makes one phone different from the shared root."""

    files: Mapping[str, tuple[int, str]]  # path on the phone: mode, text
    links: Mapping[str, str] = field(default_factory=dict)
    folders: Mapping[str, int] = field(default_factory=dict)
    remove: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()  # folders nobody on the phone may look into


def image_of(personality: Personality, *, serial_number: str, public_key: str) -> Image:
    """The files of a phone of this kind."""
    files = {
        **_commands(personality),
        **hardware_files(personality),
        **{f"/phone/{name}": (EVERYONE_WRITES, text + "\n") for name, text in _state(personality)},
        **{f"/phone/{name}": (EVERYONE_WRITES, "") for name in _EMPTY},
        "/phone/proc/sys/kernel/random/boot_id": (TEXT, "\n"),
        "/default.prop": (TEXT, _default_properties(personality, serial_number)),
        "/data/misc/adb/adb_keys": (TEXT, public_key if personality.adb.knows_the_key else ""),
    }
    return Image(
        files=files,
        links=hardware_links(personality),
        folders=_folders(personality),
        remove=tuple(f"/system/bin/{name}" for name in personality.remove),
        hidden=_hidden(personality),
    )


# Grow while the phone runs: properties set, command lines, affinity masks, task profiles, wishes to reboot, log.
_EMPTY = ("properties", "commands", "masks", "task_profiles", "reboots", "logcat")


def _folders(personality: Personality) -> dict[str, int]:
    open_ones = ["settings/global", "settings/system", "settings/secure", "battery", "battery/real"]
    open_ones += ["thermal", "power", "radio", "deviceidle", "answers/lines", "answers/calls"]
    folders = {f"/phone/{name}": OPEN_FOLDER for name in open_ones}
    folders |= {"/data/local": 0o771, "/data/local/tmp": 0o771, "/data/misc/adb": 0o755}
    return folders


def _hidden(personality: Personality) -> tuple[str, ...]:
    clocks = ("/sys/devices/system/cpu/cpufreq",) if personality.cpufreq.access == "denied" else ()
    zones = ("/sys/class/thermal",) if personality.thermal.sysfs == "denied" else ()
    return clocks + zones


def _commands(personality: Personality) -> dict[str, tuple[int, str]]:
    files = {}
    for path in sorted(p for p in COMMANDS.rglob("*") if p.is_file()):
        group, name = path.parent.name, path.name
        if group == "bin" and (name in personality.remove or (name == "su" and not personality.su)):
            continue
        if group in ("dumpsys", "cmd") and name in personality.missing_services:
            continue
        text = path.read_text(encoding="utf-8")
        where = {"bin": "/system/bin", "lib": "/system/lib"}.get(group, f"/system/lib/{group}")
        files[f"{where}/{name}"] = (PROGRAM, text)
    return files


def _default_properties(personality: Personality, serial_number: str) -> str:
    own = {"ro.serialno": serial_number, "ro.adb.secure": "1" if personality.adb.secure else "0"}
    return "".join(f"{k}={v}\n" for k, v in {**personality.properties, **own}.items() if v)


def _word(value: bool) -> str:
    return "true" if value else "false"


def _state(personality: Personality) -> Iterator[tuple[str, str]]:
    """The answers of the made-up Android, one small text each; the commands say what they mean."""
    yield "sdk", personality.properties["ro.build.version.sdk"]
    yield "taskset", personality.taskset
    yield "page_bytes", str(personality.page_bytes)
    yield "all_cores_mask", f"{(1 << personality.core_count) - 1:x}"
    yield "kernel_release", personality.kernel_release
    yield "kernel_version", "#1 SMP PREEMPT Mon Jun 6 12:00:00 UTC 2022"
    yield (
        "proc/version",
        f"Linux version {personality.kernel_release} (build@host) (clang 12.0.5) #1 SMP PREEMPT",
    )
    yield "proc/loadavg", "0.31 0.42 0.40 1/2931 12345"
    yield (
        "proc/meminfo",
        (
            f"MemTotal:       {MEMORY_KB} kB\nMemFree:          512000 kB\n"
            "MemAvailable:    2310000 kB\nSwapTotal:       2293756 kB\nSwapFree:        1780220 kB"
        ),
    )
    yield "load/busy_percent", "5"
    yield (
        "load/processes",
        " 1501 system       18  -2  14G 312M 198M S  2.0   5.4  31:10.52 system_server",
    )
    yield "clock_offset_s", "0"
    yield "packages", "com.android.shell\ncom.android.systemui"
    yield "surfaceflinger/layers", "StatusBar#0\nNavigationBar0#0\nImageWallpaper#0"
    yield "deviceidle/state", "ACTIVE"
    yield "radio/airplane", "off"
    yield from _thermal_state(personality)
    yield from _battery_state(personality)
    yield "power/wakefulness", personality.power.wakefulness
    yield "power/locked", _word(personality.power.locked)
    yield "power/pin", _word(personality.power.pin)
    yield "power/fixed_performance_supported", _word(personality.power.fixed_performance_supported)
    yield "power/fixed_performance", "false"
    for space, table in personality.settings.items():
        for key, value in table.items():
            yield f"settings/{space}/{key}", value


def _thermal_state(personality: Personality) -> Iterator[tuple[str, str]]:
    thermal = personality.thermal
    yield "thermal/access", thermal.access
    yield "thermal/status", str(thermal.status)
    yield "thermal/hal_ready", _word(thermal.hal_ready)
    yield "thermal/headroom", thermal.headroom
    readings = [
        f"{celsius} {kind} {status} {name}" for celsius, kind, status, name, _ in thermal.sensors
    ]
    yield "thermal/temperatures", "\n".join(readings)
    # What the service remembers from earlier, which is not how things are now.
    stale = [f"55.5 {kind} 0 {name}" for _, kind, _, name, _ in thermal.sensors]
    yield "thermal/cached", "\n".join(stale)
    yield (
        "thermal/cooling",
        "\n".join(f"{level} {kind} {name}" for level, kind, name in thermal.cooling),
    )
    yield (
        "thermal/thresholds",
        "\n".join(
            f"\tTemperatureThreshold{{mType={kind}, mName={name}, "
            f"mHotThrottlingThresholds=[{', '.join(thermal.hot_limits_celsius)}], "
            "mColdThrottlingThresholds=[NaN, NaN, NaN, NaN, NaN, NaN, NaN]}"
            for _, kind, _, name, _ in thermal.sensors
            if kind == 3  # the skin
        ),
    )


def _battery_state(personality: Personality) -> Iterator[tuple[str, str]]:
    battery = personality.battery
    values = {
        "level": str(battery.level),
        "temperature": str(round(battery.celsius * 10)),
        "millivolts": str(battery.millivolts),
        "ac": _word(battery.ac),
        "usb": _word(battery.usb),
        "wireless": "false",
        "status": str(battery.status),
        "max_charging_microamperes": str(battery.max_charging_microamperes),
    }
    for name, text in values.items():
        yield f"battery/{name}", text
        yield f"battery/real/{name}", text  # what `dumpsys battery reset` goes back to
    yield "battery/stopped", "false"
