"""The cautions of many networks, told once for each kind."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ghostbench.core.result import BlockSummary, JobResult
from ghostbench.core.verdict import Severity, Verdict, as_caution
from ghostbench.report.quantities import counted
from ghostbench.report.study import Group


@dataclass(frozen=True, slots=True, kw_only=True)
class CautionKind:
    """One kind of caution, and the networks it came up for."""

    code: str
    titles: tuple[str, ...]
    example: str  # the wording for the first of them

    def told(self, networks: int) -> str:
        """One sentence: how many networks, which, and what it means and asks for."""
        first = self.titles[0]
        if len(self.titles) == 1:
            return f"{first}: {self.example}"
        which = "all" if len(self.titles) == networks else f"{len(self.titles)} of"
        return f"{which} {counted(networks, 'network')}, for instance {first}: {self.example}"


def caution_kinds(group: Group) -> list[CautionKind]:
    """Each kind once, in the order in which they first came up."""
    titles: dict[str, list[str]] = {}
    examples: dict[str, str] = {}
    for network in group.networks:
        for caution in network.result.cautions:
            code = caution_code(caution)
            titles.setdefault(code, []).append(network.title)
            examples.setdefault(code, caution)
    return [
        CautionKind(code=code, titles=tuple(those), example=examples[code])
        for code, those in titles.items()
    ]


def caution_code(caution: str) -> str:
    """What kind of caution it is; one that bears no code is a kind of its own.

    >>> caution_code("stolen, 2 of 5 blocks: the hypervisor gave 1 % to others.")
    'stolen'
    >>> caution_code("the device was warm")
    'the device was warm'
    """
    found = _GATHERED.match(caution)
    return found["code"] if found else caution


def caution_lines(cautions: Mapping[str, Iterable[str]], of: str = "network") -> list[str]:
    """For the terminal: each kind of caution once, in the order in which they first came up.

    >>> caution_lines({"a": ["busy, 2 of 5 blocks: much ran."], "b": ["busy, 1 of 5 blocks: more ran."], "c": []})
    ['busy: 2 of 3 networks, 3 of 10 blocks: much ran.']
    >>> caution_lines({"a": ["busy, 2 of 5 blocks: much ran."]})
    ['busy: a, 2 of 5 blocks: much ran.']
    """
    kinds: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for name, told in cautions.items():
        for caution in told:
            kinds[caution_code(caution)].append((name, caution))
    return [_line(code, found, len(cautions), of) for code, found in kinds.items()]


def _line(code: str, found: list[tuple[str, str]], many: int, of: str) -> str:
    read = [_GATHERED.match(caution) for _, caution in found]
    names = dict.fromkeys(name for name, _ in found)
    who = ", ".join(names) if len(names) == 1 else f"{len(names)} of {counted(many, of)}"
    blocks = [(int(each["some"]), int(each["all"])) for each in read if each]
    if not blocks or not read[0]:
        return f"{who}: {code}"
    some, total = (sum(place) for place in zip(*blocks, strict=True))
    return f"{code}: {who}, {some} of {counted(total, 'block')}: {read[0]['wording']}"


# What store/results.py makes of the cautions of one job's blocks.
_GATHERED = re.compile(
    r"(?P<code>[\w-]+), (?P<some>\d+) of (?P<all>\d+) blocks: (?P<wording>.*)", re.S
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Excluded:
    """A measured block that is in no figure, and why."""

    title: str
    round: int  # from 1, as people count
    attempt: int
    verdict: str
    why: str


def excluded_blocks(group: Group) -> list[Excluded]:
    """Every one of them, network by network."""
    return [
        Excluded(
            title=network.title,
            round=block.round + 1,
            attempt=block.attempt,
            verdict=block.verdict.value,
            why=_why_excluded(block),
        )
        for network in group.networks
        for block in network.result.excluded
    ]


def _why_excluded(block: BlockSummary) -> str:
    grave = [as_caution(r) for r in block.reasons if r.severity is not Severity.NOTE]
    if block.verdict is not Verdict.INVALID:  # of several attempts one counts
        grave.append("another attempt at this block is in the figures.")
    return " ".join(grave)


def withheld_lines(results: Iterable[tuple[str, JobResult]]) -> list[str]:
    """Which quantiles are not told, for how many networks, and why for the first of them.

    Takes what to call each result, and the result.
    """
    named = list(results)
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for name, result in named:
        for quantile, why in result.withheld.items():
            found[quantile].append((name, why))
    lines = []
    for quantile, told in found.items():
        name, why = told[0]
        many = f"{len(told)} of {counted(len(named), 'network')}, for instance {name}"
        lines.append(f"{quantile} is withheld for {many if len(named) > 1 else name}: {why}")
    return lines


def excluded_lines(results: Iterable[JobResult]) -> list[str]:
    """For the terminal: how many measured blocks are in no figure, by job."""
    told = {r.job_id: len(r.excluded) for r in results if r.excluded}
    return [
        f"{job_id}: {counted(many, 'measured block')} in no figure, kept with the reasons (--json, report)"
        for job_id, many in told.items()
    ]
