"""What two sides have in common: the conditions they were measured under, and the rounds."""

from collections.abc import Collection, Hashable
from typing import TYPE_CHECKING

from ghostbench.core.comparison import Side
from ghostbench.core.conditions import CONDITIONS, Difference, differences
from ghostbench.core.errors import UnknownName, UsageError

if TYPE_CHECKING:
    from ghostbench.stats.summary import Numbers

PRECISION = "precision"
# Names that `--allow` takes: every condition, and the numbers that a model computes with.
ALLOWABLE = (*CONDITIONS, PRECISION)
_UNKNOWN_PRECISION = "as given"


def check_allowed(names: Collection[str]) -> None:
    """Raise UnknownName for what is not a condition."""
    for name in names:
        if name not in ALLOWABLE:
            raise UnknownName("condition", name, ALLOWABLE)


def allowed_differences(
    a: Side, b: Side, allow: Collection[str] = ()
) -> dict[str, tuple[str, str]]:
    """The conditions in which the two differ and may. Raises UsageError for one that was not allowed."""
    check_allowed(allow)
    found = unlike(a, b)
    if refused := [difference for difference in found if difference.condition not in allow]:
        options = " ".join(f"--allow {difference.condition}" for difference in refused)
        raise UsageError(
            f"{a.label} and {b.label} were not measured alike: {'; '.join(map(str, refused))}. "
            f"What differs may be the cause; {options} compares them all the same"
        )
    return {difference.condition: (difference.a, difference.b) for difference in found}


def unlike(a: Side, b: Side) -> list[Difference]:
    """Every condition in which the two differ; a file that does not tell its precision is taken for alike."""
    found = list(differences(a.conditions, b.conditions))
    if a.precision != b.precision and _UNKNOWN_PRECISION not in (a.precision, b.precision):
        found.append(Difference(PRECISION, a.precision, b.precision))
    return found


def aligned(a: Side, b: Side) -> "tuple[Numbers, Numbers, bool]":
    """The block medians of both, and whether they come in pairs: two blocks of one round ran close together."""
    from ghostbench.stats.pairing import in_rounds

    return in_rounds(_by_round(a), _by_round(b))


def _by_round(side: Side) -> dict[Hashable, float]:
    """Rounds of two campaigns have nothing to do with each other, whatever their numbers."""
    return {
        (side.campaign, number): median
        for number, median in zip(side.rounds, side.medians_ns, strict=True)
    }
