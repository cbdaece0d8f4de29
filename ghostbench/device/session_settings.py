"""Change settings of a phone for a while: journaled before, read back after, restored in reverse whatever happens."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

from ghostbench.core.errors import DeviceError, TransientError
from ghostbench.device.adb import ShellResult
from ghostbench.device.journal import Entry, Journal
from ghostbench.device.settings import SETTINGS, Setting

TIMEOUT_S = 20.0


class PhoneShell(Protocol):
    """What is needed of a phone here."""

    def run(self, argv: Sequence[str], *, step: str, timeout_s: float = ...) -> ShellResult:
        """Run a command to its end, whatever its status."""


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
    """Change settings, each journaled before; restoring is the caller's duty."""
    changes = []
    for setting in wishes:
        change = _change(shell, setting, journal, api, over_usb)
        if change.outcome == "not changed":
            say(f"{setting.title}: not changed: {change.reason}")
        changes.append(change)
    return tuple(changes)


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


def _change(
    shell: PhoneShell, setting: Setting, journal: Journal, api: int | None, over_usb: bool
) -> Changed:
    before: str | None = None

    def outcome(what: str, after: str | None = None, reason: str | None = None) -> Changed:
        return Changed(
            name=setting.name, before=before, wanted=setting.wanted, after=after, outcome=what, reason=reason
        )  # fmt: skip

    if setting.needs_usb and not over_usb:
        return outcome("not changed", reason="adb is over the network, which it would cut")
    if api is not None and api < setting.min_api:
        return outcome("not changed", reason=f"needs Android API {setting.min_api}, this is {api}")
    try:
        before = _read(shell, setting)
        if setting.read and before == setting.wanted:
            return outcome("was so already", before)
        journal.note_change(setting.name, before, setting.wanted)
        _write(shell, setting, setting.wanted)
        after = _read(shell, setting)
    except DeviceError as error:
        return outcome("not changed", reason=str(error))
    if setting.read is None:
        return outcome("requested")
    if after != setting.wanted:
        return outcome("not changed", after, f"the phone went on saying {after}")
    return outcome("changed", after)


def _restore(shell: PhoneShell, change: Entry) -> Restored:
    def outcome(what: str, after: str | None = None, reason: str | None = None) -> Restored:
        return Restored(
            name=change.setting, before=change.before, after=after, outcome=what, reason=reason
        )

    setting = SETTINGS.get(change.setting)
    if setting is None:
        return outcome("not restored", reason="this version of ghostbench does not know it")
    if setting.read is None:
        _write(shell, setting, change.before)
        return outcome("requested")
    now = _read(shell, setting)
    if now == change.before:
        return outcome("restored", now)
    # One that is gone was lost in a power cut while it was written: nobody deletes a setting by hand.
    if now not in (change.to, None):
        return outcome("left", now, f"it is {now} now, which ghostbench did not set")
    _write(shell, setting, change.before)
    now = _read(shell, setting)
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


def _read(shell: PhoneShell, setting: Setting) -> str | None:
    if setting.read is None:
        return setting.assumed
    result = _run(shell, setting.read, f"reading: {setting.title}")
    return setting.understand(result.stdout)


def _write(shell: PhoneShell, setting: Setting, value: str | None) -> None:
    for command in setting.write(value):
        _run(shell, command, f"setting: {setting.title}")


def _run(shell: PhoneShell, command: Sequence[str], step: str) -> ShellResult:
    result = shell.run(command, step=step, timeout_s=TIMEOUT_S)
    told = (result.stderr.strip() or result.stdout.strip()).splitlines()
    # Android's own tools tell of a refusal by an exception's text, some of them with status 0.
    refused = "SecurityException" in result.stderr or "Permission" in result.stderr
    if result.status or refused:
        raise DeviceError(f"the phone refused: {told[0] if told else f'status {result.status}'}")
    return result


def _say_restored(results: Sequence[Restored], say: Callable[[str], None]) -> None:
    for result in results:
        if result.outcome in ("left", "not restored"):
            title = SETTINGS[result.name].title if result.name in SETTINGS else result.name
            say(f"{title}: {result.outcome}: {result.reason}")
