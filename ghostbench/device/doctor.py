"""What stands in the way of a good measurement on a phone: one small function for each precondition."""

import shlex
from collections.abc import Callable, Sequence
from dataclasses import replace

from ghostbench.core.elf import is_aarch64, load_alignment
from ghostbench.device.android import SPARE_BYTES
from ghostbench.device.android_text import parse_free_bytes, parse_number
from ghostbench.device.doctor_moment import (
    MOMENT_CHECKS,
    check_battery,
    check_charging,
    check_thermal_status,
)
from ghostbench.device.findings import FAIL, Finding, Seen, failed, passed, unknown, warned

# A bundle with the runtime is 11 MB, a network up to 100 MB.
COMFORTABLE_BYTES = 300 * 1024 * 1024
_NEEDED_TOOLS = ("sha256sum", "mkdir", "mv", "rm", "kill", "df")


def examine(seen: Seen) -> tuple[Finding, ...]:
    """Every check, in the order in which a user would mend things."""
    return tuple(_for_this_phone(check(seen), seen.info.name) for check in CHECKS)


def preflight(seen: Seen) -> tuple[Finding, ...]:
    """What a run looks at before its first block: all that shows without asking the phone once more."""
    return tuple(_for_this_phone(check(seen), seen.info.name) for check in PREFLIGHT_CHECKS)


def _for_this_phone(finding: Finding, serial: str) -> Finding:
    """The remedy as it can be typed, also where several phones are connected."""
    if finding.remedy is None:
        return finding
    return replace(
        finding, remedy=finding.remedy.replace("adb shell", f"adb -s {shlex.quote(serial)} shell")
    )


def usable(findings: Sequence[Finding]) -> bool:
    """Whether nothing failed."""
    return all(finding.verdict != FAIL for finding in findings)


def check_leftovers(seen: Seen) -> Finding:
    """Nothing is left changed by an earlier run."""
    if not seen.unrestored:
        return passed("leftovers", "no setting is left changed by an earlier run")
    return warned(
        "leftovers",
        f"an earlier run left changed: {', '.join(seen.unrestored)}",
        f"ghostbench restore {seen.info.name}",
    )


def check_abi(seen: Seen) -> Finding:
    """It runs 64-bit Arm programs, and the files to run are such."""
    facts = seen.info.facts
    abis = facts.get("abis_64_bit") or facts.get("abi", "")
    if "arm64-v8a" not in abis:
        return failed(
            "abi",
            f"the phone runs {abis or 'unknown'} programs",
            "use a phone with a 64-bit Arm system",
        )
    foreign = [path.name for path in seen.files if not is_aarch64(path)]
    if foreign:
        return failed(
            "abi",
            f"not for 64-bit Arm: {', '.join(foreign)}",
            "build the bundle anew with `ghostbench bundle`",
        )
    return passed("abi", "arm64-v8a")


def check_page_size(seen: Seen) -> Finding:
    """What is to run is aligned for the phone's pages."""
    page = seen.info.page_bytes
    if page is None:
        return unknown(
            "page-size", "the phone does not say", "files aligned to 16 KB run on every phone"
        )
    small = [path.name for path in seen.files if (load_alignment(path) or page) < page]
    if small:
        return failed(
            "page-size",
            f"pages of {page // 1024} KB, but aligned to less: {', '.join(small)}",
            "build the bundle anew with `ghostbench bundle`, which aligns to 64 KB",
        )
    return passed("page-size", f"pages of {page // 1024} KB")


def check_android(seen: Seen) -> Finding:
    """The Android is one that adb's shell protocol and the commands used here need."""
    api = seen.info.facts.get("api", "")
    text = f"{seen.info.os}, API {api or 'unknown'}"
    if not api.isdecimal():
        return unknown("android", text, "it may work; Android 10 or newer tells its temperature")
    if int(api) < 24:
        return failed("android", text, "use a phone with Android 7 or newer")
    if int(api) < 29:
        return warned("android", text, "it runs, but tells no thermal status before Android 10")
    return passed("android", text)


def check_build(seen: Seen) -> Finding:
    """The system is one that people have."""
    kind = seen.info.facts.get("build_type")
    if kind == "user":
        return passed("build", "a user build")
    if kind is None:
        return unknown(
            "build", "the phone does not say its build type", "use a phone with its maker's system"
        )
    finding = failed if kind == "eng" else warned
    return finding(
        "build",
        f"a {kind} build: slower or faster than what people have",
        "use a user build for figures",
    )


