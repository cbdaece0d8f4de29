"""The table of a paper's claims, each with its verdict, the statistics behind it, and its records."""

from collections.abc import Sequence

from ghostbench.report.claims import JudgedClaim, judge_claims
from ghostbench.report.claims_judge import Answer
from ghostbench.report.claims_text import (
    answer_text,
    conditions_sentence,
    doubt_text,
    order_sentence,
    p_value_text,
    places_text,
)
from ghostbench.report.comparison_text import widened_told
from ghostbench.report.html import Html, element, joined
from ghostbench.report.page_grid import wide
from ghostbench.report.page_records import Anchors
from ghostbench.report.quantities import counted, ratio_interval_text, ratio_text
from ghostbench.report.study import Group, Study

_HEADINGS = (
    ("Claim of the paper", "text"), ("Verdict here", "text"), ("Paper", "number"), ("Here", "number"),
    ("95 % interval", "number"), ("p", "number"), ("Gap as in the paper", "text"), ("Compared", "text"),
)  # fmt: skip
_ORDER = {Answer.HOLDS: "0", Answer.FAILS: "1", Answer.OPEN: "2"}
_CLASS = {Answer.HOLDS: "holds", Answer.FAILS: "fails", Answer.OPEN: "open"}


def claims_part(study: Study, group: Group, anchors: Anchors) -> Html:
    """Each claim of the paper with its verdict on this device; nothing without a paper or on made-up times."""
    claims = judge_claims(study, group)
    if claims is None:
        return Html("")
    if not (claims.judged or claims.order):
        return _nothing_judged(study)
    heads = [
        element("th", heading, attributes={"scope": "col", "data-kind": kind})
        for heading, kind in _HEADINGS
    ]
    table = element(
        "table",
        element("thead", element("tr", *heads)),
        element("tbody", *(_row(claim, claims.differs, anchors) for claim in claims.judged)),
        attributes={"class": "claims sortable"},
    )
    return joined(
        element("h3", "The paper's claims on this device"),
        element("p", conditions_sentence(claims), attributes={"class": "notice"})
        if claims.conditions
        else "",
        element("p", order_sentence(claims.order)) if claims.order else "",
        wide(table, "The paper's claims") if claims.judged else "",
        element("p", _HOW, attributes={"class": "hint"}) if claims.judged else "",
    )


def _nothing_judged(study: Study) -> Html:
    if study.paper is None or not study.paper.claims:
        return Html("")
    words = (
        f"None of the {counted(len(study.paper.claims), 'claim')} of the paper about two networks can be judged here: "
        "of each, one network or both have no time."
    )
    return joined(element("h3", "The paper's claims on this device"), element("p", words))


_HOW = (
    "Ratios say how many times as long the first takes as the second: below 1 is faster. A claim of faster or slower "
    "holds when the whole 95 % interval lies on its side of 1, does not hold when it lies on the other side or when "
    "both are the same within 2 % (two one-sided tests), and else cannot be told. p is that of “no difference”, "
    "corrected for all claims in this table together (Holm). The gap is as in the paper when the measured ratio is "
    "surely within 5 % of the published one. Families are compared at equal accuracy, on straight lines between "
    "neighbours, round by round."
)


def _row(claim: JudgedClaim, differs: Sequence[str], anchors: Anchors) -> Html:
    judged = claim.judged
    elsewhere = judged.answer is Answer.FAILS and differs
    ratio = ratio_text(judged.ratio.value, judged.ratio.interval)
    links = joined(*(_link(anchors, record, i) for i, record in enumerate(claim.records, 1)))
    detail = f"{claim.because}; {counted(min(judged.ratio.counts), judged.unit)}{widened_told(judged.looks)}"
    along = places_text(claim)
    return element(
        "tr",
        element("th", claim.statement, attributes={"scope": "row", "data-order": claim.statement, "class": "words"}),
        element("td", element("strong", answer_text(judged.answer, differs)), f": {judged.why}{doubt_text(claim)}",
                attributes={"class": f"words {'elsewhere' if elsewhere else _CLASS[judged.answer]}",
                            "data-order": _ORDER[judged.answer]}),
        _number(judged.published, ratio_text(judged.published), "published"),
        _number(judged.ratio.value, ratio),
        _number(judged.ratio.interval and judged.ratio.interval[0], ratio_interval_text(judged.ratio.interval)),
        _number(claim.p_corrected, p_value_text(claim.p_corrected)),
        element("td", answer_text(judged.gap.answer).replace(" here", ""),
                attributes={"class": f"words {_CLASS[judged.gap.answer]}", "data-order": _ORDER[judged.gap.answer]}),
        element("td", f"{detail}: {along}. " if along else f"{detail}. ", "Records: ", links,
                attributes={"class": "words", "data-order": claim.because}),
    )  # fmt: skip


def _number(order: float | None, text: str, kind: str = "") -> Html:
    attributes = {"data-order": "" if order is None else str(order)}
    return element("td", text, attributes=attributes | ({"class": kind} if kind else {}))


def _link(anchors: Anchors, record: str, number: int) -> Html:
    if record not in anchors:
        return Html("")
    name = record.rpartition("/")[2]
    attributes = {"href": f"#{anchors[record]}", "title": name, "aria-label": f"Record of {name}"}
    return joined(element("a", str(number), attributes=attributes), " ")
