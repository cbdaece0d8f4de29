"""The report as one HTML file that needs nothing else: no network, no other file, not even its script."""

from importlib import resources
from string import Template

from matplotlib.figure import Figure

from ghostbench.report.chart_data import chart_data
from ghostbench.report.charts.pictures import Pictures
from ghostbench.report.charts.points import counted_points, families_of, latency_points
from ghostbench.report.charts.style import svg_for_page
from ghostbench.report.columns import SourceList
from ghostbench.report.describe import conditions_text, device_text
from ghostbench.report.families import look_of
from ghostbench.report.findings import findings, headline
from ghostbench.report.html import Html, data_element, element, escaped, joined, listed
from ghostbench.report.page_facts import facts_section, method_section, sources_section
from ghostbench.report.page_sessions import sessions_section
from ghostbench.report.page_tables import (
    cautions_list,
    claims_table,
    excluded_table,
    networks_table,
    withheld_list,
)
from ghostbench.report.paper_tables import paper_tables_section
from ghostbench.report.quantities import counted, day_text
from ghostbench.report.study import Group, Study


def report_page(study: Study, pictures: Pictures) -> str:
    """The whole page, with the pictures of the same study in it."""
    sources = SourceList()
    groups = [
        _group_part(study, place, pictures.latency[place], sources)
        for place in range(len(study.groups))
    ]
    return Template(_asset("page.html")).substitute(
        title=escaped(_title(study)),
        style=_asset("page.css") + _family_colours(study),
        script=_asset("page.js"),
        campaign=escaped(study.campaign),
        subtitle=escaped(_subtitle(study)),
        contents=_contents(study),
        groups=joined(*groups, paper_tables_section(study.tables)),
        macs=_macs_part(pictures.macs),
        method=joined(method_section(study), sessions_section(study)),
        facts=facts_section(study),
        sources=sources_section(study, sources),
        version=escaped(study.ghostbench or "of unknown version"),
    )


def _asset(name: str) -> str:
    return (resources.files("ghostbench.report") / "assets" / name).read_text(encoding="utf-8")


def _title(study: Study) -> str:
    device = study.groups[0].device.title
    if study.paper:
        return f"{study.paper.title.partition(':')[0]} on {device}"
    return f"{counted(len(study.groups[0].networks), 'network')} on {device}"


def _subtitle(study: Study) -> str:
    told = f"{study.purpose}, {day_text(study.started_at)}"
    return f"{told}. Checks {study.paper.citation}" if study.paper else told


def _contents(study: Study) -> Html:
    places = [
        (f"group-{i}", f"{g.device.title}, {g.precision}") for i, g in enumerate(study.groups)
    ]
    places += [("paper-tables", "The paper's tables")] if study.tables else []
    places += [
        ("macs", "Multiply-adds"),
        ("method", "Method"),
        ("facts", "Device and engine"),
        ("sources", "Sources"),
    ]
    return joined(*(element("a", text, attributes={"href": f"#{place}"}) for place, text in places))


def _group_part(study: Study, place: int, picture: Figure | None, sources: SourceList) -> Html:
    group = study.groups[place]
    parts = [
        element("h2", f"Measured on {group.device.title}, {group.precision}"),
        element("p", headline(study, group), attributes={"class": "lead"}),
        _warning(group),
        listed(findings(study, group)),
        _explore(study, group, place),
        _latency_part(group, place, picture),
        claims_table(study, group),
        element("h3", "All networks"),
        networks_table(study, group, sources),
        withheld_list(group),
        cautions_list(group),
        excluded_table(group),
    ]
    return element("section", *parts, attributes={"id": f"group-{place}"})


def _warning(group: Group) -> Html:
    if group.made_up:
        words = "SIMULATED. These times were made up by a simulated or emulated device; they mean nothing."
        return element("p", words, attributes={"class": "warning"})
    if group.device.virtual:
        words = (
            "This was measured in a virtual machine: neighbours on the same hardware may take time away, so compare "
            "networks with each other rather than with times from elsewhere."
        )
        return element("p", words, attributes={"class": "notice"})
    return Html("")


def _explore(study: Study, group: Group, place: int) -> Html:
    if not latency_points(group):
        return Html("")
    name = f"chart-{place}"
    return element(
        "div",
        element("h3", "Look closer"),
        element(
            "p",
            "Point at, tap or tab to a network; the arrow keys walk from one to the next.",
            attributes={"class": "hint"},
        ),
        element("div", attributes={"class": "chart", "data-chart": name}),
        data_element(name, chart_data(study, group)),
        attributes={"class": "explore"},
    )


def _latency_part(group: Group, place: int, picture: Figure | None) -> Html:
    if picture is None:
        words = "No measured network has a published accuracy, so there is no chart of accuracy against latency."
        return element("p", words)
    caption = f"Accuracy against latency on {device_text(group.device)} ({conditions_text(group)})"
    svg = svg_for_page(picture, name=f"latency{place}", title=caption)
    return _picture("Accuracy against latency", svg, caption)


def _macs_part(picture: Figure | None) -> Html:
    if picture is None:
        return element("p", "No network has both a count and a published accuracy.")
    caption = "Accuracy against multiply-adds, published and counted in the files that were timed"
    return _picture("", svg_for_page(picture, name="macs", title=caption), caption)


def _picture(heading: str, svg: str, caption: str) -> Html:
    return joined(
        element("h3", heading) if heading else "",
        element(
            "figure",
            element("div", Html(svg), attributes={"class": "picture", "tabindex": "0"}),
            element("figcaption", caption),
        ),
    )


def _family_colours(study: Study) -> str:
    """The families' colours for light ground, and those for dark ground on screens only."""
    points = [*counted_points(n for g in study.groups for n in g.networks)]
    points += [p for group in study.groups for p in latency_points(group)]
    looks = [look_of(family) for family in families_of(points)]
    looks += [look_of(family) for family in ("FBNet", "MnasNet", "ShuffleNetV2")]
    light = "".join(f"--c{look.colour[1:]}:{look.colour};" for look in looks)
    dark = "".join(f"--c{look.colour[1:]}:{look.dark_colour};" for look in looks)
    return f":root{{{light}}}@media screen and (prefers-color-scheme:dark){{:root{{{dark}}}}}"
