import struct
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from ghostbench.core.device import Core, DeviceInfo, DeviceState
from ghostbench.core.elf import is_aarch64, load_alignment
from ghostbench.device.android import SPARE_BYTES
from ghostbench.device.doctor import CHECKS, examine, usable
from ghostbench.device.findings import Finding, Seen

INFO = DeviceInfo(
    name="S",
    kind="android",
    title="Phone",
    machine="aarch64",
    os="Android 14",
    kernel="6.1",
    cores=tuple(Core(index=i, cluster="big", max_mhz=2000.0, capacity=1024) for i in range(8)),
    page_bytes=4096,
    facts={
        "abis_64_bit": "arm64-v8a",
        "api": "34",
        "build_type": "user",
        "tools": "sha256sum mkdir mv rm kill df",
        "clusters_from": "capacity",
    },
)
STATE = DeviceState(
    taken_at="now",
    core_mhz={"0": 300.0},
    temperatures_celsius={"skin:skin": 31.0},
    facts={
        "battery_percent": "80",
        "battery_status": "full",
        "powered_by": "USB",
        "max_charging_ma": "500",
        "battery_saver": "0",
        "airplane_mode": "1",
        "wakefulness": "Awake",
        "thermal_status": "0",
        "thermal_override": "no",
        "device_time_s": "1000",
    },
)
MORE = {
    "df": "Filesystem 1K-blocks Used Available Use% Mounted on\n/dev/a 9 9 9000000 1% /data",
    "run": "yes",
    "settings": "stay_on_while_plugged_in=15\nwindow_animation_scale=0.0",
    "mirroring": "0",
    "stat_before": "cpu  0 0 0 1000 0 0 0 0",
    "stat_after": "cpu  1 0 0 1799 0 0 0 0",
}
GOOD = Seen(info=INFO, state=STATE, more=MORE, transport="usb", host_time_s=1000.0)


def with_info(*, facts: Mapping[str, str] | None = None, **fields: object) -> Seen:
    info = replace(INFO, facts={**INFO.facts, **(facts or {})}, **fields)  # type: ignore[arg-type]  # fields by name
    return replace(GOOD, info=info)


def with_state(**facts: str | None) -> Seen:
    kept = {name: value for name, value in {**STATE.facts, **facts}.items() if value is not None}
    return replace(GOOD, state=replace(STATE, facts=kept))


def with_more(**sections: str) -> Seen:
    return replace(GOOD, more={**MORE, **sections})


def finding(seen: Seen, name: str) -> Finding:
    return next(found for found in examine(seen) if found.name == name)


def test_a_phone_that_is_ready_passes_every_check() -> None:
    findings = examine(GOOD)
    assert [f for f in findings if f.verdict != "pass"] == []
    assert len(findings) == len(CHECKS) > 20
    assert usable(findings)


def test_check_names_are_unique() -> None:
    names = [found.name for found in examine(GOOD)]
    assert len(set(names)) == len(names)


CASES: list[tuple[str, Seen, str]] = [
    ("leftovers", replace(GOOD, unrestored=("airplane_mode",)), "warn"),
    ("abi", with_info(facts={"abis_64_bit": "", "abi": "armeabi-v7a"}), "fail"),
    ("page-size", with_info(page_bytes=None), "unknown"),
    ("android", with_info(facts={"api": "23"}), "fail"),
    ("android", with_info(facts={"api": "28"}), "warn"),
    ("android", with_info(facts={"api": ""}), "unknown"),
    ("build", with_info(facts={"build_type": "userdebug"}), "warn"),
    ("build", with_info(facts={"build_type": "eng"}), "fail"),
    ("real", with_info(emulated=True), "fail"),
    ("tools", with_info(facts={"tools": "mkdir"}), "fail"),
    ("tools", with_more(run="Permission denied"), "fail"),
    ("free-space", with_more(df="/dev/a 9 9 10000 1% /data"), "fail"),
    ("free-space", with_more(df="/dev/a 9 9 100000 1% /data"), "warn"),
    ("free-space", with_more(df=""), "unknown"),
    ("connection", replace(GOOD, transport="tcp"), "warn"),
    ("connection", replace(GOOD, transport="emulator"), "warn"),
    ("cores", with_info(facts={"cores_offline": "7"}), "warn"),
    ("cores", with_info(cores=()), "unknown"),
    ("clocks", replace(GOOD, state=replace(STATE, core_mhz={})), "warn"),
    ("clocks", with_state(allowed_mhz="6:2000 7:1500"), "warn"),
    ("battery", with_state(battery_percent="24"), "fail"),
    ("battery", with_state(battery_percent=None), "unknown"),
    ("battery", with_state(battery_faked="yes"), "fail"),
    ("charging", with_state(battery_status="charging", max_charging_ma="3000"), "warn"),
    ("charging", with_state(battery_status="charging", powered_by="AC"), "warn"),
    ("charging", with_state(battery_status=None), "unknown"),
    ("battery-saver", with_state(battery_saver="1"), "fail"),
    ("battery-saver", with_state(battery_saver=None), "unknown"),
    ("thermal-status", with_state(thermal_status="1"), "warn"),
    ("thermal-status", with_state(thermal_status="2"), "fail"),
    ("thermal-status", with_state(thermal_status="9"), "fail"),
    ("thermal-status", with_state(thermal_status=None, thermal_missing="none"), "unknown"),
    ("thermal-status", with_state(thermal_override="yes"), "fail"),
    (
        "temperature",
        replace(GOOD, state=replace(STATE, temperatures_celsius={"skin:a": 45.0})),
        "warn",
    ),
    ("temperature", replace(GOOD, state=replace(STATE, temperatures_celsius={})), "unknown"),
    ("sensors", with_state(implausible_temperatures="gpu:GPU=nan"), "warn"),
    ("sensors", with_state(thermal_hal="not ready"), "warn"),
    ("screen", with_state(wakefulness="Dozing"), "warn"),
    ("screen", with_state(wakefulness=None), "unknown"),
    ("stay-awake", with_more(settings="stay_on_while_plugged_in=0"), "warn"),
    ("mirroring", with_more(mirroring="1"), "fail"),
    ("mirroring", with_more(mirroring=""), "unknown"),
    ("animations", with_more(settings="window_animation_scale=1.0"), "warn"),
    ("animations", with_more(settings="window_animation_scale=null"), "warn"),
    ("airplane-mode", with_state(airplane_mode="0"), "warn"),
    ("airplane-mode", replace(with_state(airplane_mode="0"), transport="tcp"), "warn"),
    ("load", with_more(stat_after="cpu  80 0 0 1720 0 0 0 0"), "warn"),
    ("load", with_more(stat_after="cpu  400 0 0 1400 0 0 0 0"), "fail"),
    ("load", with_more(stat_after=""), "unknown"),
    ("date", with_state(device_time_s="5000"), "warn"),
    ("date", with_state(device_time_s=None), "unknown"),
]


