"""The tables of the page."""

from collections.abc import Mapping

from ghostbench.report.cautions import caution_kinds, excluded_blocks, withheld_lines
from ghostbench.report.columns import Column, SourceList, people_columns
from ghostbench.report.html import Html, element, escaped, joined, listed
from ghostbench.report.page_grid import GridCell, grid, wide, words_cell
from ghostbench.report.study import Group, Network, Study


def networks_table(
    study: Study, group: Group, sources: SourceList, anchors: Mapping[str, str]
) -> Html:
    """Every measured network, each number with a link to its record or source; the page's script sorts it."""
    columns = people_columns(study, sources, group)
    head = element("tr", *(_heading(column) for column in columns))
    rows = [
        element(
            "tr", *(_cell(c, network, anchors.get(network.result.record_id, "")) for c in columns)
        )
        for network in group.networks
    ]
    table = element(
        "table",
        element("thead", head),
        element("tbody", *rows),
        attributes={"class": "networks sortable"},
    )
    words = (
        "A number leads to its record, one in brackets to its source. Published numbers stand in italics on a tinted "
        "ground; all others are of this campaign. VALID: nothing speaks against the times. SUSPECT: they may "
        "be off by more than their interval; the reasons are spelled out under the table."
    )
    return joined(element("p", words, attributes={"class": "hint"}), wide(table, "Networks"))


def _heading(column: Column) -> Html:
    kind = "number" if column.numeric else "text"
    attributes = {"scope": "col", "data-kind": kind, "class": column.kind}
    return element("th", column.heading, attributes=attributes)


def _cell(column: Column, network: Network, anchor: str) -> Html:
    order = column.order(network)
    attributes = {"data-order": "" if order is None else str(order), "class": column.kind}
    text = column.cell(network)
    if column.kind == "published":
        return element("td", _with_source(text), attributes=attributes)
    shown = element("a", text, attributes={"href": f"#{anchor}"}) if anchor else escaped(text)
    if not column.numeric:
        return element("th", shown, attributes={"scope": "row", **attributes})
    return element("td", shown, attributes=attributes)


def _with_source(text: str) -> Html:
    """A published number, the number of its source as a link to it."""
    number, mark, source = text.rpartition(" [")
    if not mark:
        return escaped(text)
    where = source.removesuffix("]")
    link = element("a", f"[{where}]", attributes={"href": f"#source-{where}"})
    return joined(number, " ", link)


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
    rows = [
        (
            words_cell(one.title),
            GridCell(str(one.round), one.round),
            GridCell(str(one.attempt), one.attempt),
            words_cell(one.verdict),
            words_cell(one.why, long=True),
        )
        for one in excluded
    ]
    words = "They are kept with all their samples, and are in no figure and no interval here."
    return joined(
        element("h3", "Blocks that do not count"),
        element("p", words, attributes={"class": "hint"}),
        grid(headings, rows, "Blocks that do not count"),
    )
