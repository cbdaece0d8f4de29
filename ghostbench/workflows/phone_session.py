"""Borrow a device for a campaign; a phone is claimed and prepared first, and given back as it was."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Thread

from ghostbench.core.device import Device, DeviceInfo
from ghostbench.core.engine import Engine
from ghostbench.core.errors import UsageError
from ghostbench.core.progress import Progress
from ghostbench.core.record import RunRecord
from ghostbench.workflows.borrowed_phone import BorrowedPhone
from ghostbench.workflows.phone_hold import PhoneWishes, patiently


@dataclass(frozen=True, slots=True, kw_only=True)
class Borrowed:
    """A device for the time of a campaign."""

    device: Device
    prepare: Callable[
        [Engine, Sequence[Path]], None
    ]  # bring all files there, before the first block
    between_blocks: Callable[[RunRecord], None]  # after each block


@contextmanager
def borrow(device: Device, wishes: PhoneWishes, progress: Progress) -> Iterator[Borrowed]:
    """Have a device for a campaign. A phone is claimed and prepared, and is as before when this ends, however it ends.

    Raises PhoneBusy, and DeviceError when files on the phone are not what was brought there.
    """
    from ghostbench.device.android import AndroidDevice

    if not isinstance(device, AndroidDevice):
        yield Borrowed(device=device, prepare=lambda engine, files: None, between_blocks=_nothing)
        return
    phone = BorrowedPhone(device, wishes, progress)
    with phone.held():
        yield Borrowed(device=phone, prepare=phone.prepare, between_blocks=phone.between_blocks)
        phone.check_files()


def _nothing(record: RunRecord) -> None:
    return


def ask_what_it_is(device: Device, wishes: PhoneWishes, progress: Progress) -> None:
    """Let a phone say what it is. It was there a moment ago, so it is waited for when it is lost."""
    patiently(device.info, wishes, progress.say)


def load_ahead(device: Device) -> None:
    """Import what measuring needs while a phone is waited for anyway: together half a second."""
    from ghostbench.device.android import AndroidDevice

    if isinstance(device, AndroidDevice):
        Thread(target=_load, daemon=True).start()


def _load() -> None:
    from ghostbench.bench import run
    from ghostbench.store import records

    del run, records


def phone_core(info: DeviceInfo, wanted: str | None, workspace: Path | None) -> int | None:
    """The core to pin to: as wanted, as the phone's profile says, else the fastest kind; None for `any`.

    A phone that does not list its cores is not pinned unless a number was asked for.
    """
    from ghostbench.device.phone_profile import core_of, profile_of
    from ghostbench.device.profiles import load_profiles

    if wanted == "any":
        return None
    if not info.cores:
        if wanted is None:
            return None
        if wanted.isdecimal():
            return int(wanted)
        raise UsageError(f"{info.name} does not list its cores; name one by its number")
    return core_of(info, profile_of(info, load_profiles(workspace)), wanted).index


def only_device(adb_server: str | None = None) -> str:
    """The device when none was named: the one phone that is connected, else `host`.

    No adb server is started for this. Raises UsageError when several phones are connected.
    """
    from ghostbench.device.adb_address import server_address, server_listens
    from ghostbench.device.adb_server import list_connected

    address = server_address(adb_server)
    if adb_server is None and not server_listens(address):
        return "host"
    phones = [phone for phone in list_connected(address) if phone.usable]
    if len(phones) > 1:
        listed = ", ".join(f"{p.serial} ({p.model})" if p.model else p.serial for p in phones)
        raise UsageError(
            f"several phones are connected; name one with --device, or host, or all with --all-devices: {listed}"
        )
    return phones[0].serial if phones else "host"
