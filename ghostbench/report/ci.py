"""What machines of continuous integration read: JUnit files and annotations of GitHub."""

from collections.abc import Sequence
from xml.etree import ElementTree as Xml

from ghostbench.core.comparison import GuardVerdict
from ghostbench.report.comparison_text import (
    corrected_lines,
    doubt_lines,
    guard_line,
    how_tested,
    verdict_told,
)

_SUITE = "ghostbench check"
# By whether it is slower: established, ruled out, cannot be told.
_KINDS = {True: "error", False: "notice", None: "warning"}
_TITLES = {True: "slower", False: "not slower", None: "cannot be told"}


def junit_text(verdicts: Sequence[GuardVerdict]) -> str:
    """One test case for each job: slower is a failure, what cannot be told an error."""
    suite = Xml.Element(
        "testsuite",
        name=_SUITE,
        tests=str(len(verdicts)),
        failures=str(sum(verdict.slower is True for verdict in verdicts)),
        errors=str(sum(verdict.slower is None for verdict in verdicts)),
        skipped="0",
    )
    for verdict in verdicts:
        _add_case(suite, verdict)
    root = Xml.Element("testsuites")
    root.append(suite)
    Xml.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + Xml.tostring(root, "unicode") + "\n"


def _add_case(suite: Xml.Element, verdict: GuardVerdict) -> None:
    comparison = verdict.comparison
    case = Xml.SubElement(
        suite,
        "testcase",
        classname=f"ghostbench.{_printable(comparison.a.conditions.get('device', ''))}",
        name=_printable(comparison.a.job_id),
    )
    told = _printable(guard_line(verdict) + verdict_told(comparison))
    if verdict.slower:
        Xml.SubElement(case, "failure", type="slower", message=told)
    elif verdict.slower is None:
        Xml.SubElement(case, "error", type="undecided", message=told)
    lines = [told, how_tested(comparison), *corrected_lines(verdict), *doubt_lines([comparison])]
    Xml.SubElement(case, "system-out").text = _printable("\n".join(lines))


def github_annotation(verdict: GuardVerdict) -> str:
    """One workflow command; what has a meaning in such a line is escaped."""
    kind = _KINDS[verdict.slower]
    title = _escaped(f"{verdict.comparison.a.job_id}: {_TITLES[verdict.slower]}", more=",:")
    told = guard_line(verdict) + verdict_told(verdict.comparison)
    return f"::{kind} title={title}::{_escaped(told)}"


def _escaped(text: str, more: str = "") -> str:
    """As GitHub's own toolkit does.

    >>> _escaped("3 %, a: b", more=",:")
    '3 %25%2C a%3A b'
    """
    escaped = text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    for sign in more:
        escaped = escaped.replace(sign, f"%{ord(sign):02X}")
    return escaped


def _printable(text: str) -> str:
    """Without what no XML may hold: control characters, halves of surrogates, and two that are no characters."""
    return "".join(sign for sign in text if sign in "\n\t" or _may_stand_in_xml(ord(sign)))


def _may_stand_in_xml(code: int) -> bool:
    return code >= 0x20 and not 0xD800 <= code <= 0xDFFF and code not in (0xFFFE, 0xFFFF)
