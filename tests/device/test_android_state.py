import subprocess

import pytest

from ghostbench.core.device import DeviceInfo, DeviceState
from ghostbench.core.strict import from_json, to_json
from ghostbench.device.android_info import build_info
from ghostbench.device.android_scripts import (
    DOCTOR_SCRIPT,
    INFO_SCRIPT,
    STATE_SCRIPT,
    split_sections,
)
from ghostbench.device.android_state import build_state, reference_temperature, residency

CPU = "/sys/devices/system/cpu"
ZONES = "/sys/class/thermal"
PROPS = """[ro.product.manufacturer]: [HUAWEI]
[ro.product.model]: [VOG-L29]
[ro.product.cpu.abi]: [arm64-v8a]
[ro.product.cpu.abilist]: [arm64-v8a,armeabi-v7a,armeabi]
[ro.product.cpu.abilist64]: [arm64-v8a]
[ro.board.platform]: [kirin980]
[ro.build.version.release]: [10]
[ro.build.version.sdk]: [29]
[ro.build.type]: [user]
[ro.build.fingerprint]: [HUAWEI/VOG-L29EEA/HWVOG:10/x:user/release-keys]"""
THERMAL = """IsStatusOverride: false
Thermal Status: 1
HAL Ready: true
Current temperatures from HAL:
\tTemperature{mValue=41.5, mType=3, mName=skin, mStatus=1}
\tTemperature{mValue=55.0, mType=0, mName=CPU0, mStatus=0}
\tTemperature{mValue=NaN, mType=1, mName=GPU, mStatus=0}
Current cooling devices from HAL:
\tCoolingDevice{mValue=2, mType=2, mName=cpu}
"""
SECTIONS = {
    "getprop": PROPS,
    "uname": "Linux\n4.14.116\naarch64",
    "date": "1795341488",
    "uptime": "100.5 200.1",
    "boot_id": "ed84ece3-3c6b-464f-8691-4b54a8203a95",
    "loadavg": "1.25 1.0 0.9 2/1500 4242",
    "stat": "cpu  100 0 100 700 100 0 0 0 0 0",
    "meminfo": "MemTotal:        7834212 kB\nMemAvailable:    3834212 kB",
    "clocks": f"{CPU}/online=0-7\n{CPU}/cpu7/cpufreq/scaling_cur_freq=2600000\n"
    f"{CPU}/cpu7/cpufreq/scaling_max_freq=2000000\n{CPU}/cpu7/cpufreq/scaling_governor=schedutil",
    "residency": f"{CPU}/cpufreq/policy6\n300000 10\n2600000 90",
    "zones": f"{ZONES}/thermal_zone0/type=soc\n{ZONES}/thermal_zone0/temp=48000\n"
    f"{ZONES}/thermal_zone1/type=usb\n{ZONES}/thermal_zone1/temp=-40000\n"
    f"{ZONES}/thermal_zone2/temp=33",
    "battery": "  level: 80\n  scale: 100\n  temperature: 301\n  status: 5\n  USB powered: true",
    "thermalservice": THERMAL,
    "power": "  mWakefulness=Awake",
    "settings": "low_power=0\nairplane_mode_on=null",
    "end": "",
}
NOW = "2026-11-22T10:00:00+00:00"


def test_a_state_holds_what_the_phone_told() -> None:
    state = build_state(SECTIONS, NOW)
    assert (state.load_1min, state.cpu_busy_s) == (1.25, 2.0)
    assert state.core_mhz == {"7": 2600.0}
    assert state.governors == {"7": "schedutil"}
    assert state.temperatures_celsius == {
        "skin:skin": 41.5,
        "cpu:CPU0": 55.0,
        "zone:soc:0": 48.0,
        "zone:unnamed:2": 33.0,
        "battery": 30.1,
    }
    assert state.facts["thermal_status"] == "1"
    assert state.facts["allowed_mhz"] == "7:2000"
    assert state.facts["wakefulness"] == "Awake"
    assert state.facts["cooling_active"] == "cpu 2"
    assert state.facts["implausible_temperatures"] == "gpu:GPU=nan, zone:usb:1=-40"


