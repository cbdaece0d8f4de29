"""Two jobs set against each other, in words: the answer first."""

from collections.abc import Sequence

from ghostbench.core.comparison import Comparison, GuardVerdict, Side
from ghostbench.core.verdict import Verdict
from ghostbench.report.cautions import caution_lines
from ghostbench.report.quantities import counted, share_interval_text, share_text
from ghostbench.stats.intervals import widening_for_looks

# What has to be alike before "same device" or "same engine" may be said.
_SAME = {
    "device": ("device", "device_title", "machine"),
    "engine": ("engine", "engine_version", "runner", "library"),
}


def comparison_lines(comparisons: Sequence[Comparison]) -> list[str]:
    """The answers; of many, each on a line and what holds for all of them said once."""
    if len(comparisons) == 1:
        (only,) = comparisons
        return [f"{answer(only)}; {conditions_told(only)}", how_tested(only)]
    first = comparisons[0]
    return [
        f"A is {first.a.campaign}, B is {first.b.campaign}; {conditions_told(first)}",
        *(f"{c.a.job_id}: {answer(c, ('A', 'B'))}; {_alike(c)}" for c in comparisons),
        balance(comparisons),
    ]


def answer(comparison: Comparison, names: tuple[str, str] | None = None) -> str:
    """One sentence: "A is 6.1 % faster than B, 95 % interval 5.2-7.0 %"."""
    a, b = names or short_names(comparison.a, comparison.b)
    if comparison.ci95 is None:
        change = change_told(comparison.ratio)
        return f"{a} took {change} time than {b}, but there are too few rounds for an interval"
    low, high = comparison.ci95
    if comparison.verdict == -1:
        much = f"{share_text(1 - comparison.ratio, high - low)} faster than {b}"
        return f"{a} is {much}, 95 % interval {share_interval_text(1 - high, 1 - low)}"
    if comparison.verdict == 1:
        much = f"{share_text(comparison.ratio - 1, high - low)} slower than {b}"
        return f"{a} is {much}, 95 % interval {share_interval_text(low - 1, high - 1)}"
    return (
        f"{a} and {b} cannot be told apart: {a} takes {change_told(comparison.ratio, high - low)} time, "
        f"95 % interval {_changes(comparison.ci95)}"
    )


def change_told(ratio: float, width: float | None = None) -> str:
    """A ratio as a change.

    >>> change_told(0.969), change_told(1.012)
    ('3.1 % less', '1.2 % more')
    """
    return f"{share_text(abs(ratio - 1), width)} {'less' if ratio < 1 else 'more'}"


def conditions_told(comparison: Comparison) -> str:
    """What is alike, and what was allowed to differ."""
    told = [
        f"same {what}" for what, names in _SAME.items() if not set(names) & set(comparison.allowed)
    ]
    if comparison.allowed:
        different = (
            f"{name} ({mine or 'unknown'} and {theirs or 'unknown'})"
            for name, (mine, theirs) in comparison.allowed.items()
        )
        told.append(f"allowed to differ: {', '.join(different)}")
    return ", ".join(told)


def how_tested(comparison: Comparison) -> str:
    """Which test, on how much, with what outcome; and whether the two are the same for all practical purposes."""
    if comparison.p_value is None:
        return f"not tested: {counted(comparison.rounds, comparison.unit)} only"
    on = (
        f"{counted(comparison.rounds, comparison.unit)} of both together"
        if comparison.paired
        else f"at least {counted(comparison.rounds, comparison.unit)} of each"
    )
    tested = f"{comparison.test}, {on}: {p_text(comparison.p_value)}"
    return f"{tested}; {_alike(comparison)}{widened_told(comparison.looks)}"


def widened_told(looks: int) -> str:
    """That interval and tests are wider since the campaign was to end once this ratio was narrow; nothing otherwise.

    >>> widened_told(1), widened_told(2)
    ('', '; interval and tests are widened by 6 %, since the campaign was to end once this ratio was narrow (2 looks)')
    """
    if looks <= 1:
        return ""
    wider = share_text(widening_for_looks(looks) - 1)
    return (
        f"; interval and tests are widened by {wider}, since the campaign was to end once this ratio was narrow "
        f"({looks} looks)"
    )


