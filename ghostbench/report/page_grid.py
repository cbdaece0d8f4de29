"""Plain tables of the page: rows of cells that know what they are sorted by."""

from collections.abc import Sequence
from dataclasses import dataclass

from ghostbench.report.html import Html, element


@dataclass(frozen=True, slots=True)
class GridCell:
    """What people read, and the number in full that sorting goes by; None stays last, it is unknown."""

    text: str
    order: float | None = None
    numeric: bool = True  # else it is sorted by its text
    long: bool = False  # its words are broken into lines


def words_cell(text: str, *, long: bool = False) -> GridCell:
    """A cell that is sorted by what it says."""
    return GridCell(text, numeric=False, long=long)


def grid(headings: Sequence[str], rows: Sequence[Sequence[GridCell]], name: str) -> Html:
    """A table, with the first cell of each row as its heading, that may be wider than the screen."""
    kinds = [
        "number" if all(cell.numeric for cell in column) else "text"
        for column in zip(*rows, strict=True)
    ]
    head = [
        element("th", heading, attributes={"scope": "col", "data-kind": kind})
        for heading, kind in zip(headings, kinds, strict=True)
    ]
    body = [
        element("tr", *(_cell(cell, row_heading=place == 0) for place, cell in enumerate(row)))
        for row in rows
    ]
    table = element(
        "table",
        element("thead", element("tr", *head)),
        element("tbody", *body),
        attributes={"class": "sortable"},
    )
    return wide(table, name)


def wide(table: Html, name: str) -> Html:
    """A table that may be wider than the screen."""
    # Scrolls sideways on a narrow screen, so it must take the focus for those who use keys.
    attributes = {"class": "wide", "tabindex": "0", "role": "region", "aria-label": name}
    return element("div", table, attributes=attributes)


def _cell(cell: GridCell, *, row_heading: bool) -> Html:
    attributes = {"scope": "row"} if row_heading else {}
    if cell.numeric:
        attributes["data-order"] = "" if cell.order is None else str(cell.order)
    if not cell.numeric:
        attributes["class"] = "words" if cell.long else "text"
    return element("th" if row_heading else "td", cell.text, attributes=attributes)
