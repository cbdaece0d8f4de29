"""Having a phone to ourselves with its settings changed: lost connections are found again, all is undone at the end."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ghostbench.core.errors import TransientError

if TYPE_CHECKING:
    from ghostbench.device.android import AndroidDevice
    from ghostbench.device.claim import Claim
    from ghostbench.device.journal import Journal
    from ghostbench.device.session_settings import Changed
    from ghostbench.device.settings import Setting

# A phone starts anew within a minute or so; one that is away for longer needs a hand.
PATIENCE_S = 90.0
POLL_S = 2.0
# A lease whose connection was cut is given back by the phone within moments.
LEASE_WAIT_S = 6.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneWishes:
    """How a phone is to be reached and treated. Means nothing to other devices."""

    adb_server: str | None = None  # HOST:PORT; None is this machine's own
    settings: tuple[str, ...] | None = None  # names to change; None is the usual ones
    cooling: bool = True  # wait between blocks until it is as cool as at the start
    wait_s: float = 0.0  # how long to wait for another ghostbench that has it
    patience_s: float = PATIENCE_S  # how long to wait for a phone that was lost


class PhoneHold:
    """A claim on a phone, and the settings that were changed for it."""

    def __init__(
        self,
        phone: "AndroidDevice",
        wishes: PhoneWishes,
        say: Callable[[str], None],
        *,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._phone, self._wishes, self._say = phone, wishes, say
        self._sleep, self._clock = sleep, clock
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
            self._take(self._wishes.wait_s, self._say)
            undo.callback(self._tell_leftovers)
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
        until = self._clock() + (0.0 if self.is_gone else self._wishes.patience_s)
        while True:
            try:
                self._take(LEASE_WAIT_S)
                break
            except TransientError:
                if self._clock() >= until:
                    self.is_gone = True
                    raise
                self._sleep(POLL_S)
        self.is_gone = False
        self._change_again()

    def _take(self, wait_s: float, say: Callable[[str], None] = lambda line: None) -> None:
        from ghostbench.device.claim import claim_phone

        claim = claim_phone(self._phone.phone, wait_s=wait_s, say=say)
        self._claim = self._claims.enter_context(claim)

    def _let_go(self) -> None:
        self._claim = None
        self._claims.close()

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
