"""Change settings of a phone for a while: journaled before, read back after, restored in reverse whatever happens."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from ghostbench.core.errors import DeviceError, TransientError
from ghostbench.device.journal import Entry, Journal
from ghostbench.device.setting_commands import (
    PhoneShell,
    read_setting,
    read_settings,
    write_setting,
    write_settings,
)
from ghostbench.device.settings import SETTINGS, Setting


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """What came of one wish; a record keeps it."""

    name: str
    before: str | None
    wanted: str
    after: str | None  # as read back; None where it cannot be read
    outcome: str  # "changed", "was so already", "requested", "not changed"
    reason: str | None = None  # why not


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """What came of restoring one setting."""

    name: str
    before: str | None
    after: str | None
    outcome: str  # "restored", "requested", "left", "not restored"
    reason: str | None = None

    @property
    def done(self) -> bool:
        """Whether nothing is left to do."""
        return self.outcome != "not restored"


@contextmanager
def changed_settings(
    shell: PhoneShell,
    wishes: Sequence[Setting],
    journal: Journal,
    *,
    api: int | None = None,
    over_usb: bool = True,
    say: Callable[[str], None] = lambda line: None,
) -> Iterator[tuple[Changed, ...]]:
    """Change settings, and restore them when the block ends; what an earlier run left behind is restored first.

    What could not be changed or restored is said and never raised: a benchmark does not fail for a setting.
    """
    _say_restored(restore_settings(shell, journal), say)
    try:
        yield change_settings(shell, wishes, journal, api=api, over_usb=over_usb, say=say)
    finally:
        _say_restored(restore_settings(shell, journal), say)


def change_settings(
    shell: PhoneShell,
    wishes: Sequence[Setting],
    journal: Journal,
    *,
    api: int | None = None,
    over_usb: bool = True,
    say: Callable[[str], None] = lambda line: None,
) -> tuple[Changed, ...]:
    """Change settings, each journaled before; restoring is the caller's duty.

    All are read in one round trip, written in another and read back in a third: nothing is measured meanwhile, but
    somebody waits.
    """
    unfit = {s.name: why for s in wishes if (why := _why_not(s, api, over_usb))}
    asked = [setting for setting in wishes if setting.name not in unfit]
    before = read_settings(shell, asked)
    faults = {name: value for name, value in before.items() if isinstance(value, DeviceError)}
    wanting = [s for s in asked if s.name not in faults and not _is_so(s, before[s.name])]
    faults |= _journaled(wanting, before, journal)
    faults |= write_settings(shell, [s for s in wanting if s.name not in faults])
    after = read_settings(shell, [s for s in wanting if s.name not in faults])
    faults |= {name: value for name, value in after.items() if isinstance(value, DeviceError)}
    reasons = unfit | {name: str(fault) for name, fault in faults.items()}
    changes = tuple(
        _change(s, _text(before.get(s.name)), _text(after.get(s.name)), reasons.get(s.name), s in wanting)
        for s in wishes
    )  # fmt: skip
    for change in changes:
        if change.outcome == "not changed":
            say(f"{SETTINGS[change.name].title}: not changed: {change.reason}")
    return changes


def restore_settings(shell: PhoneShell, journal: Journal) -> tuple[Restored, ...]:
    """Undo all that the journal knows, last change first; what fails stays in the journal."""
    results: list[Restored] = []
    lost: TransientError | None = (
        None  # then the rest is not tried: each would wait as long in vain
    )
    for change in reversed(journal.pending()):
        try:
            result = _not_restored(change, lost) if lost else _restore(shell, change)
        except DeviceError as fault:
            result = _not_restored(change, fault)
            lost = fault if isinstance(fault, TransientError) else None
        if result.done:
            journal.note_restored(change)
        results.append(result)
    return tuple(results)


def _why_not(setting: Setting, api: int | None, over_usb: bool) -> str | None:
    if setting.needs_usb and not over_usb:
        return "adb is over the network, which it would cut"
    if api is not None and api < setting.min_api:
        return f"needs Android API {setting.min_api}, this is {api}"
    return None


def _is_so(setting: Setting, value: str | DeviceError | None) -> bool:
    return setting.read is not None and value == setting.wanted


def _journaled(
    wanting: Sequence[Setting], before: Mapping[str, str | DeviceError | None], journal: Journal
) -> dict[str, DeviceError]:
    faults = {}
    for setting in wanting:
        try:
            journal.note_change(setting.name, _text(before[setting.name]), setting.wanted)
        except DeviceError as fault:
            faults[setting.name] = fault
    return faults


def _text(value: str | DeviceError | None) -> str | None:
    return None if isinstance(value, DeviceError) else value


def _change(
    setting: Setting, before: str | None, after: str | None, reason: str | None, was_wanting: bool
) -> Changed:
    if reason is not None:
        outcome = "not changed"
    elif not was_wanting:
        outcome, after = "was so already", before
    elif setting.read is None:
        outcome, after = "requested", None
    elif after != setting.wanted:
        outcome, reason = "not changed", f"the phone went on saying {after}"
    else:
        outcome = "changed"
    return Changed(
        name=setting.name, before=before, wanted=setting.wanted, after=after, outcome=outcome, reason=reason
    )  # fmt: skip


def _restore(shell: PhoneShell, change: Entry) -> Restored:
    def outcome(what: str, after: str | None = None, reason: str | None = None) -> Restored:
        return Restored(
            name=change.setting, before=change.before, after=after, outcome=what, reason=reason
        )

    setting = SETTINGS.get(change.setting)
    if setting is None:
        return outcome("not restored", reason="this version of ghostbench does not know it")
    if setting.read is None:
        write_setting(shell, setting, change.before)
        return outcome("requested")
    now = read_setting(shell, setting)
    if now == change.before:
        return outcome("restored", now)
    # One that is gone was lost in a power cut while it was written: nobody deletes a setting by hand.
    if now not in (change.to, None):
        return outcome("left", now, f"it is {now} now, which ghostbench did not set")
    write_setting(shell, setting, change.before)
    now = read_setting(shell, setting)
    if not _same(now, change.before):
        return outcome("not restored", now, f"the phone went on saying {now}")
    return outcome("restored", now)


def _not_restored(change: Entry, fault: DeviceError) -> Restored:
    return Restored(
        name=change.setting, before=change.before, after=None, outcome="not restored", reason=str(fault)
    )  # fmt: skip


def _same(now: str | None, before: str | None) -> bool:
    # A phone that dozed falls asleep first and dozes later; both are dark.
    dark = ("Asleep", "Dozing", "Dreaming")
    return now == before or (now in dark and before in dark)


def _say_restored(results: Sequence[Restored], say: Callable[[str], None]) -> None:
    for result in results:
        if result.outcome in ("left", "not restored"):
            title = SETTINGS[result.name].title if result.name in SETTINGS else result.name
            say(f"{title}: {result.outcome}: {result.reason}")