def check_real(seen: Seen) -> Finding:
    """It is a phone and not an emulator."""
    reason = seen.info.facts.get("emulated_because")
    if seen.info.emulated:
        return failed(
            "real", f"emulated: {reason}", "use it to try things out; its times mean nothing"
        )
    return passed("real", "nothing says that it is an emulator")


def check_tools(seen: Seen) -> Finding:
    """The commands that ghostbench uses are there, and what is pushed may be run."""
    tools = seen.info.facts.get("tools", "").split()
    missing = [tool for tool in _NEEDED_TOOLS if tool not in tools]
    if missing:
        return failed(
            "tools",
            f"not on the phone: {', '.join(missing)}",
            "use a phone with Android 7 or newer",
        )
    if "yes" not in seen.more.get("run", ""):
        return failed(
            "tools",
            "programs in /data/local/tmp cannot be run",
            "use a phone that is not managed by a company's policy",
        )
    return passed("tools", "all there, and programs in /data/local/tmp run")


def check_free_space(seen: Seen) -> Finding:
    """What is pushed has room."""
    free = parse_free_bytes(seen.more.get("df", ""))
    if free is None:
        return unknown("free-space", "the phone does not say", "see Settings, Storage")
    text = f"{free / 1e6:.0f} MB free"
    if free < seen.needed_bytes + SPARE_BYTES:
        return failed("free-space", text, "remove apps or files from the phone")
    if free < COMFORTABLE_BYTES:
        return warned(
            "free-space", text, "remove apps or files: a nearly full phone is slow to write"
        )
    return passed("free-space", text)


def check_connection(seen: Seen) -> Finding:
    """Adb goes over a cable."""
    if seen.transport == "usb":
        return passed("connection", "adb over USB")
    if seen.transport == "tcp":
        return warned(
            "connection",
            "adb over the network: its radio wakes the phone while it is measured, and airplane mode cannot be used",
            "plug it in with a cable",
        )
    return warned("connection", "an emulator's own connection", "use a real phone")


def check_clocks(seen: Seen) -> Finding:
    """Clocks can be read, so that throttling shows."""
    clocks = [core.max_mhz for core in seen.info.cores if core.max_mhz]
    if capped := _capped(seen):
        return warned(
            "clocks",
            f"held below their maximum: {capped}",
            "let the phone cool, and switch power saving off",
        )
    if seen.state.core_mhz and clocks and len(clocks) == len(seen.info.cores):
        return passed("clocks", f"readable, up to {max(clocks):.0f} MHz")
    return warned(
        "clocks",
        f"clocks are hidden; clusters are known from {seen.info.facts.get('clusters_from', 'nothing')}",
        "name a core by its number (--core N); whether it slowed down shows only in the runner's probe (probe_ms)",
    )


def _capped(seen: Seen) -> str:
    """The cores that are not allowed their own clock at this moment, by more than rounding."""
    allowed = dict(pair.split(":", 1) for pair in seen.state.facts.get("allowed_mhz", "").split())
    return ", ".join(
        f"core {core.index} to {mhz:.0f} of {core.max_mhz:.0f} MHz"
        for core in seen.info.cores
        if core.max_mhz
        and (mhz := parse_number(allowed.get(str(core.index), ""))) is not None
        and mhz < 0.99 * core.max_mhz
    )


def check_cores(seen: Seen) -> Finding:
    """All cores are switched on."""
    offline = seen.info.facts.get("cores_offline")
    if offline:
        return warned(
            "cores", f"switched off: {offline}", "let the phone rest, and switch power saving off"
        )
    if not seen.info.cores:
        return unknown(
            "cores", "the phone does not list its cores", "name a core by its number (--core N)"
        )
    return passed("cores", f"{len(seen.info.cores)}, all switched on")


CHECKS: tuple[Callable[[Seen], Finding], ...] = (
    check_leftovers,
    check_abi,
    check_page_size,
    check_android,
    check_build,
    check_real,
    check_tools,
    check_free_space,
    check_connection,
    check_cores,
    check_clocks,
    *MOMENT_CHECKS,
)

PREFLIGHT_CHECKS: tuple[Callable[[Seen], Finding], ...] = (
    check_abi,
    check_page_size,
    check_android,
    check_build,
    check_cores,
    check_clocks,
    check_battery,
    check_charging,
    check_thermal_status,
)
