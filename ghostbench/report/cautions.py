"""The cautions of many networks, told once for each kind."""

import re
from dataclasses import dataclass

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
    found = re.match(r"([\w-]+), \d+ of \d+ blocks: ", caution)
    return found.group(1) if found else caution
