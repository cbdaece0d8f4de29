"""Every table of the page in a real browser, where there is one: sorted by a click and by keys."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from ghostbench.core.result import JobResult, SessionSummary
from ghostbench.workflows.report import load_study
from tests.report.browser import BROWSER, Browser
from tests.report.samples import bare_page_of, campaign, store, with_doubts

pytestmark = pytest.mark.skipif(BROWSER is None, reason="no Chromium is installed here")

NAMES = ("ghostnet-1.0x", "mobilenetv2-1.0x", "mobilenetv3-large-1.0x", "ghostnet-1.3x", "resnet50")
# Clicks every heading of every table twice; what is not in order then, by the texts alone: the first number of each
# cell where there is one, what is unknown at the end.
UNSORTED = r"""(() => {
  const wrong = [];
  let sorted = 0;
  const number = (text) => {
    const found = /[-+\u2212]?\d[\d,]*(\.\d+)?/.exec(text);
    return found ? Number(found[0].replace("\u2212", "-").replaceAll(",", "")) : null;
  };
  for (const table of document.querySelectorAll("table")) {
    const body = table.tBodies[0];
    const name = table.parentElement.getAttribute("aria-label");
    [...table.querySelectorAll("thead th")].forEach((heading, column) => {
      const button = heading.querySelector("button");
      if (body.rows.length < 2) { if (button) wrong.push(`${name}: one row is no table to sort`); return; }
      if (!button) { wrong.push(`${name}, ${heading.textContent}: no button`); return; }
      const texts = () => [...body.rows].map((row) => row.cells[column].textContent.trim());
      for (const direction of ["ascending", "descending"]) {
        button.click();
        sorted += 1;
        const set = [...table.querySelectorAll("th[aria-sort]")];
        if (set.length !== 1 || set[0] !== heading || heading.ariaSort !== direction)
          wrong.push(`${name}, ${heading.textContent}: aria-sort`);
        let seen = texts();
        const first_unknown = seen.findIndex((text) => text === "\u2013" || text === "");
        if (first_unknown >= 0) {
          if (seen.slice(first_unknown).some((text) => text !== "\u2013" && text !== ""))
            wrong.push(`${name}, ${heading.textContent}: what is unknown is not last`);
          seen = seen.slice(0, first_unknown);
        }
        if (direction === "descending") seen.reverse();
        const keys = heading.dataset.kind === "number" ? seen.map(number) : [];
        if (keys.some((key, i) => i && key !== null && keys[i - 1] !== null && keys[i - 1] > key))
          wrong.push(`${name}, ${heading.textContent}, ${direction}: ${seen.join(" | ")}`);
      }
    });
  }
  return [sorted, wrong];
})()"""


def in_sessions(result: JobResult, place: int) -> JobResult:
    """The same as if it was joined of three sessions; the last network was not measured in the second."""
    factors = (1.0, 1.03 + place / 50, 9.7)
    sessions = tuple(
        SessionSummary(
            campaign=f"session-{number}",
            measured_at=f"2026-01-0{5 + number}T09:00:00+00:00",
            blocks=3,
            median_ns=result.median_ns * factor,
            ci95_ns=None,
        )
        for number, factor in enumerate(factors)
        if (place, number) != (len(NAMES) - 1, 1)
    )
    return replace(result, sessions=sessions)


@pytest.fixture(scope="module")
def page_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    workspace = tmp_path_factory.mktemp("sorting")
    folder = store(campaign(names=NAMES, rounds=3), workspace / "results")
    study = load_study(folder, workspace=workspace)
    (group,) = study.groups
    networks = [
        replace(network, result=in_sessions(with_doubts(network.result), place))
        for place, network in enumerate(group.networks)
    ]
    study = replace(study, groups=(replace(group, networks=tuple(networks)),))
    path = workspace / "page.html"
    path.write_text(bare_page_of(study), encoding="utf-8")
    return path


@pytest.fixture
def page(page_file: Path, tmp_path: Path) -> Iterator[Browser]:
    with Browser(tmp_path) as browser:
        browser.open(page_file)
        yield browser
        assert browser.value("problems") == []


def test_every_column_of_every_table_sorts_and_turns_around(page: Browser) -> None:
    names = page.value(
        "[...document.querySelectorAll('table')].map((t) => t.parentElement.ariaLabel)"
    )
    for kind in ("Networks", "The paper's claims", "Sessions", "Blocks that do not count"):
        assert kind in names
    assert sum(name.startswith("Blocks of ") for name in names) == len(NAMES)
    assert any("Table 7" in name for name in names)
    clicks, wrong = page.value(UNSORTED)
    assert wrong == []
    assert clicks > 2 * 5 * len(names)


def test_a_table_is_sorted_with_the_keys_alone(page: Browser) -> None:
    first = "document.querySelector(\"[aria-label='Sessions'] tbody tr\").cells[0].textContent"
    sort = "document.querySelector(\"[aria-label='Sessions'] th:nth-child(2)\").ariaSort"
    page.value("document.querySelector(\"[aria-label='Sessions'] th button\").focus()")
    page.press("Tab")
    assert page.value("document.activeElement.parentElement.cellIndex") == 1
    page.press("Enter")
    assert (page.value(sort), page.value(first)) == ("ascending", "ghostnet-1.0x-fp32")
    page.press(" ")
    assert (page.value(sort), page.value(first)) == ("descending", "resnet50-fp32")
