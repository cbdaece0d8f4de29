"""Two networks against each other: how many times as long one takes, and what the paper says of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations

from ghostbench.core.comparison import looks_at_ratio
from ghostbench.core.result import JobResult
from ghostbench.report.claims_judge import side_of_ratio
from ghostbench.report.papers import Claim, Paper
from ghostbench.report.study import Group, Network
from ghostbench.stats.compare import Ratio, paired_ratio, unpaired_ratio
from ghostbench.stats.pairing import Place, SetAgainst, set_against


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """A claim of the paper beside what was measured."""

    claim: Claim
    model: Network
    against: Network
    measured: Ratio
    published: float | None  # the ratio of the two published times

    @property
    def published_verdict(self) -> int | None:
        """-1 when the paper's figure has the model faster, 1 slower, 0 about the same, None when it is silent."""
        return None if self.published is None else side_of_ratio(self.published)

    @property
    def agrees(self) -> bool | None:
        """Whether the faster one is the same in both; None when one of them cannot tell."""
        if not self.published_verdict or not self.measured.verdict:
            return None
        return self.measured.verdict == self.published_verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderCheck:
    """How many pairs of networks stand in the published order."""

    networks: int
    same: int
    opposite: int
    undecided: int  # too close here or in the paper


def ratio(model: JobResult, against: JobResult) -> Ratio:
    """Compare two jobs round by round: what slowed a whole round down slowed both.

    The blocks of one round ran close together, so their ratio is steadier than either time.
    """
    found = side_by_side(model, against)
    if found.paired:
        return paired_ratio(found.a, found.b, looks=found.looks)
    return unpaired_ratio(found.a, found.b)


def side_by_side(model: JobResult, against: JobResult) -> SetAgainst:
    """The medians of both as a test needs them."""
    found = set_against(places_of(model), places_of(against))
    return found.looked_at(looks_at_ratio(model, against))


def places_of(result: JobResult) -> dict[Place, float]:
    """The block medians by the campaign, session and round they ran in: only there two networks share anything."""
    return {
        ((result.campaign, block.session), block.round): block.median_ns for block in result.blocks
    }


def compare_claims(paper: Paper | None, group: Group) -> list[Comparison]:
    """Every claim of which both networks were measured; none on a device whose times are made up."""
    if paper is None or group.made_up:
        return []
    return [
        Comparison(
            claim=claim,
            model=pair[0],
            against=pair[1],
            measured=ratio(pair[0].result, pair[1].result),
            published=_published_ratio(*pair, paper),
        )
        for claim in paper.claims
        if (pair := pair_of(claim, group))
    ]


def pair_of(claim: Claim, group: Group) -> tuple[Network, Network] | None:
    """Both networks of a claim, of one campaign where there is one that measured both."""
    sides = [
        [n for n in group.networks if n.result.model == name]
        for name in (claim.model, claim.against)
    ]
    pairs = [(a, b) for a in sides[0] for b in sides[1]]
    return min(pairs, key=lambda p: p[0].result.campaign != p[1].result.campaign, default=None)


def check_order(paper: Paper | None, group: Group) -> OrderCheck | None:
    """All pairs of networks that both the paper and this campaign timed; None when there is no such pair."""
    if paper is None or group.made_up:
        return None
    timed = [(n, ms) for n in group.networks if (ms := published_ms(n, paper)) is not None]
    outcomes = list(_pair_outcomes(timed))
    if not outcomes:
        return None
    return OrderCheck(
        networks=len(timed),
        same=outcomes.count(True),
        opposite=outcomes.count(False),
        undecided=outcomes.count(None),
    )


def published_ms(network: Network, paper: Paper) -> float | None:
    """The time in the paper's own figure."""
    sources = tuple(figure.source for figure in paper.figures_of("latency"))
    for row in network.published.latency:
        if sources and row.source.text.startswith(sources):
            return row.latency_ms
    return None


def _published_ratio(model: Network, against: Network, paper: Paper) -> float | None:
    mine, theirs = published_ms(model, paper), published_ms(against, paper)
    return mine / theirs if mine and theirs else None


def _pair_outcomes(timed: list[tuple[Network, float]]) -> Iterable[bool | None]:
    for (a, a_ms), (b, b_ms) in combinations(timed, 2):
        here, there = ratio(a.result, b.result).verdict, side_of_ratio(a_ms / b_ms)
        yield None if not here or not there else here == there
