"""The tables of the page."""

from ghostbench.report.cautions import caution_kinds, excluded_blocks, withheld_lines
from ghostbench.report.columns import Column, SourceList, people_columns
from ghostbench.report.comparisons import Comparison, compare_claims
from ghostbench.report.findings import verdict_text
from ghostbench.report.html import Html, element, joined, listed
from ghostbench.report.quantities import ratio_interval_text, ratio_text
from ghostbench.report.study import Group, Network, Study


def networks_table(study: Study, group: Group, sources: SourceList) -> Html:
    """Every measured network; the page's script lets a reader sort it."""
    columns = people_columns(study, sources)
    head = element("tr", *(_heading(column) for column in columns))
    rows = [element("tr", *(_cell(c, network) for c in columns)) for network in group.networks]
    table = element(
        "table",
        element("thead", head),
        element("tbody", *rows),
        attributes={"class": "sortable"},
    )
    words = (
        "Numbers in brackets are the sources listed below. VALID: nothing speaks against the times. SUSPECT: they may "
        "be off by more than their interval; the reasons are spelled out under the table."
    )
    return joined(element("p", words, attributes={"class": "hint"}), _wide(table, "Networks"))


def _heading(column: Column) -> Html:
    kind = "number" if column.numeric else "text"
    return element("th", column.heading, attributes={"scope": "col", "data-kind": kind})


def _cell(column: Column, network: Network) -> Html:
    order = column.order(network)
    attributes = {"data-order": "" if order is None else str(order)}
    if not column.numeric:
        return element("th", column.cell(network), attributes={"scope": "row", **attributes})
    return element("td", column.cell(network), attributes=attributes)


def claims_table(study: Study, group: Group) -> Html:
    """Each claim of the paper beside its measurement; nothing when there is none."""
    comparisons = compare_claims(study.paper, group)
    if not comparisons:
        return Html("")
    headings = ("Pair", "Why these two", "Paper", "Here", "95 % interval", "So it is")
    table = element(
        "table",
        element(
            "thead",
            element("tr", *(element("th", h, attributes={"scope": "col"}) for h in headings)),
        ),
        element("tbody", *(_claim_row(comparison) for comparison in comparisons)),
        attributes={"class": "claims"},
    )
    words = "How many times as long the first takes as the second. Below 1 is faster."
    return joined(
        element("h3", "The paper's comparisons"),
        element("p", words, attributes={"class": "hint"}),
        _wide(table, "The paper's comparisons"),
    )


def _claim_row(comparison: Comparison) -> Html:
    pair = f"{comparison.model.title} to {comparison.against.title}"
    measured = comparison.measured
    return element(
        "tr",
        element("th", pair, attributes={"scope": "row"}),
        element("td", comparison.claim.because, attributes={"class": "words"}),
        element("td", ratio_text(comparison.published)),
        element("td", ratio_text(measured.value, measured.interval)),
        element("td", ratio_interval_text(measured.interval)),
        element("td", verdict_text(comparison), attributes={"class": "words"}),
    )


def cautions_list(group: Group) -> Html:
    """Each kind of caution with its reason, and behind it every single one."""
    kinds = caution_kinds(group)
    if not kinds:
        return Html("")
    every = [
        element("li", element("strong", network.title), f": {caution}")
        for network in group.networks
        for caution in network.result.cautions
    ]
    return joined(
        element("h3", "Cautions"),
        listed([kind.told(len(group.networks)) for kind in kinds]),
        element(
            "details", element("summary", "Every caution of every network"), element("ul", *every)
        ),
    )


def withheld_list(group: Group) -> Html:
    """Which quantiles are not told, and why."""
    return listed(withheld_lines((n.title, n.result) for n in group.networks))


def excluded_table(group: Group) -> Html:
    """Measured blocks that are in no figure, each with its verdict and the reasons; nothing when there is none."""
    excluded = excluded_blocks(group)
    if not excluded:
        return Html("")
    headings = ("Network", "Round", "Attempt", "Verdict", "Why")
    head = (element("th", h, attributes={"scope": "col"}) for h in headings)
    rows = [
        element(
            "tr",
            element("th", one.title, attributes={"scope": "row"}),
            element("td", str(one.round)),
            element("td", str(one.attempt)),
            element("td", one.verdict),
            element("td", one.why, attributes={"class": "words"}),
        )
        for one in excluded
    ]
    table = element("table", element("thead", element("tr", *head)), element("tbody", *rows))
    words = "They are kept with all their samples, and are in no figure and no interval here."
    return joined(
        element("h3", "Blocks that do not count"),
        element("p", words, attributes={"class": "hint"}),
        _wide(table, "Blocks that do not count"),
    )


def _wide(table: Html, name: str) -> Html:
    # Scrolls sideways on a narrow screen, so it must take the focus for those who use keys.
    attributes = {"class": "wide", "tabindex": "0", "role": "region", "aria-label": name}
    return element("div", table, attributes=attributes)
