"""Whether a claimed ratio of times holds: the statistics of one claim, and what follows from them."""

from dataclasses import dataclass
from enum import StrEnum

from ghostbench.stats.compare import (
    Equivalence,
    LimitCheck,
    Ratio,
    check_limit,
    equivalence,
    paired_ratio,
    unpaired_ratio,
)
from ghostbench.stats.pairing import SetAgainst

# Two published times this close are not told apart: a time read off a figure is itself some 0.3 % off.
ABOUT_THE_SAME = 0.02
# A gap counts as the claimed one when it is that near to it. Half of a typical gap of 10 %: nearer would ask more of a
# figure of another phone than its makers knew, farther would let "faster" pass for "12 % faster".
GAP_WITHIN_PERCENT = 5.0


class Answer(StrEnum):
    """What becomes of a claim on this device."""

    HOLDS = "holds"
    FAILS = "does not hold"
    OPEN = "cannot be told"


@dataclass(frozen=True, slots=True, kw_only=True)
class GapTest:
    """Whether the measured ratio is the published one, but for `within_percent`: two one-sided tests."""

    within_percent: float
    answer: Answer
    p_value: float | None  # of "they differ by more than that"; small where the gap holds
    interval: tuple[float, float] | None  # 90 %, of the measured ratio over the published one


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """The answer to a claim, with everything it rests on."""

    published: float
    expected: int  # -1: the paper has the first one faster, 1: slower, 0: about the same
    ratio: Ratio
    unit: str  # what was counted: "round", "block" or "session"
    looks: int  # at this very ratio, to end the campaign once it was narrow; 1 where it was no goal
    answer: Answer
    why: str
    gap: GapTest


def side_of_ratio(published: float) -> int:
    """Which of two is faster according to a published ratio.

    >>> side_of_ratio(0.88), side_of_ratio(1.01), side_of_ratio(1.3)
    (-1, 0, 1)
    """
    if abs(published - 1) <= ABOUT_THE_SAME:
        return 0
    return -1 if published < 1 else 1


def judge(against: SetAgainst, published: float, *, error: float = 0.0) -> Judged:
    """Set a published ratio against measured times; `error` is the relative error of reading it off a figure."""
    ratio = (
        paired_ratio(against.a, against.b, looks=against.looks)
        if against.paired
        else unpaired_ratio(against.a, against.b)
    )
    expected = side_of_ratio(published)
    gap = _gap(against, published, error)
    answer, why = (
        _about_the_same(against) if expected == 0 else _direction(against, ratio, expected)
    )
    return Judged(
        published=published,
        expected=expected,
        ratio=ratio,
        unit=against.unit,
        looks=against.looks,
        answer=answer,
        why=why,
        gap=gap,
    )


def _direction(against: SetAgainst, ratio: Ratio, expected: int) -> tuple[Answer, str]:
    if ratio.verdict is None:
        return Answer.OPEN, f"too few {against.unit}s for an interval"
    if ratio.verdict == expected:
        return Answer.HOLDS, f"surely {_WORDS[expected]}"
    if ratio.verdict == -expected:
        return Answer.FAILS, f"surely {_WORDS[-expected]}"
    if _equal(against, 100 * ABOUT_THE_SAME).established:
        return Answer.FAILS, f"the same within {100 * ABOUT_THE_SAME:.0f} %"
    return Answer.OPEN, "the interval holds both faster and slower"


_WORDS = {-1: "faster", 1: "slower"}


def _about_the_same(against: SetAgainst) -> tuple[Answer, str]:
    within = f"{GAP_WITHIN_PERCENT:.0f} %"
    found = _equal(against, GAP_WITHIN_PERCENT)
    if found.p_value is None:
        return Answer.OPEN, f"too few {against.unit}s for an interval"
    if found.established:
        return Answer.HOLDS, f"the same within {within}"
    if _beyond(against, 1.0, GAP_WITHIN_PERCENT):
        return Answer.FAILS, f"they differ by more than {within}"
    return Answer.OPEN, f"whether they are the same within {within} is open"


def _gap(against: SetAgainst, published: float, error: float) -> GapTest:
    # The error of the published ratio counts against both answers.
    near, far = GAP_WITHIN_PERCENT - 100 * error, GAP_WITHIN_PERCENT + 100 * error
    found = _equal(against, near, published) if near > 0 else None
    answer = Answer.OPEN
    if found and found.established:
        answer = Answer.HOLDS
    elif _beyond(against, published, far):
        answer = Answer.FAILS
    return GapTest(
        within_percent=GAP_WITHIN_PERCENT,
        answer=answer,
        p_value=found.p_value if found else None,
        interval=found.interval if found else None,
    )


def _equal(against: SetAgainst, percent: float, published: float = 1.0) -> Equivalence:
    return equivalence(
        against.a,
        against.b * published,
        within_percent=percent,
        paired=against.paired,
        looks=against.looks,
    )


def _beyond(against: SetAgainst, published: float, percent: float) -> bool:
    """Whether the ratio surely lies farther from the published one than that, to either side."""
    below = 100 / (1 + percent / 100) - 100
    checks = (_limit(against, published, limit) for limit in (percent, below))
    return [check.outcome for check in checks] in (["above", "above"], ["below", "below"])


def _limit(against: SetAgainst, published: float, percent: float) -> LimitCheck:
    return check_limit(
        against.a,
        against.b * published,
        limit_percent=percent,
        paired=against.paired,
        looks=against.looks,
    )
