"""How far a number can be trusted, and why: a verdict with reasons that a program can read."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

Evidence = Mapping[str, int | float | str]


class Severity(StrEnum):
    """How much a reason weighs."""

    NOTE = "note"  # worth knowing; the number stands
    SUSPECT = "suspect"  # the number may be off by more than its interval says
    INVALID = "invalid"  # the number is not what it claims to be


class Verdict(StrEnum):
    """How far a number can be trusted."""

    VALID = "VALID"
    SUSPECT = "SUSPECT"  # used, and told
    INVALID = "INVALID"  # kept, counted and told, but not used


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One thing that speaks against a number."""

    code: str  # its kind: a row of the table in judging/grades.py
    severity: Severity
    evidence: Evidence = field(default_factory=dict)
    text: str  # what happened, what it means, what to do


_WEIGHT = {Severity.NOTE: 0, Severity.SUSPECT: 1, Severity.INVALID: 2}
_VERDICTS = {
    Severity.NOTE: Verdict.VALID,
    Severity.SUSPECT: Verdict.SUSPECT,
    Severity.INVALID: Verdict.INVALID,
}


def verdict_of(reasons: Iterable[Reason]) -> Verdict:
    """The verdict that the gravest reason asks for; without any, VALID.

    >>> verdict_of([Reason(code="busy", severity=Severity.NOTE, text="")]).value
    'VALID'
    >>> verdict_of([Reason(code="emulated", severity=Severity.SUSPECT, text="")]).value
    'SUSPECT'
    """
    severities = [reason.severity for reason in reasons]
    return _VERDICTS[max(severities, key=_WEIGHT.__getitem__, default=Severity.NOTE)]


def gravest_first(reasons: Iterable[Reason]) -> tuple[Reason, ...]:
    """The same reasons by weight; among equals, in the order given."""
    return tuple(sorted(reasons, key=lambda reason: -_WEIGHT[reason.severity]))


def weight(severity: Severity) -> int:
    """For comparing two severities: the graver, the larger."""
    return _WEIGHT[severity]


def as_caution(reason: Reason) -> str:
    """One line for people: the code first, so that many blocks' lines can be counted."""
    return f"{reason.code}: {reason.text}"


def cautions(reasons: Iterable[Reason]) -> tuple[str, ...]:
    """The lines of all reasons that are more than a note."""
    return tuple(as_caution(r) for r in reasons if r.severity is not Severity.NOTE)
