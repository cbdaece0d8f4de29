"""The page's own script, in a real browser, where there is one."""

import json
import re
import shutil
import subprocess
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from tests.report.samples import SIMULATED, campaign, page_of

BROWSER = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
pytestmark = pytest.mark.skipif(BROWSER is None, reason="no Chromium is installed here")

NAMES = ("ghostnet-1.0x", "mobilenetv2-1.0x", "mobilenetv3-large-1.0x", "resnet50")
WATCH = """<head><script>
window.problems = [];
addEventListener("error", (event) => problems.push(event.message));
document.addEventListener("securitypolicyviolation", (event) => problems.push(event.violatedDirective));
</script>"""
WALK = """<script>
const all = (selector) => [...document.querySelectorAll(selector)];
const press = (words) => all("button").find((b) => b.textContent.includes(words)).click();
const points = () => all(".point").length;
const order = () => all("table.sortable tbody tr").map((row) => row.cells[0].textContent);
const told = () => document.querySelector(".told").textContent;
const seen = { overflow: document.documentElement.scrollWidth > innerWidth, points: points() };
seen.drawn = document.querySelector(".plot").textContent;
const broken = () => document.querySelector(".plot").outerHTML.includes("NaN");
seen.not_a_number = broken();
press("Median"); seen.rising = order();
press("Median"); seen.falling = order();
seen.sorted = document.querySelector("th[aria-sort]").getAttribute("aria-sort");
const families = () => all(".controls button").filter((b) => b.querySelector("svg") && !b.hidden).length;
seen.families = families();
press("ResNet"); seen.without_resnet = points(); press("ResNet");
if (all("button").some((b) => b.textContent.includes("published:"))) {
  press("published:"); seen.with_published = points(); seen.more_families = families(); press("published:");
}
press("logarithmic"); seen.linear = points(); seen.not_a_number ||= broken();
all(".point")[0].focus(); seen.first = told();
document.activeElement.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowRight" })); seen.second = told();
all(".point")[3].dispatchEvent(new MouseEvent("mouseenter")); seen.pointed = told();
all(".controls button").forEach((b) => b.getAttribute("aria-pressed") === "true" && b.click());
seen.none = document.querySelector(".plot").textContent;
seen.problems = problems;
const page = Object.assign(document.createElement("pre"), { id: "seen", textContent: JSON.stringify(seen) });
document.body.replaceChildren(page);
</script></body>"""


def walk(page: str, folder: Path, width: int = 1280) -> dict[str, Any]:
    """Open the page, use everything on it, and give back what was seen."""
    file = folder / "page.html"
    file.write_text(page.replace("<head>", WATCH, 1).replace("</body>", WALK, 1), encoding="utf-8")
    done = subprocess.run(
        [
            str(BROWSER), "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run",
            "--disable-background-networking", "--disable-component-update", "--disable-sync",
            f"--user-data-dir={folder / 'profile'}", f"--window-size={width},900", "--dump-dom", file.as_uri(),
        ],
        capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    found = re.search(r'<pre id="seen">(.*?)</pre>', done.stdout, flags=re.DOTALL)
    assert found, done.stdout[-2000:]
    seen: dict[str, Any] = json.loads(unescape(found.group(1)))
    return seen


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return walk(page_of(campaign(names=NAMES).study()), tmp_path_factory.mktemp("page"))


def test_nothing_goes_wrong_and_nothing_is_fetched(seen: dict[str, Any]) -> None:
    assert seen["problems"] == []
    assert seen["not_a_number"] is False


def test_a_table_is_sorted_by_a_click_and_turned_around_by_a_second(seen: dict[str, Any]) -> None:
    assert seen["rising"] == [
        "GhostNet 1.0x", "MobileNetV3 Large 1.0x", "MobileNetV2 1.0x", "ResNet-50",
    ]  # fmt: skip
    assert seen["falling"] == seen["rising"][::-1]
    assert seen["sorted"] == "descending"


def test_families_and_published_points_can_be_shown_and_hidden(seen: dict[str, Any]) -> None:
    assert (seen["points"], seen["without_resnet"], seen["with_published"]) == (4, 3, 4 + 17)
    assert (seen["families"], seen["more_families"]) == (4, 7)


def test_the_time_scale_can_be_linear(seen: dict[str, Any]) -> None:
    assert seen["linear"] == 4


def test_focus_arrows_and_pointing_tell_of_a_network(seen: dict[str, Any]) -> None:
    assert seen["first"].startswith("GhostNet 1.0x, measured")
    assert seen["second"].startswith("MobileNetV3 Large 1.0x, measured")
    assert seen["pointed"].startswith("ResNet-50, measured")
    assert "95 % interval" in seen["first"]


def test_hiding_everything_says_so(seen: dict[str, Any]) -> None:
    assert "Nothing is chosen." in seen["none"]


def test_a_narrow_page_does_not_scroll_sideways(tmp_path: Path) -> None:
    assert walk(page_of(campaign(names=NAMES).study()), tmp_path, width=500)["overflow"] is False


def test_made_up_times_bear_a_watermark_and_stand_alone_in_the_chart_too(tmp_path: Path) -> None:
    seen = walk(page_of(campaign(names=NAMES, device=SIMULATED).study()), tmp_path)
    assert "SIMULATED" in seen["drawn"]
    assert "with_published" not in seen
