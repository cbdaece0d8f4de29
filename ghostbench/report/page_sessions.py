"""The part of the page, and the lines of the terminal, that tell how sessions of one campaign differ."""

from collections.abc import Sequence

from ghostbench.core.result import JobResult
from ghostbench.report.html import Html, element, joined
from ghostbench.report.page_grid import GridCell, grid, words_cell
from ghostbench.report.quantities import UNKNOWN, counted, moment_text, ms_text
from ghostbench.report.study import Study


def sessions_of(results: Sequence[JobResult]) -> dict[str, str]:
    """The campaigns that the results are joined of, and when each was begun; none where nothing is joined."""
    told = {each.campaign: each.measured_at for result in results for each in result.sessions}
    return dict(sorted(told.items(), key=lambda pair: pair[1]))


def session_cells(result: JobResult, sessions: Sequence[str]) -> list[str]:
    """A job's time in each session, and how far the extremes lie apart."""
    return [cell.text for cell in _cells(result, sessions)]


def _cells(result: JobResult, sessions: Sequence[str]) -> list[GridCell]:
    times = {each.campaign: each for each in result.sessions}
    medians = [each.median_ns for each in result.sessions]
    apart = 100 * (max(medians) / min(medians) - 1) if len(medians) > 1 else None
    cells = [
        GridCell(ms_text(times[s].median_ns, times[s].ci95_ns), times[s].median_ns)
        if s in times
        else GridCell(UNKNOWN, None)
        for s in sessions
    ]
    return [*cells, GridCell(UNKNOWN if apart is None else f"{apart:.1f}", apart)]


def sessions_section(study: Study) -> Html:
    """A table of every network in every session; nothing for a single one."""
    results = [network.result for group in study.groups for network in group.networks]
    sessions = sessions_of(results)
    if len(sessions) < 2:
        return Html("")
    headings = ["Network", *(f"{moment_text(at)}, ms" for at in sessions.values()), "Apart, %"]
    rows = [[words_cell(result.job_id), *_cells(result, list(sessions))] for result in results]
    words = (
        f"Joined of {counted(len(sessions), 'session')} ({', '.join(sessions)}). The time of a network is the median "
        "of its sessions' times, and its interval comes from how these differ, so that it holds for a further session. "
        "Two sessions cannot show that, so there is no interval then."
    )
    table = grid(headings, rows, "Sessions")
    return joined(element("h3", "Sessions"), element("p", words), table)