def test_what_is_not_set_or_not_told_is_absent() -> None:
    assert "airplane_mode" not in build_state(SECTIONS, NOW).facts
    empty = build_state({"end": ""}, NOW)
    assert empty == DeviceState(
        taken_at=NOW, facts={"thermal_missing": "the phone's answer is not the one known"}
    )


def test_a_state_survives_being_stored() -> None:
    state = build_state(SECTIONS, NOW)
    assert from_json(to_json(state), DeviceState) == state


def test_time_at_each_clock_is_read_back_from_a_state() -> None:
    assert residency(build_state(SECTIONS, NOW)) == {"policy6": {300000: 10, 2600000: 90}}


def test_skin_comes_before_cpu_and_battery_when_cooling_is_judged() -> None:
    state = build_state(SECTIONS, NOW)
    assert reference_temperature(state) == ("skin:skin", 41.5)
    no_service = build_state({**SECTIONS, "thermalservice": ""}, NOW)
    assert reference_temperature(no_service) == ("battery", 30.1)
    assert reference_temperature(build_state({}, NOW)) is None


def test_a_phone_says_what_it_is() -> None:
    info = build_info("SER 1", SECTIONS)
    assert (info.name, info.kind, info.title, info.os) == (
        "SER 1",
        "android",
        "Huawei VOG-L29",
        "Android 10",
    )
    assert info.machine == "aarch64"
    assert info.build == "HUAWEI/VOG-L29EEA/HWVOG:10/x:user/release-keys"
    assert info.facts["soc"] == "kirin980"
    assert not info.emulated
    assert from_json(to_json(info), DeviceInfo) == info


@pytest.mark.parametrize(
    ("serial", "changed", "reason"),
    [
        ("emulator-5554", {}, "its serial is an emulator's"),
        ("X", {"getprop": PROPS + "\n[ro.kernel.qemu]: [1]"}, "ro.kernel.qemu is 1"),
        ("X", {"getprop": PROPS + "\n[ro.hardware]: [ranchu]"}, "its hardware is ranchu"),
        (
            "X",
            {"kernel": "6.1.0-host\n"},
            "its kernel is 6.1.0-host, though `uname` says 4.14.116",
        ),
        ("X", {"kernel": "4.14.116\nx86_64"}, "its kernel is one for x86_64"),
    ],
)
def test_an_emulated_phone_is_known_by_its_signs(
    serial: str, changed: dict[str, str], reason: str
) -> None:
    info = build_info(serial, {**SECTIONS, **changed})
    assert info.emulated
    assert info.facts["emulated_because"] == reason


def test_a_phone_that_says_nothing_still_has_a_title() -> None:
    info = build_info("SERIAL", {})
    assert (info.title, info.machine, info.cores, info.build) == ("SERIAL", "unknown", (), None)


@pytest.mark.parametrize("script", [INFO_SCRIPT, STATE_SCRIPT, DOCTOR_SCRIPT])
def test_a_script_runs_to_its_end_in_a_plain_shell_without_any_android(script: str) -> None:
    ran = subprocess.run(["sh", "-c", script], capture_output=True, text=True, timeout=60)
    sections = split_sections(ran.stdout)
    assert "end" in sections
    if script is not DOCTOR_SCRIPT:
        build_info("x", sections)
        build_state(sections, NOW)


def test_an_answer_that_was_cut_short_has_no_end() -> None:
    whole = "\n@@ghostbench:date\n17\n\n@@ghostbench:end\n"
    assert "end" not in split_sections(whole[:-5])


def test_how_far_the_phones_date_is_off_is_told_with_how_well_that_is_known() -> None:
    from ghostbench.device.android_state import with_clock_offset

    state = with_clock_offset(build_state({"date": "1100"}, "now"), 1000.0, 1000.4)
    assert state.facts["clock_offset_s"] == "100.30"
    assert state.facts["clock_offset_error_s"] == "0.70"


def test_a_phone_without_a_date_has_no_offset() -> None:
    from ghostbench.device.android_state import with_clock_offset

    assert "clock_offset_s" not in with_clock_offset(build_state({}, "now"), 1.0, 2.0).facts
