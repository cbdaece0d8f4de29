"""What `ghostbench run` is told of when to stop, and what it says of what it would do."""

from typing import TYPE_CHECKING

from ghostbench.cli.console import note, print_table
from ghostbench.core.errors import UsageError
from ghostbench.core.plan import DEFAULT_BUDGET_S, DEFAULT_HALF_WIDTH_PERCENT, StoppingRule

if TYPE_CHECKING:
    from ghostbench.workflows.preview import Preview


def goal(
    rounds: int | None, half_width: str | None, budget: str | None, ratio: str | None
) -> StoppingRule | None:
    """When to stop; None for a fixed number of rounds. Raises UsageError for what cannot be."""
    from ghostbench.workflows.plan_file import stopping_rule

    if rounds is not None:
        if half_width or budget or ratio:
            raise UsageError(
                "--rounds fixes what --half-width, --budget and --ratio decide; give one or the other"
            )
        return None
    pair = _pair(ratio) if ratio else None
    if half_width is None and (budget is None or pair):
        half_width = f"{DEFAULT_HALF_WIDTH_PERCENT:g}%"
    return stopping_rule(half_width, budget or f"{DEFAULT_BUDGET_S:g}s", pair)


def _pair(ratio: str) -> tuple[str, str]:
    jobs = [job.strip() for job in ratio.split("/")]
    if len(jobs) != 2 or not all(jobs):
        raise UsageError(f"a ratio is of two jobs, as in A-fp32/B-fp32, not {ratio!r}")
    return jobs[0], jobs[1]


def print_preview(shown: "Preview") -> None:
    """What would be done, for people."""
    rule = shown.stopping
    jobs = "1 job" if len(shown.jobs) == 1 else f"{len(shown.jobs)} jobs"
    note(
        f"{jobs} on {shown.device} with {shown.engine}{_going_on(shown)}; nothing is built, reached or written now"
    )
    if shown.joins_if_alike:
        note(
            f"{shown.joins} has the same plan; it is joined unless what it was measured under has changed since, which "
            "is looked at when it is run; --new begins anew"
        )
    if rule is None:
        note(f"{shown.rounds_at_most} rounds, about {shown.seconds_at_most:.0f} s of measuring")
    else:
        of = "the ratio of " + " and ".join(rule.ratio_of) if rule.ratio_of else "each job"
        if rule.half_width_percent is not None:
            note(
                f"until the 95 % interval of {of} is narrower than {rule.half_width_percent:g} % to each side"
            )
        if rule.budget_s is not None:
            note(f"for {rule.budget_s:g} s at most")
        note(
            f"rounds of about {shown.seconds_per_round:.0f} s, {shown.rounds_at_least} to {shown.rounds_at_most} of "
            f"them, at most about {shown.seconds_at_most:.0f} s of measuring"
        )
    if shown.device not in ("host", "simulated") and not shown.device.startswith("simulated:"):
        note("bringing files to the phone and letting it cool between blocks come on top")
    note("settings: " + ", ".join(f"{k} {v}" for k, v in _settings(shown).items()))
    note(
        "order"
        if shown.seed is not None
        else "order, for example (no seed is given, so one is drawn)"
    )
    print_table(
        ["round", "jobs in their order"],
        [[str(number + 1), ", ".join(jobs)] for number, jobs in enumerate(shown.order)],
        left=2,
    )


def _going_on(shown: "Preview") -> str:
    if shown.resumes:
        return f", going on with {shown.resumes}, of which nothing is left to do if it is complete"
    return f", as a further session of {shown.joins}" if shown.joins else ""


def _settings(shown: "Preview") -> dict[str, object]:
    from ghostbench.core.strict import to_plain

    plain: dict[str, object] = to_plain(shown.settings)
    return {name: value for name, value in plain.items() if name != "inputs" and value is not None}
