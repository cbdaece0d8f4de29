"""Phones: the list, one phone in detail, what stands in the way of measuring, and undoing what a killed run left."""

import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ghostbench.core.device import DeviceInfo, DeviceState
from ghostbench.core.errors import DeviceError, GhostbenchError

if TYPE_CHECKING:
    from ghostbench.device.adb_address import ServerAddress
    from ghostbench.device.adb_server import Connected
    from ghostbench.device.findings import Finding
    from ghostbench.device.session_settings import Restored

# Phones asked at the same time: a hanging one must not keep the others waiting.
_AT_ONCE = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedPhone:
    """One phone that the adb server knows."""

    serial: str
    state: str  # "device" when it can be used
    transport: str  # "usb", "tcp" or "emulator"
    title: str | None = None
    soc: str | None = None
    android: str | None = None
    abi: str | None = None
    profile: str | None = None
    emulated: bool | None = None  # None where it could not be asked
    remedy: str | None = None  # what to do, when it cannot be used


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneDetail:
    """All that is known of one phone."""

    serial: str
    transport: str
    profile: str | None
    notes: tuple[str, ...]  # of the profile
    default_core: int | None  # the core that a run without --core is pinned to
    default_cluster: str | None
    info: DeviceInfo
    state: DeviceState
    can_read: Mapping[str, bool]  # what the phone tells and what it hides
    unrestored: tuple[str, ...]  # settings that an earlier run left changed


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneCheck:
    """What the doctor found."""

    serial: str
    title: str
    usable: bool  # nothing failed
    findings: tuple["Finding", ...]


def list_phones(
    adb_server: str | None = None, *, workspace: Path | None = None
) -> list[ListedPhone]:
    """Every phone that the adb server knows, usable or not; the server is started when it is local and does not run."""
    from ghostbench.device.adb_address import server_address
    from ghostbench.device.adb_server import list_connected

    address = server_address(adb_server)
    phones = list_connected(address)
    with ThreadPoolExecutor(max_workers=_AT_ONCE) as threads:
        return list(threads.map(lambda phone: _listed(phone, address, workspace), phones))


def describe_phone(
    serial: str, adb_server: str | None = None, *, workspace: Path | None = None
) -> PhoneDetail:
    """One phone: what it is, how it is now, and what can be read. Raises DeviceError saying why it cannot be used."""
    from ghostbench.device.android import open_phone
    from ghostbench.device.journal import journal_of
    from ghostbench.device.phone_profile import core_of, profile_of
    from ghostbench.device.profiles import load_profiles

    device = open_phone(serial, adb_server)
    info, state = device.info(), device.state()
    profile = profile_of(info, load_profiles(workspace))
    try:
        core = core_of(info, profile, None)
    except GhostbenchError:  # a phone that does not even list its cores
        core = None
    return PhoneDetail(
        serial=serial,
        transport=device.connected.transport,
        profile=profile.name if profile else None,
        notes=profile.notes if profile else (),
        default_core=core.index if core else None,
        default_cluster=core.cluster if core else None,
        info=info,
        state=state,
        can_read=readable(info, state),
        unrestored=tuple(entry.setting for entry in journal_of(serial).pending()),
    )


def check_phone(
    serial: str,
    adb_server: str | None = None,
    *,
    files: Sequence[Path] = (),
    needed_bytes: int = 0,
) -> PhoneCheck:
    """Every precondition of a good measurement; `files` are to run there: those of the bundle when none are named."""
    from ghostbench.device.android import open_phone
    from ghostbench.device.android_scripts import DOCTOR_SCRIPT
    from ghostbench.device.doctor import examine, usable
    from ghostbench.device.findings import Seen
    from ghostbench.device.journal import journal_of

    if not files:
        files, needed_bytes = _bundle_files()
    device = open_phone(serial, adb_server)
    info = device.info()
    more = device.sections(DOCTOR_SCRIPT, "examining it")
    seen = Seen(
        info=info,
        state=device.state(),
        host_time_s=time.time(),
        more=more,
        transport=device.connected.transport,
        files=tuple(files),
        needed_bytes=needed_bytes,
        unrestored=tuple(entry.setting for entry in journal_of(serial).pending()),
    )
    findings = examine(seen)
    return PhoneCheck(serial=serial, title=info.title, usable=usable(findings), findings=findings)


def _bundle_files() -> tuple[Sequence[Path], int]:
    """The files that a run brings to a phone, and their size; none while there is no bundle."""
    from ghostbench.engine.bundle import BundleError, load_bundle

    try:
        bundle = load_bundle()
    except BundleError:
        return (), 0
    return bundle.files, bundle.size_bytes


def restore_phone(serial: str, adb_server: str | None = None) -> tuple["Restored", ...]:
    """Undo what a killed run left changed; nothing is asked of the phone when nothing was left.

    Raises PhoneBusy while another ghostbench uses the phone: its changes are still wanted.
    """
    from ghostbench.device.android import open_phone
    from ghostbench.device.claim import claim_phone
    from ghostbench.device.journal import journal_of
    from ghostbench.device.session_settings import restore_settings

    journal = journal_of(serial)
    if not journal.pending():
        return ()
    phone = open_phone(serial, adb_server).phone
    with claim_phone(phone):
        return restore_settings(phone, journal)


def readable(info: DeviceInfo, state: DeviceState) -> dict[str, bool]:
    """What the phone tells, by name."""
    facts = state.facts
    return {
        "maximum clocks": any(core.max_mhz for core in info.cores),
        "capacities": any(core.capacity for core in info.cores),
        "clocks now": bool(state.core_mhz),
        "governors": bool(state.governors),
        "time at each clock": any(name.startswith("residency_") for name in facts),
        "thermal status": "thermal_status" in facts,
        "thermal sensors": any(
            ":" in name and not name.startswith("zone:") for name in state.temperatures_celsius
        ),
        "thermal zones": any(name.startswith("zone:") for name in state.temperatures_celsius),
        "battery": "battery_percent" in facts,
        "load": state.load_1min is not None,
        "memory": state.memory_available_bytes is not None,
        "screen": "wakefulness" in facts,
    }


def _listed(phone: "Connected", address: "ServerAddress", workspace: Path | None) -> ListedPhone:
    from ghostbench.device.adb import AdbPhone
    from ghostbench.device.android import AndroidDevice
    from ghostbench.device.phone_profile import profile_of
    from ghostbench.device.profiles import load_profiles

    known = ListedPhone(
        serial=phone.serial,
        state=phone.state,
        transport=phone.transport,
        title=phone.model,
        remedy=phone.remedy,
    )
    if not phone.usable:
        return known
    try:
        info = AndroidDevice(AdbPhone(phone.serial, address), phone).info()
    except DeviceError as error:
        told = str(error).removeprefix(f"{phone.serial}: ")
        return ListedPhone(
            serial=phone.serial,
            state="does not answer",
            transport=phone.transport,
            title=phone.model,
            remedy=told,
        )
    profile = profile_of(info, load_profiles(workspace))
    return ListedPhone(
        serial=phone.serial,
        state=phone.state,
        transport=phone.transport,
        title=info.title,
        soc=info.facts.get("soc"),
        android=info.facts.get("android"),
        abi=info.facts.get("abi"),
        profile=profile.name if profile else None,
        emulated=info.emulated,
    )
