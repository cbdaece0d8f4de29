"""What two sides have in common: the conditions they were measured under, their sessions and rounds."""

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

from ghostbench.core.comparison import Side, looks_at_ratio
from ghostbench.core.conditions import CONDITIONS, Difference, differences
from ghostbench.core.errors import UnknownName, UsageError

if TYPE_CHECKING:
    from ghostbench.stats.pairing import Place, SetAgainst
    from ghostbench.stats.summary import Numbers
    from ghostbench.store.campaign import Campaign

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
        raise UsageError(
            f"{a.label} and {b.label} were not measured alike: {'; '.join(map(str, refused))}. "
            f"What differs may be the cause; {_options(refused)} compares them all the same"
        )
    return {difference.condition: (difference.a, difference.b) for difference in found}


def unlike(a: Side, b: Side) -> list[Difference]:
    """Every condition in which the two differ; a file that does not tell its precision is taken for alike."""
    found = list(differences(a.conditions, b.conditions))
    if a.precision != b.precision and _UNKNOWN_PRECISION not in (a.precision, b.precision):
        found.append(Difference(PRECISION, a.precision, b.precision))
    return found


def refuse_unlike_sessions(sessions: Sequence["Campaign"], allow: Collection[str] = ()) -> None:
    """Raise UsageError when a session was measured otherwise than the first, in more than it was allowed to."""
    from ghostbench.store.sessions import unlike_sessions

    for session, refused in unlike_sessions(sessions, allow):
        raise UsageError(
            f"{session.plan.campaign} is a session of {sessions[0].plan.campaign} and was not measured alike: "
            f"{'; '.join(map(str, refused))}. {_options(refused)} takes them together all the same"
        )


def check_session(
    first: str, then: Mapping[str, str], now: Mapping[str, str], allow: Collection[str] = ()
) -> None:
    """Raise UsageError when what is about to be measured would be no session of that campaign."""
    check_allowed(allow)
    found = [Difference(name, mine, now[name]) for name, mine in then.items() if now[name] != mine]
    if refused := [difference for difference in found if difference.condition not in allow]:
        raise UsageError(
            f"{first} was measured under other conditions than there are now: {'; '.join(map(str, refused))}. "
            f"{_options(refused)} joins this session all the same"
        )


def aligned(a: Side, b: Side) -> "tuple[Numbers, Numbers, bool]":
    """The medians of both, and whether they come in pairs: two blocks of one round ran close together."""
    found = set_side_by_side(a, b)
    return found.a, found.b, found.paired


def set_side_by_side(a: Side, b: Side) -> "SetAgainst":
    """The medians of both as a test needs them: by round or block, or by session where there are three or more."""
    from ghostbench.stats.pairing import set_against

    # Two workspaces may name their campaigns alike: a job has no rounds in common with itself.
    names = (a.campaign, b.campaign) if a.label != b.label else ("a", "b")
    found = set_against(_by_place(a, names[0]), _by_place(b, names[1]))
    return found.looked_at(looks_at_ratio(a, b))


def has_blocks_of(a: Side, b: Side) -> bool:
    """Whether the two are the same job of the same campaign, or one of them with a few sessions more."""
    mine, theirs = _by_place(a, ""), _by_place(b, "")
    return a.label == b.label and any(theirs.get(place) == median for place, median in mine.items())


def sessions_in(side: Side) -> int:
    """How many sessions its blocks come from."""
    return len(set(side.sessions)) or 1


def _by_place(side: Side, campaign: str) -> "dict[Place, float]":
    """Rounds of two campaigns have nothing to do with each other, whatever their numbers."""
    sessions = side.sessions or (0,) * len(side.rounds)
    return {
        ((campaign, session), number): median
        for session, number, median in zip(sessions, side.rounds, side.medians_ns, strict=True)
    }


def _options(refused: Sequence[Difference]) -> str:
    return " ".join(f"--allow {difference.condition}" for difference in refused)
