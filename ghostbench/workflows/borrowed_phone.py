"""A borrowed phone, as the bench sees it: files brought there once, faults waited for, cooled between blocks."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from ghostbench.core.device import DeviceInfo, DeviceState
from ghostbench.core.engine import Engine
from ghostbench.core.errors import DeviceError, TransientError
from ghostbench.core.progress import Progress
from ghostbench.core.record import RunRecord
from ghostbench.workflows.phone_hold import PhoneHold, PhoneWishes

if TYPE_CHECKING:
    from ghostbench.device.android import AndroidDevice
    from ghostbench.device.cooling import Cooling

PUSH_RETRIES, PUSH_PAUSE_S = 2, 2.0
# Without these, nothing would run at all.
_REFUSED = ("abi", "page-size")


@runtime_checkable
class BringsFiles(Protocol):
    """An engine that says beforehand which files it brings to a device."""

    def files(self) -> Mapping[Path, bool]:
        """Each file, and whether it is to be executable."""


class PhoneGone(DeviceError):
    """A phone was lost and did not come back."""


class BorrowedPhone:
    """A phone that is claimed. `held` comes first, then `prepare`."""

    def __init__(
        self,
        phone: "AndroidDevice",
        wishes: PhoneWishes,
        progress: Progress,
        *,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._phone, self._wishes, self._progress = phone, wishes, progress
        self._sleep, self._clock = sleep, clock
        self._hold = PhoneHold(phone, wishes, progress.say, sleep=sleep, clock=clock)
        self._facts: dict[str, str] = {}  # of the campaign
        self._cooling: Cooling | None = None
        self._goal_celsius: float | None = None
        self._places: dict[tuple[Path, bool], PurePosixPath] = {}
        self._pushes_again = 0

    @property
    def name(self) -> str:
        """The serial."""
        return self._phone.name

    def info(self) -> DeviceInfo:
        """What it is, and what was changed on it."""
        info = self._phone.info()
        return replace(info, facts={**info.facts, **self._facts})

    def state(self) -> DeviceState:
        """How it is now, and what it took to get here."""
        self._hold.keep()
        state = self._phone.state()
        facts = dict(state.facts)
        facts["connections_lost"] = str(self._hold.times_lost)
        facts["pushes_again"] = str(self._pushes_again)
        if self._cooling:
            facts["cooling"] = str(self._cooling)
        return replace(state, facts=facts)

    def install(self, local: Path, *, executable: bool = False) -> PurePosixPath:
        """Make sure that the phone holds this very file; asked of the phone once."""
        key = (local, executable)
        if key not in self._places:
            self._places[key] = self._phone.install(local, executable=executable)
        return self._places[key]

    def stream(
        self,
        argv: Sequence[str],
        *,
        timeout_s: float,
        environment: Mapping[str, str] | None = None,
    ) -> Iterator[str]:
        """Run a command there."""
        return self._phone.stream(argv, timeout_s=timeout_s, environment=environment)

    def held(self) -> AbstractContextManager[None]:
        """Claim it and change its settings for a while."""
        return self._hold.held()

    def prepare(self, engine: Engine, files: Sequence[Path]) -> None:
        """Look whether it can be measured on, and bring everything there, trying again where that may help."""
        from ghostbench.bench.retry import with_retries

        self._facts |= {
            f"setting_{c.name}": f"{c.outcome}: {c.before} to {c.after}" for c in self._hold.changes
        }
        state = self._phone.state()
        self._look_before(state)
        self._set_goal(state)

        wanted = dict.fromkeys(files, False)
        if isinstance(engine, BringsFiles):
            wanted |= engine.files()

        def push() -> None:
            places = self._phone.install_all(wanted)
            self._places |= {(local, wanted[local]): place for local, place in places.items()}
            engine.install(self)  # whatever it needs beside

        _, attempt = with_retries(
            push, retries=PUSH_RETRIES, pause_s=PUSH_PAUSE_S, sleep=self._sleep, tell=self._tell_retry
        )  # fmt: skip
        self._pushes_again = attempt - 1

    def between_blocks(self, record: RunRecord) -> None:
        """Find a lost phone again, mend files after a failure, let it cool. Raises PhoneGone."""
        try:
            self._hold.keep()
            if record.failure:
                self._mend_files()
            self._cool()
        except TransientError as fault:
            if self._hold.is_gone:
                raise PhoneGone(
                    f"{fault}; it did not come back within {self._wishes.patience_s:.0f} s. What was measured is "
                    "kept; go on with the same command and --resume"
                ) from fault
            self._progress.say(f"between blocks: {fault}")

    def check_files(self) -> None:
        """Raise DeviceError when a file there is not what was brought there."""
        try:
            changed = self._phone.changed_files()
        except TransientError as fault:
            self._progress.say(f"the files could not be compared again at the end: {fault}")
            return
        if changed:
            names = ", ".join(path.name for path in changed)
            raise DeviceError(
                f"{self.name}: changed on the phone while it was measured: {names}; the campaign's records stay, but "
                "do not trust them"
            )

    # Before and between blocks.

    def _look_before(self, state: DeviceState) -> None:
        from ghostbench.device.doctor import preflight
        from ghostbench.device.findings import FAIL, Seen

        seen = Seen(
            info=self._phone.info(),
            state=state,
            more={},
            transport=self._phone.connected.transport,
        )
        for finding in preflight(seen):
            if finding.verdict != FAIL:
                continue
            told = f"{finding.name}: {finding.evidence}; {finding.remedy}"
            if finding.name in _REFUSED or state.facts.get("thermal_override") == "yes":
                raise DeviceError(f"{self.name}: {told}")
            self._facts[f"doctor_{finding.name}"] = finding.evidence
            self._progress.say(f"{self.name}: {told}")

    def _set_goal(self, state: DeviceState) -> None:
        from ghostbench.device.cooling import goal_celsius

        # What an emulated phone calls its temperature is made up.
        if self._wishes.cooling and not self._phone.info().emulated:
            self._goal_celsius = goal_celsius(state)
        else:
            self._facts["cooling"] = "none between blocks"

    def _cool(self) -> None:
        from ghostbench.device.cooling import cool_down

        if self._goal_celsius is None:
            return
        self._progress.doing("letting the phone cool")
        self._cooling = cool_down(
            self._phone.state, self._goal_celsius, sleep=self._sleep, clock=self._clock
        )
        if not self._cooling.reached:
            self._progress.say(f"{self.name}: {self._cooling}")

    def _mend_files(self) -> None:
        """A block may have failed because a file was changed or removed behind our back."""
        changed = set(self._phone.changed_files())
        for (local, executable), place in self._places.items():
            if place in changed:
                self._progress.say(
                    f"{self.name}: {place.name} was changed on the phone; pushed again"
                )
                self._phone.install(local, executable=executable)

    def _tell_retry(self, fault: TransientError) -> None:
        self._progress.say(f"{fault}; trying again")
