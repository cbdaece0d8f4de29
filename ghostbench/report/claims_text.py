"""What became of each claim, in sentences, and as rows for tables."""

from collections.abc import Iterator, Sequence

from ghostbench.report.claims import Claims, JudgedClaim, OrderClaim
from ghostbench.report.claims_judge import Answer, GapTest
from ghostbench.report.comparison_text import widened_told
from ghostbench.report.quantities import (
    UNKNOWN,
    counted,
    enumerated,
    percent_text,
    ratio_interval_text,
    ratio_text,
)
from ghostbench.report.study import Group, Study

Cell = str | int | float | bool | None

_HERE = {
    Answer.HOLDS: "holds here",
    Answer.FAILS: "does not hold here",
    Answer.OPEN: "cannot be told",
}
# A word and a sign, so that nothing hangs on a colour.
_SIGNS = {Answer.HOLDS: "\N{CHECK MARK}", Answer.FAILS: "\N{MULTIPLICATION SIGN}", Answer.OPEN: "?"}
_OTHERWISE = "\N{NOT EQUAL TO}"  # where conditions differ it is no failure, but another answer


def answer_text(answer: Answer, differs: Sequence[str] = ()) -> str:
    """A sign and the words; `differs` is what is not as in the paper.

    >>> answer_text(Answer.OPEN)
    '? cannot be told'
    >>> answer_text(Answer.FAILS, ("device", "runtime")).partition(" ")[2]
    "does not hold here, on another device and runtime than the paper's"
    """
    sign = _OTHERWISE if answer is Answer.FAILS and differs else _SIGNS[answer]
    return f"{sign} {_answer_words(answer, differs)}"


def _answer_words(answer: Answer, differs: Sequence[str]) -> str:
    if answer is not Answer.FAILS or not differs:
        return _HERE[answer]
    return f"{_HERE[answer]}, on another {enumerated(differs)} than the paper's"


def claims_lines(claims: Claims) -> list[str]:
    """The balance, what differs from the paper, and each claim in a sentence."""
    lines = [*_balance(claims), *map(claim_sentence, claims.judged)]
    return lines + ([order_sentence(claims.order)] if claims.order else [])


def _balance(claims: Claims) -> Iterator[str]:
    if not claims.judged:
        return
    holds, fails, still_open = (
        sum(c.judged.answer is answer for c in claims.judged)
        for answer in (Answer.HOLDS, Answer.FAILS, Answer.OPEN)
    )
    text = (
        f"Of {counted(len(claims.judged), 'claim')} of the paper {holds} "
        f"{'holds' if holds == 1 else 'hold'} on this device, {fails} {'does' if fails == 1 else 'do'} not, "
        f"{still_open} cannot be told."
    )
    yield f"{text} {conditions_sentence(claims)}".rstrip()


def conditions_sentence(claims: Claims) -> str:
    """Why an answer here is none about the paper's own phone; empty when the conditions are the paper's."""
    if not claims.conditions:
        return ""
    return (
        f"This was measured {claims.conditions}. So a claim that does not hold here may well hold there: "
        "it does not carry over."
    )


def claim_sentence(claim: JudgedClaim) -> str:
    """One claim: the verdict, the ratio with its interval, the paper's, and whether the gap is the same."""
    judged = claim.judged
    interval = (
        f"95 % interval {ratio_interval_text(judged.ratio.interval)}"
        if judged.ratio.interval
        else "no interval"
    )
    where = f" ({claim.because})" if claim.kind == "family" else ""
    return (
        f"“{claim.statement}”{where} {_HERE[judged.answer]}: {judged.why}; "
        f"{ratio_text(judged.ratio.value, judged.ratio.interval)} times as long here ({interval}), "
        f"{ratio_text(judged.published)} in the paper; {gap_text(judged.gap)}{doubt_text(claim)}"
        f"{widened_told(judged.looks)}."
    )


def doubt_text(claim: JudgedClaim) -> str:
    """That it rests on times that are not VALID; nothing when it does not."""
    if not claim.doubtful:
        return ""
    verb = "is" if claim.doubtful == 1 else "are"
    return f"; {claim.doubtful} of its {counted(len(claim.records), 'record')} {verb} SUSPECT"


def gap_text(gap: GapTest) -> str:
    """Whether the size of the gap is the published one."""
    within = f"within {gap.within_percent:.0f} %"
    return {
        Answer.HOLDS: f"the gap is the paper's {within}",
        Answer.FAILS: f"the gap is not the paper's {within}",
        Answer.OPEN: f"whether the gap is the paper's {within} cannot be told",
    }[gap.answer]


