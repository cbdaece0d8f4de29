"""What a campaign came to, for people."""

from collections.abc import Sequence

from ghostbench.cli.console import note, print_table
from ghostbench.core.errors import GhostbenchError
from ghostbench.core.result import JobFailure, JobResult
from ghostbench.core.verdict import Verdict


def print_results(results: tuple[JobResult, ...]) -> None:
    """Print results as a table that marks what is not VALID; below it on stderr each kind of reason once."""
    from ghostbench.report.cautions import caution_lines, excluded_lines, withheld_lines
    from ghostbench.report.quantities import interval_text, megabytes_text, ms_text

    told = any(r.over_sessions for r in results)
    headings = ["model", "precision", "median ms", "95 % interval", "over sessions" if told else "",
                "p95", "min", "init", "MB", "samples", "!"]  # fmt: skip
    print_table(
        [heading for heading in headings if heading],
        [
            [
                r.model,
                r.precision,
                ms_text(r.median_ns, r.ci95_ns),
                interval_text(r.ci95_ns, around_ns=r.median_ns),
                *([_over_sessions(r)] if told else []),
                "withheld" if r.p95_ns is None else ms_text(r.p95_ns),
                ms_text(r.min_ns),
                ms_text(r.init_ns),
                megabytes_text(r.peak_rss_bytes),
                f"{len(r.samples) or 'none'} in {len(r.blocks)}",
                "" if r.verdict is Verdict.VALID else "!",
            ]
            for r in results
        ],
        left=2,
    )
    _print_sessions(results)
    for known in dict.fromkeys(r.over_sessions.told for r in results if r.over_sessions):
        note(f"over sessions: the interval for any other hour or day, too; {known}")
    lines = caution_lines({r.job_id: r.cautions for r in results})
    if lines:
        note("what speaks against the rows marked with an exclamation mark, which are SUSPECT:")
    for line in lines:
        note(f"! {line}")
    for line in excluded_lines(results):
        note(line)
    for line in withheld_lines((r.job_id, r) for r in results):
        note(line)


def _over_sessions(result: JobResult) -> str:
    from ghostbench.report.quantities import interval_text

    over = result.over_sessions
    return interval_text(over.ci95_ns if over else None, around_ns=result.median_ns)


def _print_sessions(results: Sequence[JobResult]) -> None:
    """How the sessions differ, where the results are joined of several."""
    from ghostbench.report.page_sessions import session_cells, sessions_of

    sessions = list(sessions_of(results))
    if len(sessions) < 2:
        return
    note(f"joined of {len(sessions)} sessions; the median of each, in ms:")
    print_table(
        ["model", "precision", *sessions, "% apart"],
        [[r.model, r.precision, *session_cells(r, sessions)] for r in results],
        left=2,
    )


def tell_failures(failures: tuple[JobFailure, ...]) -> None:
    """Raise for jobs that gave no result; what the others gave is printed and stored by then."""
    if failures:
        told = (
            f"{failure.job_id} could not be timed: {failure.reasons[0]}" for failure in failures
        )
        raise GhostbenchError("; ".join(told))
