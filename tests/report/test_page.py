import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import pytest

from ghostbench.report.html import data_element, element
from ghostbench.report.study import Study
from tests.report.samples import (
    CAUTION,
    SIMULATED,
    accuracy_of,
    bare_page_of,
    campaign,
    page_of,
    profile_of,
    with_doubts,
)

NAMES = ("ghostnet-1.0x", "mobilenetv2-1.0x", "mobilenetv3-large-1.0x")
HOSTILE = "\"><script>alert(1)</script><img src=x onerror='alert(2)'>&amp;${title}$title"
VOID = {"meta", "link", "br", "img", "hr", "input"}


class Outline(HTMLParser):
    """Checks that elements close in order; collects what a test asks about."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str]]] = []
        self.words: dict[str, list[str]] = {}
        self.feed(page)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.setdefault(self.open[-1] if self.open else "", []).append(data)


def small() -> Study:
    return campaign(names=NAMES).study()


PAGE = page_of(small())


def hostile_page() -> str:
    sample = campaign(names=NAMES)
    return page_of(
        replace(
            sample,
            plan=replace(sample.plan, campaign=HOSTILE, purpose=HOSTILE, ghostbench=HOSTILE),
            specs={n: replace(s, title=HOSTILE, family=HOSTILE) for n, s in sample.specs.items()},
            results=tuple(replace(r, cautions=(HOSTILE,)) for r in sample.results),
            records=tuple(
                replace(
                    r,
                    device=replace(r.device, title=HOSTILE, os=HOSTILE, facts={HOSTILE: HOSTILE}),
                    engine=replace(r.engine, files={HOSTILE: HOSTILE}),
                )
                for r in sample.records
            ),
        ).study()
    )


def chart_of(page: str, group: int = 0) -> Any:
    found = re.search(r'<script type="application/json" id="chart">(.*?)</script>', page)
    assert found
    return json.loads(found.group(1))["groups"][group]


def test_the_page_needs_nothing_from_anywhere() -> None:
    assert "://" not in PAGE
    for tag, attributes in Outline(PAGE).seen:
        assert tag not in ("iframe", "object", "embed", "base")
        for name in ("src", "href", "data", "action", "srcset"):
            assert attributes.get(name, "#").startswith(("#", "data:,")), (tag, attributes)
    assert not re.search(r"@import|url\((?!#)", PAGE)


def test_the_browser_is_told_to_fetch_nothing() -> None:
    (policy,) = (a["content"] for t, a in Outline(PAGE).seen if t == "meta" and "http-equiv" in a)
    assert policy.startswith("default-src 'none'")


@pytest.mark.filterwarnings("ignore:Glyph:UserWarning")
def test_no_name_from_a_campaign_becomes_markup() -> None:
    page = hostile_page()
    tags = [tag for tag, _ in Outline(page).seen]
    assert tags.count("script") == [t for t, _ in Outline(PAGE).seen].count("script")
    assert "img" not in tags
    assert not any(name.startswith("on") for _, a in Outline(page).seen for name in a)
    assert "${title}" in page  # the template did not fill in what a name looks like


def test_every_name_on_the_page_is_its_own_and_every_link_leads_somewhere() -> None:
    seen = Outline(PAGE).seen
    names = [a["id"] for _, a in seen if "id" in a]
    assert len(names) == len(set(names))
    for _, attributes in seen:
        target = attributes.get("href", "")
        if target.startswith("#"):
            assert target[1:] in names


def test_the_data_of_the_chart_are_the_measured_times() -> None:
    sample = campaign(names=NAMES)
    page = bare_page_of(sample.study())
    points = chart_of(page)["points"]
    measured = {p["title"]: p["x"] for p in points if p["kind"] == "measured"}
    assert measured == {sample.specs[r.model].title: r.median_ns / 1e6 for r in sample.results}
    assert sum(p["kind"] == "published" for p in points) == 17


def test_a_page_of_made_up_times_holds_no_real_ones_and_says_so() -> None:
    page = bare_page_of(campaign(names=NAMES, device=SIMULATED).study())
    data = chart_of(page)
    assert data["madeUp"] is True
    assert {p["kind"] for p in data["points"]} == {"measured"}
    assert "SIMULATED. These times were made up" in page


def test_the_page_tells_cautions_hashes_sources_and_caveats() -> None:
    sample = campaign(names=NAMES)
    for words in (
        CAUTION,
        sample.artifacts[0].sha256,
        sample.records[0].engine.files["gb_runner"],
        "GhostNet CVPR2020 Table 7, as transcribed",
        "The paper states the phone, the runtime and one thread, but not the precision",
        "The weights were random",
        "This was measured in a virtual machine",
    ):
        assert words in PAGE


def test_each_group_has_a_part_of_its_own() -> None:
    page = bare_page_of(campaign(names=NAMES, precisions=("fp32", "int8")).study())
    assert page.count('class="networks sortable"') == 2
    assert "Measured on Example CPU (made up), int8" in page
    assert chart_of(page, 1)["precision"] == "int8"


def test_networks_without_a_published_accuracy_still_make_a_page() -> None:
    sample = campaign(names=NAMES, with_paper=False)
    page = page_of(replace(sample, specs={}).study())
    Outline(page)
    assert "No measured network has a published accuracy" in page
    assert "ghostnet-1.0x" in page


def test_the_page_is_the_same_every_time() -> None:
    assert page_of(small()) == PAGE


def test_a_failed_block_is_told_on_the_page() -> None:
    sample = campaign(names=NAMES)
    broken = replace(sample.records[0], measurement=None, failure="out of <memory>")
    page = bare_page_of(replace(sample, records=(broken, *sample.records[1:])).study())
    assert "out of &lt;memory&gt;" in page


def test_text_inside_an_element_is_escaped_and_html_is_not() -> None:
    assert element("p", "<b>", element("i", "x")) == "<p>&lt;b&gt;<i>x</i></p>"
    assert element("a", attributes={"href": '"<'}) == '<a href="&quot;&lt;"></a>'


def test_data_cannot_end_its_element() -> None:
    text = data_element("d", {"a": "</script><!--"})
    assert text.count("<") == 2
    assert json.loads(text.partition(">")[2].removesuffix("</script>")) == {"a": "</script><!--"}


def test_each_verdict_is_told_in_words_and_blocks_that_do_not_count_with_their_reasons() -> None:
    sample = campaign(names=NAMES)
    first, *others = sample.results
    page = bare_page_of(replace(sample, results=(with_doubts(first), *others)).study())
    assert '<td data-order="0" class="measured"><a href="#record-0-0">VALID</a></td>' in page
    assert (
        '<td data-order="1" class="measured"><a href="#record-0-1">SUSPECT: stolen-time</a></td>'
        in page
    )
    assert "p95 is withheld for 1 of 3 networks, for instance GhostNet 1.0x: too few" in page
    assert "Blocks that do not count" in page
    assert (
        '<td class="text">INVALID</td><td class="words">probe-slow: the core was slow.</td>' in page
    )
    assert "Blocks that do not count" not in PAGE
    points = chart_of(page)["points"]
    facts = {p["title"]: dict(p["facts"]) for p in points if p["kind"] == "measured"}
    assert facts["GhostNet 1.0x"]["p95"] == "withheld: too few"
    assert facts["MobileNetV2 1.0x"]["Verdict"] == "SUSPECT"


def test_every_measured_number_leads_to_its_record_and_every_published_one_to_its_source() -> None:
    cells = re.findall(r'<td data-order="[^"]*" class="(\w+)">(.*?)</td>', PAGE)
    assert {kind for kind, _ in cells} == {"measured", "counted", "published"}
    for kind, cell in cells:
        if kind != "published":
            assert cell.startswith('<a href="#record-0-'), cell
        elif "[" in cell:
            assert '<a href="#source-' in cell


def test_a_record_tells_campaign_job_hash_conditions_and_each_block() -> None:
    record = PAGE.partition('id="record-0-0"')[2].partition("</details>")[0]
    for words in (
        "2026-01-05-made-up-1/ghostnet-1.0x-fp32",
        small().groups[0].networks[0].result.model_sha256,
        "LiteRT 2.3.0 (XNNPACK), 1 thread, fp32, core 2, batch 1",
        "Verdict: VALID",
        "Probability of the Pareto front",
    ):
        assert words in record
    assert record.count("<tr>") == 1 + 5


def test_a_measured_accuracy_stands_beside_the_published_one_and_is_drawn_in_its_place() -> None:
    study = small()
    group = study.groups[0]
    first, *others = group.networks
    asked = replace(first, accuracy=accuracy_of(first.result.model_sha256, right=3700, of=5000))
    page = bare_page_of(replace(study, groups=(replace(group, networks=(asked, *others)),)))
    assert "74.0 % (72.8 to 75.2 %)" in page
    points = {p["title"]: p for p in chart_of(page)["points"] if p["kind"] == "measured"}
    assert (points["GhostNet 1.0x"]["y"], points["GhostNet 1.0x"]["yLow"]) == (74.0, 72.8)
    assert points["MobileNetV2 1.0x"]["yLow"] is None
    assert "Top-1 was measured on these very files for GhostNet 1.0x on 5,000 images" in page
    assert "Top-1 measured" not in PAGE


def test_a_profile_of_the_very_file_stands_in_its_record() -> None:
    study = small()
    group = study.groups[0]
    first, *others = group.networks
    profiled = replace(first, profile=profile_of(first.result.model_sha256))
    page = bare_page_of(replace(study, groups=(replace(group, networks=(profiled, *others)),)))
    record = page.partition('id="record-0-0"')[2].partition("</details>")[0]
    assert "Where the time goes" in record
    assert "<svg" in record
    assert "Where the time goes" not in PAGE


def test_each_claim_of_the_paper_has_a_verdict_and_the_page_says_that_conditions_differ() -> None:
    claims = PAGE.partition('<table class="claims sortable">')[2].partition("</table>")[0]
    assert "GhostNet 1.0x is faster than MobileNetV3 Large 1.0x" in claims
    assert "holds here</strong>: surely faster" in claims
    assert "This was measured on another device and runtime than the paper" in PAGE
    assert "failure" not in claims