def order_sentence(order: OrderClaim) -> str:
    """The rank correlation with both of its intervals."""
    agreement = order.agreement
    what = {
        Answer.HOLDS: "Networks that are slower in the paper are slower here, too",
        Answer.FAILS: "Networks that are slower in the paper are faster here",
        Answer.OPEN: "Whether networks that are slower in the paper are slower here cannot be told",
    }[order.answer]
    ends = [
        f"95 % interval {low:.2f} to {high:.2f} {why}"
        for pair, why in (
            (order.over_rounds, "for the noise of measuring"),
            (agreement.interval, "for other networks like these"),
        )
        if pair
        for low, high in (pair,)
    ]
    intervals = f" ({'; '.join(ends)})" if ends else ""
    return (
        f"{what}: the rank correlation of published and measured times (Kendall's tau) of "
        f"{counted(agreement.networks, 'network')} is {agreement.tau:.2f}{intervals}."
    )


def places_text(claim: JudgedClaim) -> str:
    """A family claim at single accuracies; empty for a pair."""
    if len(claim.places) < 2:
        return ""
    told = (
        f"at {percent_text(place)} {ratio_text(one.ratio.value, one.ratio.interval)} "
        f"(paper {ratio_text(one.published)})"
        for place, one in claim.places
    )
    return ", ".join(told)


def p_value_text(p_value: float | None) -> str:
    """A probability in a table.

    >>> p_value_text(0.0312), p_value_text(0.00001), p_value_text(0.29)
    ('0.031', '< 0.001', '0.29')
    """
    if p_value is None:
        return UNKNOWN
    return "< 0.001" if p_value < 0.001 else f"{p_value:.2g}"


def claim_rows(study: Study, group: Group, claims: Claims) -> list[dict[str, Cell]]:
    """One row for each claim with all of its statistics, for CSV and JSON."""
    where: dict[str, Cell] = {
        "paper": study.paper.name if study.paper else None,
        "device": group.device.name,
        "device_title": group.device.title,
        "engine": group.engine.name,
        "engine_version": group.engine.version,
        "precision": group.precision,
        "differs_from_paper": ", ".join(claims.differs),
    }
    rows = [{**_claim_row(claim), **where} for claim in claims.judged]
    rows += [{**_order_row(claims.order, rows), **where}] if claims.order else []
    return rows


def _claim_row(claim: JudgedClaim) -> dict[str, Cell]:
    judged = claim.judged
    low, high = judged.ratio.interval or (None, None)
    gap_low, gap_high = judged.gap.interval or (None, None)
    return {
        "kind": claim.kind,
        "claim": claim.statement,
        "because": claim.because,
        "verdict": judged.answer.value,
        "why": judged.why,
        "published_ratio": judged.published,
        "measured_ratio": judged.ratio.value,
        "ci95_low": low,
        "ci95_high": high,
        "p_value": judged.ratio.p_value,
        "p_value_holm": claim.p_corrected,
        "paired": judged.ratio.paired,
        "units": min(judged.ratio.counts),
        "unit": judged.unit,
        "looks": judged.looks,
        "gap_within_percent": judged.gap.within_percent,
        "gap": judged.gap.answer.value,
        "gap_p_value": judged.gap.p_value,
        "gap_ci90_low": gap_low,
        "gap_ci90_high": gap_high,
        "at_accuracies": places_text(claim),
        "records": " ".join(claim.records),
        "suspect_records": claim.doubtful,
        "kendall_tau": None,
        "tau_networks": None,
        "tau_ci95_rounds_low": None,
        "tau_ci95_rounds_high": None,
        "tau_ci95_networks_low": None,
        "tau_ci95_networks_high": None,
    }


def _order_row(order: OrderClaim, rows: Sequence[dict[str, Cell]]) -> dict[str, Cell]:
    noise, others = order.over_rounds or (None, None), order.agreement.interval or (None, None)
    return {
        **dict.fromkeys(rows[0] if rows else ()),
        "kind": "order",
        "claim": "networks that are slower in the paper are slower here",
        "verdict": order.answer.value,
        "kendall_tau": order.agreement.tau,
        "tau_networks": order.agreement.networks,
        "tau_ci95_rounds_low": noise[0],
        "tau_ci95_rounds_high": noise[1],
        "tau_ci95_networks_low": others[0],
        "tau_ci95_networks_high": others[1],
    }


def chance_text(chance: float | None) -> str:
    """The probability of being on the front.

    >>> chance_text(1.0), chance_text(0.997), chance_text(0.4), chance_text(0.0)
    ('> 99 %', '> 99 %', '40 %', '< 1 %')
    """
    if chance is None:
        return UNKNOWN
    return "< 1 %" if chance < 0.01 else "> 99 %" if chance > 0.99 else f"{100 * chance:.0f} %"
