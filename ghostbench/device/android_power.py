"""What Android says of heat and battery: `dumpsys thermalservice` and `dumpsys battery` to values."""

import math
import re
from dataclasses import dataclass

# android.os.Temperature and the thermal HAL: mType.
THERMAL_KINDS = (
    "cpu", "gpu", "battery", "skin", "usb_port", "power_amplifier", "bcl_voltage", "bcl_current",
    "bcl_percentage", "npu",
)  # fmt: skip
THERMAL_STATUS = ("none", "light", "moderate", "severe", "critical", "emergency", "shutdown")
BATTERY_STATUS = {1: "unknown", 2: "charging", 3: "discharging", 4: "not charging", 5: "full"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ThermalReading:
    """One sensor of the thermal service."""

    name: str
    kind: str  # of THERMAL_KINDS, or "type 12" for one that is not known
    celsius: float  # as given: may be NaN, zero or negative where the phone's maker was careless
    status: int | None

    @property
    def plausible(self) -> bool:
        """Whether the value can be a temperature of something in a phone that runs."""
        return math.isfinite(self.celsius) and 0 < self.celsius < 150

    @property
    def key(self) -> str:
        """Kind and name, unique enough to follow a sensor."""
        return f"{self.kind}:{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ThermalReport:
    """All that the thermal service says."""

    missing: str | None = None  # why there is nothing
    override: bool | None = None  # somebody set the status by hand
    status: int | None = None
    hal_ready: bool | None = None
    readings: tuple[ThermalReading, ...] = ()
    cooling: tuple[tuple[str, int], ...] = ()  # cooling device and how far it is active


def parse_thermalservice(text: str) -> ThermalReport:
    """Read `dumpsys thermalservice` of Android 10 to 16, whole, cut short or refused."""
    if missing := _why_missing(text):
        return ThermalReport(missing=missing)
    sections = _sections(text)
    ready = _boolean(text, "HAL Ready")
    current = sections.get("Current temperatures from HAL", "")
    status = re.search(r"^\s*Thermal Status:\s*(\d+)\s*$", text, flags=re.MULTILINE)
    cooling = sections.get("Current cooling devices from HAL", "")
    return ThermalReport(
        override=_boolean(text, "IsStatusOverride"),
        status=int(status[1]) if status else None,
        hal_ready=ready,
        readings=tuple(
            reading for item in _items(current, "Temperature") if (reading := _reading(item))
        ),
        cooling=tuple(
            (item.get("mName", "?"), int(item["mValue"]))
            for item in _items(cooling, "CoolingDevice")
            if item.get("mValue", "").isdigit()
        ),
    )


def _why_missing(text: str) -> str | None:
    if "Can't find service" in text:
        return "Android before 10 has no thermal service"
    if "Permission Denial" in text:
        return "the phone does not let the shell read it"
    if not re.search(r"IsStatusOverride|Thermal Status|temperatures from HAL", text):
        return "the phone's answer is not the one known"
    return None


def _sections(text: str) -> dict[str, str]:
    pieces = re.split(r"^\s*([A-Z][A-Za-z ]+):[ \t\r]*$", text, flags=re.MULTILINE)
    return dict(zip(pieces[1::2], pieces[2::2], strict=True))


def _items(text: str, kind: str) -> list[dict[str, str]]:
    return [
        dict(re.findall(r"(m\w+)=([^,}]*)", inner))
        for inner in re.findall(rf"\b{kind}\{{([^}}]*)\}}", text)
    ]


def _reading(item: dict[str, str]) -> ThermalReading | None:
    try:
        value, kind = float(item["mValue"]), int(item["mType"])
    except (KeyError, ValueError):
        return None  # cut in the middle
    status = item.get("mStatus", "")
    return ThermalReading(
        name=item.get("mName", "?").strip(),
        kind=THERMAL_KINDS[kind] if 0 <= kind < len(THERMAL_KINDS) else f"type {kind}",
        celsius=value,
        status=int(status) if status.isdigit() else None,
    )


def _boolean(text: str, key: str) -> bool | None:
    match = re.search(rf"^\s*{key}:\s*(true|false)\s*$", text, flags=re.MULTILINE)
    return match[1] == "true" if match else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Battery:
    """The battery, as far as the phone tells."""

    percent: float | None = None
    celsius: float | None = None
    powered_by: tuple[str, ...] = ()  # "AC", "USB", "Wireless", "Dock"
    status: str | None = None  # of BATTERY_STATUS
    max_charging_ma: float | None = None  # what the charger allows, not what flows
    faked: bool = False  # somebody set values by hand
    known: bool = False  # whether the text was one of a battery at all


def parse_battery(text: str) -> Battery:
    """Read `dumpsys battery`."""
    number = {
        key: int(value)
        for key, value in re.findall(r"^\s*([A-Za-z ]+): (-?\d+)\s*$", text, flags=re.MULTILINE)
    }
    powered = re.findall(r"^\s*(\w+) powered: true\s*$", text, flags=re.MULTILINE)
    level, scale = number.get("level"), number.get("scale", 100)
    tenths, current_ua = number.get("temperature"), number.get("Max charging current")
    return Battery(
        percent=100 * level / scale if level is not None and scale > 0 else None,
        celsius=tenths / 10 if tenths is not None else None,
        powered_by=tuple(powered),
        status=BATTERY_STATUS.get(number["status"]) if "status" in number else None,
        max_charging_ma=current_ua / 1000 if current_ua else None,
        faked="UPDATES STOPPED" in text,
        known=level is not None,
    )
