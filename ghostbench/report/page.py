"""The report as one HTML file that needs nothing else: no network, no other file, not even its script."""

from importlib import resources
from string import Template

from matplotlib.figure import Figure

from ghostbench.report.chart_data import device_names, explorer_data
from ghostbench.report.charts.pictures import Pictures
from ghostbench.report.charts.points import counted_points, families_of, latency_points
from ghostbench.report.charts.style import svg_for_page
from ghostbench.report.claims_evidence import front_chances
from ghostbench.report.columns import SourceList
from ghostbench.report.describe import conditions_text, device_text
from ghostbench.report.families import look_of
from ghostbench.report.findings import findings, headline
from ghostbench.report.html import Html, data_element, element, escaped, joined, listed
from ghostbench.report.page_claims import claims_part
from ghostbench.report.page_facts import facts_section, method_section, sources_section
from ghostbench.report.page_records import Anchors, record_anchors, records_section
from ghostbench.report.page_sessions import sessions_section
from ghostbench.report.page_tables import (
    cautions_list,
    excluded_table,
    networks_table,
    withheld_list,
)
from ghostbench.report.paper_tables import paper_tables_section
from ghostbench.report.quantities import counted, day_text
from ghostbench.report.study import Group, Study


def report_page(study: Study, pictures: Pictures) -> str:
    """The whole page, with the pictures of the same study in it."""
    sources, anchors = SourceList(), record_anchors(study)
    groups = [
        _group_part(study, place, pictures.latency[place], sources, anchors)
        for place in range(len(study.groups))
    ]
    chances = {name: c for group in study.groups for name, c in front_chances(group).items()}
    return Template(_asset("page.html")).substitute(
        title=escaped(_title(study)),
        style=_asset("page.css") + _family_colours(study),
        script=_asset("page.js") + _asset("chart.js"),
        campaign=escaped(
            f"{'Campaigns' if ', ' in study.campaign else 'Campaign'} {study.campaign}"
        ),
        subtitle=escaped(_subtitle(study)),
        contents=_contents(study),
        explorer=_explorer(study, anchors),
        groups=joined(
            *groups, paper_tables_section(study.tables, _table_pictures(study, pictures))
        ),
        records=records_section(study, anchors, pictures.profiles, chances),
        macs=_macs_part(pictures.macs),
        method=joined(method_section(study), sessions_section(study)),
        facts=facts_section(study),
        sources=sources_section(study, sources),
        version=escaped(study.ghostbench or "of unknown version"),
    )


def _asset(name: str) -> str:
    return (resources.files("ghostbench.report") / "assets" / name).read_text(encoding="utf-8")


def _title(study: Study) -> str:
    devices = list(dict.fromkeys(group.device.title for group in study.groups))
    device = devices[0] if len(devices) == 1 else f"{len(devices)} devices"
    if study.paper:
        return f"{study.paper.title.partition(':')[0]} on {device}"
    titles = {network.title for group in study.groups for network in group.networks}
    return f"{counted(len(titles), 'network')} on {device}"


def _subtitle(study: Study) -> str:
    told = f"{study.purpose}, {day_text(study.started_at)}"
    return f"{told}. Checks {study.paper.citation}" if study.paper else told


def _contents(study: Study) -> Html:
    names = device_names(study)
    places = [
        (f"group-{i}", f"{name}, {group.precision}")
        for i, (name, group) in enumerate(zip(names, study.groups, strict=True))
    ]
    places += [("paper-tables", "The paper's tables")] if study.tables else []
    places += [
        ("macs", "Multiply-adds"),
        ("records", "Records"),
        ("method", "Method"),
        ("facts", "Device and engine"),
        ("sources", "Sources"),
    ]
    return joined(*(element("a", text, attributes={"href": f"#{place}"}) for place, text in places))


def _group_part(
    study: Study, place: int, picture: Figure | None, sources: SourceList, anchors: Anchors
) -> Html:
    group = study.groups[place]
    parts = [
        element("h2", f"Measured on {device_names(study)[place]}, {group.precision}"),
        element("p", headline(study, group), attributes={"class": "lead"}),
        _warning(group),
        element("p", group.apart, attributes={"class": "notice"}) if group.apart else "",
        listed(findings(study, group)),
        claims_part(study, group, anchors),
        _latency_part(group, place, picture),
        element("h3", "All networks"),
        networks_table(study, group, sources, anchors),
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


def _explorer(study: Study, anchors: Anchors) -> Html:
    """The chart that the reader moves; it needs the script, so without one it is not shown."""
    if not any(map(latency_points, study.groups)):
        return Html("")
    hint = (
        "Point at, tap or tab to a network; the arrow keys walk from one to the next, Enter opens its record. Filled "
        "marks were measured here, hollow ones are published. Accuracy is published unless a mark has a light dot."
    )
    return element(
        "section",
        element("h2", "Explore"),
        element("p", hint, attributes={"class": "hint"}),
        element("div", attributes={"class": "chart", "data-chart": "chart"}),
        data_element("chart", explorer_data(study, anchors)),
        attributes={"class": "explore", "id": "explore"},
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


def _table_pictures(study: Study, pictures: Pictures) -> dict[str, Html]:
    found = {}
    for name, figure in pictures.tables:
        title = next(table.title for table in study.tables if name.startswith(f"{table.name}-"))
        found[name] = _picture("", svg_for_page(figure, name=name, title=title), title)
    return found


def _family_colours(study: Study) -> str:
    """The families' colours for light ground, and those for dark ground on screens only."""
    points = [*counted_points(n for g in study.groups for n in g.networks)]
    points += [p for group in study.groups for p in latency_points(group)]
    looks = [look_of(family) for family in families_of(points)]
    looks += [look_of(family) for family in ("FBNet", "MnasNet", "ShuffleNetV2")]
    light = "".join(f"--c{look.colour[1:]}:{look.colour};" for look in looks)
    dark = "".join(f"--c{look.colour[1:]}:{look.dark_colour};" for look in looks)
    return (
        f":root{{{light}}}@media screen and (prefers-color-scheme:dark){{:root:not([data-theme=light]){{{dark}}}}}"
        f"@media screen{{:root[data-theme=dark]{{{dark}}}}}"
    )
