"""Having a phone to ourselves with its settings changed: lost connections are found again, all is undone at the end."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from ghostbench.core.errors import DeviceError, TransientError

if TYPE_CHECKING:
    from ghostbench.device.android import AndroidDevice
    from ghostbench.device.claim import Claim
    from ghostbench.device.journal import Journal
    from ghostbench.device.session_settings import Changed
    from ghostbench.device.settings import Setting

T = TypeVar("T")

# A phone starts anew within a minute or so; one that is away for longer needs a hand.
PATIENCE_S = 90.0
# As long as phones take that were used hard. MLPerf waits 5 minutes whatever the temperature.
COOL_FOR_S = 600.0
POLL_S = 2.0
# A lease whose connection was cut is given back by the phone within moments.
LEASE_WAIT_S = 6.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneWishes:
    """How a phone is to be reached and treated. Means nothing to other devices."""

    adb_server: str | None = None  # HOST:PORT; None is this machine's own
    settings: tuple[str, ...] | None = None  # names to change; None is the usual ones
    # Wait until it is as cool as at the start, between blocks. None: yes, except on an emulated phone, whose
    # temperature is made up.
    cooling: bool | None = None
    cool_for_s: float = COOL_FOR_S  # how long to wait for that, each time
    wait_s: float = 0.0  # how long to wait for another ghostbench that has it
    patience_s: float = PATIENCE_S  # how long to wait for a phone that was lost
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic
    hurry: float = (
        1.0  # time limits are divided by it: for phones that answer sooner than real ones
    )


def patiently(call: Callable[[], T], wishes: PhoneWishes, say: Callable[[str], None]) -> T:
    """What the call returns. A phone that was there a moment ago is waited for when it is lost."""
    until, told = wishes.clock() + wishes.patience_s, False
    while True:
        try:
            return call()
        except TransientError as fault:
            if wishes.clock() >= until:
                raise
            if not told:
                say(f"{fault}; trying again")
            told = True
        wishes.sleep(POLL_S)


class PhoneHold:
    """A claim on a phone, and the settings that were changed for it."""

    def __init__(
        self,
        phone: "AndroidDevice",
        wishes: PhoneWishes,
        say: Callable[[str], None],
    ) -> None:
        self._phone, self._wishes, self._say = phone, wishes, say
        self._claims = ExitStack()
        self._claim: Claim | None = None
        self.changes: tuple[Changed, ...] = ()
        self.times_lost = 0
        self.is_gone = False  # it was waited for in vain

    @contextmanager
    def held(self) -> Iterator[None]:
        """Claim the phone and change its settings; both are undone in reverse, whatever happens."""
        from ghostbench.device.session_settings import changed_settings

        with ExitStack() as undo:
            undo.callback(self._let_go)
            patiently(lambda: self._take(self._wishes.wait_s, self._say), self._wishes, self._say)
            undo.callback(self._tell_leftovers)
            undo.callback(self._restore_late)
            self.changes = undo.enter_context(
                changed_settings(
                    self._phone.phone,
                    self._wanted(),
                    self._journal(),
                    api=self._api(),
                    over_usb=self._phone.connected.transport == "usb",
                    say=self._say,
                )
            )
            yield

    def keep(self) -> None:
        """Claim it again when the connection that held it was lost. Raises TransientError when that takes too long."""
        try:
            if self._claim:
                self._claim.check()
                return
        except TransientError as fault:
            self._say(str(fault))
            self.times_lost += 1
            self._let_go()
        until = self._wishes.clock() + (0.0 if self.is_gone else self._wishes.patience_s)
        while True:
            try:
                self._take(LEASE_WAIT_S)
                break
            except TransientError:
                if self._wishes.clock() >= until:
                    self.is_gone = True
                    raise
                self._wishes.sleep(POLL_S)
        self.is_gone = False
        self._change_again()

    def wait_until_it_answers(self) -> None:
        """A phone can hang while its connection looks well. Raises TransientError when it does so for too long."""
        shell = self._phone.phone
        try:
            patiently(
                lambda: shell.run(["true"], step="waiting for an answer", once=True),
                self._wishes,
                self._say,
            )
        except TransientError:
            self.is_gone = True
            raise

    def _take(self, wait_s: float, say: Callable[[str], None] = lambda line: None) -> None:
        from ghostbench.device.claim import claim_phone

        claim = claim_phone(self._phone.phone, wait_s=wait_s, sleep=self._wishes.sleep, say=say)
        self._claim = self._claims.enter_context(claim)

    def _let_go(self) -> None:
        self._claim = None
        self._claims.close()

    def _restore_late(self) -> None:
        """A phone that was lost while its settings were restored is waited for, unless it was in vain before."""
        from ghostbench.device.session_settings import restore_settings

        shell, journal = self._phone.phone, self._journal()
        until = self._wishes.clock() + self._wishes.patience_s
        while journal.pending() and not self.is_gone:
            try:
                shell.run(["true"], step="waiting for it to come back", once=True)
            except TransientError:
                if self._wishes.clock() >= until:
                    return
                self._wishes.sleep(POLL_S)
                continue
            except DeviceError:
                return  # not authorised any more: waiting does not help
            restored = [result.name for result in restore_settings(shell, journal) if result.done]
            if restored:
                self._say(f"{self._phone.name}: restored after all: {', '.join(restored)}")
            return

    def _change_again(self) -> None:
        """A phone that restarted went dark, and may have forgotten more."""
        from ghostbench.device.session_settings import change_settings

        change_settings(
            self._phone.phone,
            self._wanted(),
            self._journal(),
            api=self._api(),
            over_usb=self._phone.connected.transport == "usb",
        )

    def _wanted(self) -> "tuple[Setting, ...]":
        from ghostbench.device.settings import DEFAULT_SETTINGS, choose

        names = self._wishes.settings
        return choose(DEFAULT_SETTINGS if names is None else names)

    def _journal(self) -> "Journal":
        from ghostbench.device.journal import journal_of

        return journal_of(self._phone.name)

    def _api(self) -> int | None:
        api = self._phone.info().facts.get("api", "")
        return int(api) if api.isdecimal() else None

    def _tell_leftovers(self) -> None:
        if self._journal().pending():
            self._say(
                f"{self._phone.name}: not all settings are as they were; once it can be reached: "
                f"ghostbench restore {self._phone.name}"
            )
