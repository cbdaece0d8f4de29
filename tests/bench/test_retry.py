import pytest

from ghostbench.bench.retry import with_retries
from ghostbench.core.errors import CommandFailed, TransientError


class Flaky:
    def __init__(self, *outcomes: Exception | str) -> None:
        self.outcomes = list(outcomes)
        self.pauses: list[float] = []
        self.told: list[str] = []

    def __call__(self) -> str:
        outcome = self.outcomes.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    def tried(self) -> tuple[str, int]:
        return with_retries(
            self,
            retries=2,
            pause_s=5,
            sleep=self.pauses.append,
            tell=lambda fault: self.told.append(str(fault)),
        )


def test_what_works_at_once_is_tried_once() -> None:
    flaky = Flaky("fine")
    assert flaky.tried() == ("fine", 1)
    assert flaky.pauses == []


def test_a_passing_fault_is_tried_again_after_longer_and_longer_pauses() -> None:
    flaky = Flaky(TransientError("one"), TransientError("two"), "fine")
    assert flaky.tried() == ("fine", 3)
    assert flaky.pauses == [5, 10]
    assert flaky.told == ["one", "two"]


def test_the_last_fault_stands_when_nothing_helps() -> None:
    flaky = Flaky(*(TransientError(word) for word in ("one", "two", "three")))
    with pytest.raises(TransientError, match="three"):
        flaky.tried()


def test_other_errors_are_not_tried_again() -> None:
    flaky = Flaky(CommandFailed("host", ["x"], 1), "fine")
    with pytest.raises(CommandFailed):
        flaky.tried()
    assert flaky.outcomes == ["fine"]
