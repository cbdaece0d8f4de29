"""A borrowed phone, as the bench sees it: files brought there once, faults waited for, cooled between blocks."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Protocol, TypeVar, runtime_checkable

from ghostbench.core.device import DeviceInfo, DeviceState
from ghostbench.core.engine import Engine
from ghostbench.core.errors import DeviceError, TransientError
from ghostbench.core.progress import Progress
from ghostbench.core.record import RunRecord
from ghostbench.workflows.phone_hold import PhoneHold, PhoneWishes

if TYPE_CHECKING:
    from ghostbench.device.android import AndroidDevice
    from ghostbench.device.cooling import Cooling

T = TypeVar("T")

PUSH_RETRIES, PUSH_PAUSE_S = 2, 2.0
TOLD_FROM_S = 10.0  # a shorter wait between blocks is recorded and not told
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
    ) -> None:
        self._phone, self._wishes, self._progress = phone, wishes, progress
        self._hold = PhoneHold(phone, wishes, progress.say)
        self._facts: dict[str, str] = {}  # of the campaign
        self._cooling: Cooling | None = None
        self._goal_celsius: float | None = None
        self._gave_up = (
            False  # it did not get cool enough once, and is not waited for that long again
        )
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
        facts["adb_calls_failed"] = str(self._phone.phone.failed_calls)
        facts["pushes_again"] = str(self._pushes_again)
        if self._cooling:
            facts |= self._cooling.facts()
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
        self._facts |= {
            f"setting_{c.name}": f"{c.outcome}: {c.before} to {c.after}" for c in self._hold.changes
        }
        state, _ = self._steadily(self._phone.state)
        self._look_before(state)

        wanted = dict.fromkeys(files, False)
        if isinstance(engine, BringsFiles):
            wanted |= engine.files()

        def push() -> None:
            places = self._phone.install_all(wanted)
            self._places |= {(local, wanted[local]): place for local, place in places.items()}
            engine.install(self)  # whatever it needs beside

        _, attempt = self._steadily(push)
        self._pushes_again = attempt - 1
        self._cool_first(state)

    def between_blocks(self, record: RunRecord) -> None:
        """Find a lost phone again, mend files after a failure, let it cool. Raises PhoneGone."""
        try:
            self._hold.keep()
            if record.failure:
                self._hold.wait_until_it_answers()
                self._mend_files()
            self._cool()
        except TransientError as fault:
            if self._hold.is_gone:
                raise self._gone(record.failure or fault) from fault
            self._progress.say(f"between blocks: {fault}")

    def check_files(self) -> None:
        """Raise DeviceError when a file there is not what was brought there."""
        try:
            changed, _ = self._steadily(self._phone.changed_files)
            if changed:  # before somebody is accused: the answer may have suffered on its way
                changed, _ = self._steadily(self._phone.changed_files)
        except (TransientError, PhoneGone) as fault:
            self._progress.say(f"the files could not be compared again at the end: {fault}")
            return
        if changed:
            names = ", ".join(path.name for path in changed)
            raise DeviceError(
                f"{self.name}: changed on the phone while it was measured: {names}; the campaign's records stay, but "
                "do not trust them"
            )

    # Before and between blocks.

    def _steadily(self, call: Callable[[], T]) -> tuple[T, int]:
        """What it returns, and at which attempt; a phone that was lost is found again first. Raises PhoneGone."""
        from ghostbench.bench.retry import with_retries

        faults: list[TransientError] = []

        def attempt() -> T:
            self._hold.keep()
            return call()

        def tell(fault: TransientError) -> None:
            faults.append(fault)
            self._progress.say(f"{fault}; trying again")

        try:
            return with_retries(
                attempt, retries=PUSH_RETRIES, pause_s=PUSH_PAUSE_S, sleep=self._wishes.sleep, tell=tell
            )  # fmt: skip
        except TransientError as fault:
            if self._hold.is_gone:
                raise self._gone((faults or [fault])[0]) from fault
            raise

    def _gone(self, lost: object) -> PhoneGone:
        return PhoneGone(
            f"{lost}; it did not come back within {self._wishes.patience_s:.0f} s. What was measured is kept; go on "
            "with the same command and --resume"
        )

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

    def _cool_first(self, state: DeviceState) -> None:
        """Begin with a phone that is not throttled; as warm as it is then it may be before each block."""
        from ghostbench.device.cooling import HOT_CELSIUS, goal_celsius, needs_rest

        if not self._cools():
            self._facts["cooling"] = "none between blocks"
            return
        if needs_rest(state):
            self._goal_celsius = HOT_CELSIUS
            self._cool()
            state = self._phone.state()
        self._goal_celsius = goal_celsius(state)
        self._facts["cooling"] = (
            f"to {self._goal_celsius:.1f} C, for {self._wishes.cool_for_s:.0f} s at most"
        )

    def _cools(self) -> bool:
        # What an emulated phone calls its temperature is made up; it is not waited for unless somebody wants that.
        asked = self._wishes.cooling
        return not self._phone.info().emulated if asked is None else asked

    def _cool(self) -> None:
        from ghostbench.device.cooling import ABOVE_START_CELSIUS, BLIND_S, cool_down

        goal = self._goal_celsius
        if goal is None:
            return
        most_s = self._wishes.cool_for_s
        cooling = cool_down(
            self._phone.state,
            goal,
            give_up_s=min(most_s, BLIND_S) if self._gave_up else most_s,
            sleep=self._wishes.sleep,
            clock=self._wishes.clock,
            waiting=self._tell_waiting,
        )
        self._cooling = cooling
        if not cooling.reached:
            self._gave_up = True
            self._goal_celsius = max(goal, (cooling.to_celsius or goal) + ABOVE_START_CELSIUS)
            self._progress.say(f"{self.name}: {cooling}; it is measured as it is")
        elif cooling.seconds >= TOLD_FROM_S:
            self._progress.say(f"{self.name}: {cooling}")

    def _tell_waiting(self, celsius: float, seconds: float) -> None:
        self._progress.doing(
            f"letting the phone cool: {celsius:.1f} C, to be {self._goal_celsius:.1f} C, {seconds:.0f} s so far"
        )

    def _mend_files(self) -> None:
        """A block may have failed because a file was changed or removed behind our back."""
        changed = set(self._phone.changed_files())
        for (local, executable), place in self._places.items():
            if place in changed:
                self._progress.say(
                    f"{self.name}: {place.name} was changed on the phone; pushed again"
                )
                self._phone.install(local, executable=executable)
