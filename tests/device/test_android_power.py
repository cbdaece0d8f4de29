import math

import pytest

from ghostbench.device.android_power import ThermalReading, parse_battery, parse_thermalservice


def dump(
    *,
    override: str = "false",
    status: int = 0,
    ready: str = "true",
    current: tuple[str, ...] = ("Temperature{mValue=36.5, mType=0, mName=CPU0, mStatus=0}",),
    cached: tuple[str, ...] = (),
    newer: str = "",
) -> str:
    """A dump in the order of Android 10 to 16, built from the format that section 2.2 of the notes gives."""
    return "\n".join(
        [
            f"IsStatusOverride: {override}",
            "ThermalEventListeners:",
            "\tcallbacks: 2",
            "\tkilled: false",
            "ThermalStatusListeners:",
            "\tcallbacks: 5",
            f"Thermal Status: {status}",
            "Cached temperatures:",
            *(f" {item}" for item in cached),
            f"HAL Ready: {ready}",
            "HAL connection:",
            "\tThermalHAL 2.0 connected: yes",
            "Current temperatures from HAL:",
            *(f"\t{item}" for item in current),
            "Current cooling devices from HAL:",
            "\tCoolingDevice{mValue=3, mType=2, mName=thermal-cpufreq-2}",
            "\tCoolingDevice{mValue=0, mType=2, mName=thermal-cpufreq-0}",
            "Temperature static thresholds from HAL:",
            "\tTemperatureThreshold{mType=3, mName=skin, mHotThrottlingThresholds=[NaN, 43.0, 45.0]}",
            newer,
        ]
    )


def test_the_current_readings_are_read_and_the_stale_ones_are_not() -> None:
    stale = "Temperature{mValue=99.0, mType=3, mName=skin, mStatus=4}"
    report = parse_thermalservice(dump(cached=(stale,)))
    assert report.readings == (ThermalReading(name="CPU0", kind="cpu", celsius=36.5, status=0),)


def test_status_override_and_readiness_are_read() -> None:
    report = parse_thermalservice(dump(override="true", status=3, ready="false"))
    assert (report.override, report.status, report.hal_ready) == (True, 3, False)


def test_a_cooling_device_tells_how_far_it_is_active() -> None:
    cooling = parse_thermalservice(dump()).cooling
    assert cooling == (("thermal-cpufreq-2", 3), ("thermal-cpufreq-0", 0))


def test_newer_sections_do_not_disturb() -> None:
    newer = (
        "Temperature headroom thresholds:\n\t[NaN, 0.9, 1.0]\nTemperature forecast:\n"
        "\tTemperature{mValue=80.0, mType=3, mName=skin, mStatus=0}"
    )
    assert parse_thermalservice(dump(newer=newer)).readings == parse_thermalservice(dump()).readings


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Can't find service: thermalservice\n", "Android before 10 has no thermal service"),
        (
            "Permission Denial: can't dump ThermalManagerService from pid=1, uid=2000",
            "the phone does not let the shell read it",
        ),
        ("", "the phone's answer is not the one known"),
        ("garbage \x00 \x1b", "the phone's answer is not the one known"),
    ],
)
def test_a_missing_service_says_why(text: str, reason: str) -> None:
    report = parse_thermalservice(text)
    assert report.missing == reason
    assert report.status is None
    assert report.readings == ()


@pytest.mark.parametrize("value", ["NaN", "0.0", "-40.0", "Infinity", "3.4E38"])
def test_an_implausible_value_is_kept_and_flagged(value: str) -> None:
    item = f"Temperature{{mValue={value}, mType=3, mName=skin, mStatus=0}}"
    (reading,) = parse_thermalservice(dump(current=(item,))).readings
    assert not reading.plausible
    assert reading.celsius == float(value) or math.isnan(reading.celsius)


def test_samsung_names_and_new_kinds_are_read() -> None:
    items = (
        "Temperature{mValue=38.1, mType=3, mName=SKIN, mStatus=0}",
        "Temperature{mValue=31.4, mType=2, mName=SUBBAT, mStatus=0}",
        "Temperature{mValue=40.0, mType=14, mName=AP 2, mStatus=0}",
    )
    keys = [reading.key for reading in parse_thermalservice(dump(current=items)).readings]
    assert keys == ["skin:SKIN", "battery:SUBBAT", "type 14:AP 2"]


def test_a_hal_that_is_not_ready_gives_no_readings() -> None:
    text = dump(ready="false").split("HAL connection:")[0]
    report = parse_thermalservice(text)
    assert (report.hal_ready, report.readings, report.status) == (False, (), 0)


def test_a_text_cut_anywhere_is_read_as_far_as_it_goes() -> None:
    text = dump(current=("Temperature{mValue=36.5, mType=0, mName=CPU0, mStatus=0}",))
    whole = parse_thermalservice(text)
    for end in range(len(text)):
        report = parse_thermalservice(text[:end])
        assert set(report.readings) <= set(whole.readings)
        assert report.status in (None, 0)


def test_carriage_returns_do_not_disturb() -> None:
    assert parse_thermalservice(dump().replace("\n", "\r\n")) == parse_thermalservice(dump())


BATTERY = """Current Battery Service state:
  AC powered: false
  USB powered: true
  Wireless powered: false
  Max charging current: 500000
  Max charging voltage: 5000000
  Charge counter: 3483000
  status: 2
  health: 2
  present: true
  level: 85
  scale: 100
  voltage: 4240
  temperature: 281
  technology: Li-poly
"""


def test_a_battery_is_read() -> None:
    battery = parse_battery(BATTERY)
    assert (battery.percent, battery.celsius, battery.status) == (85.0, 28.1, "charging")
    assert (battery.powered_by, battery.max_charging_ma) == (("USB",), 500.0)
    assert battery.known
    assert not battery.faked


def test_values_set_by_hand_are_noticed() -> None:
    text = BATTERY.replace("state:\n", "state:\n  (UPDATES STOPPED -- use 'reset' to restart)\n")
    assert parse_battery(text).faked


def test_a_level_is_read_against_its_scale() -> None:
    assert parse_battery("  level: 100\n  scale: 200\n").percent == 50.0


@pytest.mark.parametrize("text", ["", "Can't find service: battery\n", "  scale: 100\n"])
def test_a_text_without_a_battery_gives_nothing(text: str) -> None:
    battery = parse_battery(text)
    assert not battery.known
    assert battery.percent is None
    assert battery.celsius is None
