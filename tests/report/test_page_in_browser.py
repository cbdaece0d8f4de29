"""The page in a real browser, where there is one: every way of using it, with real clicks, taps and keys."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from ghostbench.report.study import Study
from ghostbench.report.study_merge import merge_studies
from tests.report.browser import BROWSER, Browser
from tests.report.samples import (
    PHONE,
    SIMULATED,
    accuracy_of,
    bare_page_of,
    campaign,
    page_of,
    profile_of,
)

pytestmark = pytest.mark.skipif(BROWSER is None, reason="no Chromium is installed here")

NAMES = ("ghostnet-1.0x", "mobilenetv2-1.0x", "mobilenetv3-large-1.0x", "ghostnet-1.3x", "resnet50")
POINTS = "document.querySelectorAll('.point').length"
TOLD = "document.querySelector('.told').textContent"
SHOWN = "document.getElementById('shown').open"
ORDER = (
    "[...document.querySelectorAll('table.networks tbody tr')].map((r) => r.cells[0].textContent)"
)
DRAWN = "document.querySelector('.plot').textContent"
TIMES = (
    "[...document.querySelectorAll('.point')].map((p) => Number(/Median ([\\d.]+) ms/.exec(p.ariaLabel)[1]))"
    ".sort((a, b) => a - b)"
)
GROUND = "getComputedStyle(document.querySelector('section')).backgroundColor"
LIGHT, DARK = "rgb(254, 254, 254)", "rgb(21, 25, 30)"
NARROW = 390


def several_devices() -> Study:
    """Two devices, one of them in two precisions, with a measured accuracy and a profile."""
    host = campaign(names=NAMES, precisions=("fp32", "int8")).study()
    first, *others = host.groups[0].networks
    sha256 = first.result.model_sha256
    asked = replace(first, accuracy=accuracy_of(sha256), profile=profile_of(sha256))
    host = replace(
        host, groups=(replace(host.groups[0], networks=(asked, *others)), *host.groups[1:])
    )
    phone = campaign(names=NAMES[:2], device=PHONE).study()
    return merge_studies([host, replace(phone, campaign="2026-01-06-made-up-2")])


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("pages")
    studies = {
        "one": campaign(names=NAMES).study(),
        "several": several_devices(),
        "made-up": campaign(names=NAMES[:2], device=SIMULATED).study(),
    }
    for name, study in studies.items():
        text = page_of(study) if name == "one" else bare_page_of(study)
        (folder / f"{name}.html").write_text(text, encoding="utf-8")
    return {name: folder / f"{name}.html" for name in studies}


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with Browser(tmp_path_factory.mktemp("browser")) as one:
        yield one


@pytest.fixture
def page(browser: Browser, pages: dict[str, Path]) -> Iterator[Browser]:
    browser.open(pages["one"])
    yield browser
    assert browser.value("problems") == []


@pytest.fixture
def several(browser: Browser, pages: dict[str, Path]) -> Iterator[Browser]:
    browser.open(pages["several"])
    yield browser
    assert browser.value("problems") == []


def test_nothing_is_fetched_and_nothing_goes_wrong(
    browser: Browser, pages: dict[str, Path]
) -> None:
    browser.requests.clear()
    browser.open(pages["one"])
    assert browser.requests == [pages["one"].as_uri()]
    assert browser.value("problems") == []
    assert "NaN" not in browser.value("document.querySelector('.plot').outerHTML")


def test_a_table_is_sorted_by_a_click_and_turned_around_by_a_second(page: Browser) -> None:
    page.click("table.networks th button|Median")
    rising = page.value(ORDER)
    assert rising == [
        "GhostNet 1.0x", "MobileNetV3 Large 1.0x", "MobileNetV2 1.0x", "GhostNet 1.3x", "ResNet-50",
    ]  # fmt: skip
    page.click("table.networks th button|Median")
    assert page.value(ORDER) == rising[::-1]
    assert page.value("document.querySelector('th[aria-sort]').ariaSort") == "descending"


def test_the_claims_are_sorted_by_their_verdict(page: Browser) -> None:
    page.click("table.claims th button|Verdict")
    page.click("table.claims th button|Verdict")
    verdicts = page.value(
        "[...document.querySelectorAll('table.claims tbody tr')].map((r) => r.cells[1].dataset.order)"
    )
    assert verdicts == sorted(verdicts, reverse=True)
    assert len(set(verdicts)) > 1


def test_families_and_published_points_can_be_shown_and_hidden(page: Browser) -> None:
    assert page.value(POINTS) == 5
    page.click(".controls button|ResNet")
    assert page.value(POINTS) == 4
    page.click(".controls button|ResNet")
    page.click(".controls button|published: Huawei")
    assert page.value(POINTS) == 5 + 17
    page.click(".controls button|measured here")
    assert page.value(POINTS) == 17


def test_hiding_everything_says_so(page: Browser) -> None:
    page.click(".controls button|measured here")
    assert "Nothing is chosen." in page.value(DRAWN)


def test_the_time_scale_can_be_linear(page: Browser) -> None:
    before = page.value("document.querySelector('.plot').outerHTML")
    page.click(".controls button|logarithmic")
    after = page.value("document.querySelector('.plot').outerHTML")
    assert after != before
    assert "NaN" not in after
    assert page.value(POINTS) == 5


def test_pointing_at_a_network_tells_of_it(page: Browser) -> None:
    page.point_at(".point")
    assert page.until(f"{TOLD}.startsWith('GhostNet 1.0x, measured')")
    assert "95 % interval" in page.value(TOLD)


def test_the_chart_is_walked_with_tab_arrows_and_enter(page: Browser) -> None:
    page.value("[...document.querySelectorAll('.controls button:not([hidden])')].pop().focus()")
    page.press("Tab")
    assert page.value(TOLD).startswith("GhostNet 1.0x, measured")
    page.press("ArrowRight")
    assert page.value(TOLD).startswith("MobileNetV3 Large 1.0x, measured")
    page.press("ArrowLeft")
    assert page.value(TOLD).startswith("GhostNet 1.0x, measured")
    page.press("Enter")
    assert page.until(SHOWN)
    page.press("Escape")
    assert page.until(f"!{SHOWN}")


def test_a_number_in_the_table_opens_its_record_and_escape_gives_it_back(page: Browser) -> None:
    page.click("table.networks td.measured a")
    assert page.until(SHOWN)
    text = page.value("document.getElementById('shown').textContent")
    for words in ("2026-01-05-made-up-1/ghostnet-1.0x-fp32", "Verdict: VALID", "core 2", "r00"):
        assert words in text
    page.press("Escape")
    assert page.until(f"!{SHOWN}")
    assert page.until("document.querySelector('#record-0-0 .facts') !== null")


def test_a_claim_leads_to_its_records_and_the_button_closes_them(page: Browser) -> None:
    page.click("table.claims td a")
    assert page.until(SHOWN)
    page.click("#shown button|Close")
    assert page.until(f"!{SHOWN}")


def test_a_published_number_leads_to_its_source(page: Browser) -> None:
    page.click("td.published a|[1]")
    assert page.until("location.hash === '#source-1'")


def test_an_address_with_a_record_opens_it(browser: Browser, pages: dict[str, Path]) -> None:
    browser.open(pages["one"])
    browser.value("location.hash = '#record-0-1'")
    assert browser.until("document.getElementById('record-0-1').open")


def test_the_theme_follows_the_system_until_one_is_chosen(page: Browser) -> None:
    page.wear("dark")
    assert page.value(GROUND) == DARK
    page.choose("Theme", "light")
    assert page.value(GROUND) == LIGHT
    page.wear("light")
    page.choose("Theme", "dark")
    assert page.value(GROUND) == DARK
    page.choose("Theme", "system")
    assert page.value(GROUND) == LIGHT


def test_device_and_precision_are_chosen(several: Browser) -> None:
    assert several.value(POINTS) == 5
    times = several.value(TIMES)
    several.choose("Precision", "int8")
    assert several.value(POINTS) == 5
    assert all(small < large for small, large in zip(several.value(TIMES), times, strict=True))
    several.choose("Precision", "all together")
    assert several.value(POINTS) == 10
    assert "int8" in several.value(DRAWN)
    several.choose("Device", "Example Phone")
    assert several.value(POINTS) == 2


def test_a_measured_accuracy_has_an_interval_and_a_dot_of_its_own(several: Browser) -> None:
    assert several.value("document.querySelectorAll('.point .asked').length") == 1
    assert "light dot: measured" in several.value(DRAWN)
    several.point_at(".point:has(.asked) .mark")
    assert several.until(f"{TOLD}.includes('Top-1 (measured)')")


def test_a_record_with_a_profile_shows_where_the_time_goes(several: Browser) -> None:
    several.click("table.networks td.measured a")
    assert several.value("document.querySelector('#shown .picture svg').clientWidth") > 300
    several.press("Escape")


def test_a_phone_needs_no_scrolling_sideways_and_a_tap_is_enough(
    browser: Browser, pages: dict[str, Path]
) -> None:
    for name in ("one", "several"):
        browser.open(pages[name], width=NARROW, height=844, touch=True)
        assert browser.value("document.documentElement.scrollWidth") <= NARROW
    browser.tap(".point")
    assert browser.until(f"{TOLD}.startsWith('GhostNet 1.0x')")
    browser.tap(".told a|The record")
    assert browser.until(SHOWN)
    assert browser.value("document.getElementById('shown').scrollWidth") <= NARROW
    assert browser.value("problems") == []


def test_print_leaves_out_what_needs_a_screen_and_keeps_the_tables(page: Browser) -> None:
    page.wear("light")
    page.ask("Emulation.setEmulatedMedia", {"media": "print"})
    seen = page.value(
        "['.explore', 'nav', '#records', '.theme', 'table.networks', 'table.claims', '.picture svg']"
        ".map((s) => document.querySelector(s).getClientRects().length > 0)"
    )
    page.ask("Emulation.setEmulatedMedia", {"media": ""})
    assert seen == [False, False, False, False, True, True, True]
    assert page.printed().startswith(b"%PDF")


def test_made_up_times_bear_a_watermark_and_stand_alone_in_the_chart_too(
    browser: Browser, pages: dict[str, Path]
) -> None:
    browser.open(pages["made-up"])
    assert "SIMULATED" in browser.value(DRAWN)
    assert "published" not in browser.value("document.querySelector('.controls').textContent")


def test_without_a_script_every_number_still_leads_to_its_record(pages: dict[str, Path]) -> None:
    text = pages["one"].read_text(encoding="utf-8")
    assert '<details id="record-0-0" class="record">' in text
    assert 'href="#record-0-0"' in text