@pytest.mark.parametrize(("name", "seen", "verdict"), CASES)
def test_what_is_amiss_is_found_and_comes_with_a_remedy(
    name: str, seen: Seen, verdict: str
) -> None:
    found = finding(seen, name)
    assert found.verdict == verdict
    assert found.remedy
    others = [f for f in examine(seen) if f.name != name and f.verdict == "fail"]
    assert others == []
    assert usable(examine(seen)) == (verdict != "fail")


def test_every_check_is_tried_in_a_bad_case() -> None:
    assert {name for name, _, _ in CASES} == {found.name for found in examine(GOOD)}


def test_the_remedy_for_leftovers_is_the_command_itself() -> None:
    assert finding(CASES[0][1], "leftovers").remedy == "ghostbench restore S"


def test_what_is_to_be_pushed_counts_against_the_free_space() -> None:
    free = 9000000 * 1024
    fits = replace(GOOD, needed_bytes=free - SPARE_BYTES)
    assert finding(fits, "free-space").verdict == "pass"
    assert finding(replace(fits, needed_bytes=free), "free-space").verdict == "fail"


def elf(path: Path, *alignments: int, machine: int = 183, kind: int = 1) -> Path:
    header = b"\x7fELF\x02\x01\x01" + bytes(9) + struct.pack("<HHI", 3, machine, 1)
    header += struct.pack("<QQQIHHHHHH", 0, 64, 0, 0, 64, 56, len(alignments) + 1, 0, 0, 0)
    entries = [struct.pack("<IIQQQQQQ", 6, 4, 0, 0, 0, 0, 0, 8)]
    entries += [struct.pack("<IIQQQQQQ", kind, 5, 0, 0, 0, 0, 0, a) for a in alignments]
    path.write_bytes(header + b"".join(entries))
    return path


def test_the_smallest_alignment_of_the_loaded_segments_counts(tmp_path: Path) -> None:
    assert load_alignment(elf(tmp_path / "a", 65536, 4096)) == 4096
    assert load_alignment(elf(tmp_path / "b", 4096, kind=2)) is None
    (tmp_path / "c").write_text("#!/bin/sh\n")
    assert load_alignment(tmp_path / "c") is None
    (tmp_path / "d").write_bytes(elf(tmp_path / "e", 65536).read_bytes()[:70])
    assert load_alignment(tmp_path / "d") is None


def test_files_for_small_pages_fail_on_a_phone_with_large_ones(tmp_path: Path) -> None:
    large = with_info(page_bytes=16384)
    small, wide = elf(tmp_path / "small.so", 4096), elf(tmp_path / "wide.so", 65536)
    assert finding(replace(large, files=(wide,)), "page-size").verdict == "pass"
    found = finding(replace(large, files=(small, wide)), "page-size")
    assert found.verdict == "fail"
    assert "small.so" in found.evidence
    assert "wide.so" not in found.evidence
    assert finding(replace(GOOD, files=(small,)), "page-size").verdict == "pass"


def test_files_for_another_processor_fail(tmp_path: Path) -> None:
    foreign = elf(tmp_path / "x64.so", 4096, machine=62)
    assert not is_aarch64(foreign)
    found = finding(replace(GOOD, files=(foreign,)), "abi")
    assert (found.verdict, found.evidence) == ("fail", "not for 64-bit Arm: x64.so")


def test_a_clock_that_is_held_down_is_named_and_one_that_is_not_passes() -> None:
    held = finding(with_state(allowed_mhz="6:2000 7:1500"), "clocks")
    assert held.evidence == "held below their maximum: core 7 to 1500 of 2000 MHz"
    assert finding(with_state(allowed_mhz="6:2000 7:1990"), "clocks").verdict == "pass"


def test_a_remedy_can_be_typed_where_several_phones_are_connected() -> None:
    odd = with_state(battery_saver="1")
    odd = replace(odd, info=replace(odd.info, name="a b;c"))
    assert finding(odd, "battery-saver").remedy == "adb -s 'a b;c' shell cmd power set-mode 0"
