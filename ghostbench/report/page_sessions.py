"""The part of the page, and the lines of the terminal, that tell how sessions of one campaign differ."""

from collections.abc import Sequence

from ghostbench.core.result import JobResult
from ghostbench.report.html import Html, element, joined
from ghostbench.report.quantities import counted, moment_text, ms_text
from ghostbench.report.study import Study


def sessions_of(results: Sequence[JobResult]) -> dict[str, str]:
    """The campaigns that the results are joined of, and when each was begun; none where nothing is joined."""
    told = {each.campaign: each.measured_at for result in results for each in result.sessions}
    return dict(sorted(told.items(), key=lambda pair: pair[1]))


def session_cells(result: JobResult, sessions: Sequence[str]) -> list[str]:
    """A job's time in each session, and how far the extremes lie apart."""
    times = {each.campaign: each for each in result.sessions}
    medians = [each.median_ns for each in result.sessions]
    apart = f"{100 * (max(medians) / min(medians) - 1):.1f}" if len(medians) > 1 else ""
    cells = [ms_text(times[s].median_ns, times[s].ci95_ns) if s in times else "" for s in sessions]
    return [*cells, apart]


def sessions_section(study: Study) -> Html:
    """A table of every network in every session; nothing for a single one."""
    results = [network.result for group in study.groups for network in group.networks]
    sessions = sessions_of(results)
    if len(sessions) < 2:
        return Html("")
    headings = ["Network", *(f"{moment_text(at)}, ms" for at in sessions.values()), "Apart, %"]
    rows = [
        element(
            "tr",
            element("th", result.job_id, attributes={"scope": "row"}),
            *(element("td", cell) for cell in session_cells(result, list(sessions))),
        )
        for result in results
    ]
    table = element(
        "table",
        element(
            "thead",
            element("tr", *(element("th", h, attributes={"scope": "col"}) for h in headings)),
        ),
        element("tbody", *rows),
    )
    words = (
        f"Joined of {counted(len(sessions), 'session')} ({', '.join(sessions)}). The time of a network is the median "
        "of its sessions' times, and its interval comes from how these differ, so that it holds for a further session. "
        "Two sessions cannot show that, so there is no interval then."
    )
    wide = element(
        "div",
        table,
        attributes={"class": "wide", "tabindex": "0", "role": "region", "aria-label": "Sessions"},
    )
    return joined(element("h3", "Sessions"), element("p", words), wide)