def p_text(p_value: float) -> str:
    """A probability as papers print it.

    >>> p_text(0.0312), p_text(0.00001)
    ('p = 0.031', 'p < 0.001')
    """
    return "p < 0.001" if p_value < 0.001 else f"p = {p_value:.2g}"


def guard_line(guarded: GuardVerdict) -> str:
    """One sentence: how the job stands to its baseline."""
    comparison = guarded.comparison
    limit = share_text(guarded.max_slowdown)
    told = {
        True: f"slower by more than {limit}",
        False: f"not slower by more than {limit}",
        None: f"cannot be told whether it is slower by more than {limit}",
    }[guarded.slower]
    width = comparison.ci95[1] - comparison.ci95[0] if comparison.ci95 else None
    interval = f", 95 % interval {_changes(comparison.ci95)}" if comparison.ci95 else ""
    found = f"{change_told(comparison.ratio, width)} time than the baseline{interval}"
    return f"{comparison.a.job_id}: {told}: {found}{_more_told(comparison, guarded.more_rounds)}"


def corrected_lines(guarded: GuardVerdict) -> list[str]:
    """How sure "slower" is where several jobs were checked together; nothing for a single one."""
    if guarded.among < 2 or guarded.p_slower is None:
        return []
    jobs = counted(guarded.among, "job")
    return [
        f"that it is slower: {p_text(guarded.p_slower)}, corrected for {jobs} checked together (Holm)"
    ]


def verdict_told(comparison: Comparison) -> str:
    """What has to be known of the two sides before the answer is relied on; nothing when both are VALID."""
    told = [
        f"{name} is {side.verdict}"
        for name, side in (("the measurement", comparison.a), ("the baseline", comparison.b))
        if side.verdict is not Verdict.VALID
    ]
    return f" ({', '.join(told)})" if told else ""


def doubt_lines(comparisons: Sequence[Comparison]) -> list[str]:
    """What speaks against the answers, each kind once."""
    doubts = dict.fromkeys(doubt for comparison in comparisons for doubt in comparison.doubts)
    sides = {
        side.label: side for comparison in comparisons for side in (comparison.a, comparison.b)
    }
    graded = [
        f"{verdict}: {', '.join(label for label, side in sides.items() if side.verdict is verdict)}"
        for verdict in (Verdict.INVALID, Verdict.SUSPECT)
        if any(side.verdict is verdict for side in sides.values())
    ]
    cautions = {label: side.cautions for label, side in sides.items()}
    return [*graded, *doubts, *caution_lines(cautions, of="record")]


def short_names(a: Side, b: Side) -> tuple[str, str]:
    """The shortest names that tell the two apart."""
    if a.job_id != b.job_id:
        return a.job_id, b.job_id
    return a.label, b.label


def balance(comparisons: Sequence[Comparison]) -> str:
    """How many of many are faster, slower, or neither."""
    faster, slower = (sum(c.verdict == side for c in comparisons) for side in (-1, 1))
    rest = len(comparisons) - faster - slower
    return (
        f"A is faster in {faster} of {counted(len(comparisons), 'pair')}, slower in {slower}; "
        f"{rest} cannot be told apart"
    )


def _alike(comparison: Comparison) -> str:
    within = share_text(comparison.same_within)
    return {
        True: f"the same within {within}",
        False: f"not the same within {within}",
        None: f"whether they are the same within {within} cannot be told"
        f"{_more_told(comparison, comparison.more_rounds)}",
    }[comparison.same]


def _more_told(comparison: Comparison, rounds: int | None) -> str:
    unit = "session" if comparison.unit == "session" else "round"
    return f"; about {counted(rounds, f'more {unit}')} would tell" if rounds else ""


def _changes(interval: tuple[float, float]) -> str:
    width = interval[1] - interval[0]
    return " to ".join(change_told(end, width) for end in interval)
