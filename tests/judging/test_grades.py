from pathlib import Path

import pytest

from ghostbench.core.verdict import Severity, Verdict, as_caution, cautions, verdict_of
from ghostbench.judging.grades import GRADES, Grade, Seen, graded

PAGE = Path(__file__).parents[2] / "docs" / "decisions" / "0006-verdicts.md"


def test_a_value_is_as_grave_as_the_highest_limit_it_exceeds() -> None:
    grade = Grade(unit="%", note=1, suspect=5, invalid=10, source="a test")
    shown = {value: grade.severity(value) for value in (1.0, 1.1, 5.1, 10.1)}
    assert list(shown.values()) == [None, Severity.NOTE, Severity.SUSPECT, Severity.INVALID]


def test_notes_are_kept_but_are_no_cautions() -> None:
    note = graded(Seen(code="stolen", value=2.0, evidence={"percent": 2.0}, text="2 % are gone."))
    grave = graded(Seen(code="stolen", value=30.0, evidence={"percent": 30.0}, text="Much."))
    assert note is not None
    assert grave is not None
    assert verdict_of([note]) is Verdict.VALID
    assert cautions([note]) == ()
    assert verdict_of([note, grave]) is Verdict.INVALID
    assert cautions([note, grave]) == (as_caution(grave),) == ("stolen: Much.",)


@pytest.mark.parametrize("code", GRADES)
def test_every_limit_has_a_source_and_limits_rise(code: str) -> None:
    grade = GRADES[code]
    limits = [x for x in (grade.note, grade.suspect, grade.invalid) if x is not None]
    assert limits == sorted(limits)
    assert limits
    assert grade.source


def test_the_page_shows_the_table_as_it_is() -> None:
    def number(limit: float | None) -> str:
        return "" if limit is None else f"{limit:g}"

    rows = [
        f"| {code} | {g.unit} | {number(g.note)} | {number(g.suspect)} | {number(g.invalid)} | {g.source} |"
        for code, g in GRADES.items()
    ]
    page = PAGE.read_text().splitlines()
    assert [line for line in page if line in rows] == rows
