"""Several campaigns in one report: what was measured alike stands together, by device and precision."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from ghostbench.core.conditions import CONDITIONS, differences, surroundings
from ghostbench.core.errors import UsageError
from ghostbench.report.papers import Paper
from ghostbench.report.quantities import counted
from ghostbench.report.study import Group, Network, Study


def merge_studies(studies: Sequence[Study]) -> Study:
    """One study of all. Groups become one where device, engine, settings and precision are the same in everything.

    Raises UsageError when a campaign is named twice or when they check different papers.
    """
    if len(studies) == 1:
        return studies[0]
    names = [study.campaign for study in studies]
    if twice := [name for name, many in Counter(names).items() if many > 1]:
        raise UsageError(f"named twice: {', '.join(twice)}")
    started = sorted(studies, key=lambda study: study.started_at)
    return Study(
        campaign=", ".join(names),
        purpose=f"{counted(len(studies), 'campaign')} together",
        ghostbench=started[-1].ghostbench,
        started_at=started[0].started_at,
        finished_at=max(study.finished_at for study in studies),
        busy_s=sum(study.busy_s for study in studies),
        rounds=sum(study.rounds for study in studies),
        blocks=sum(study.blocks for study in studies),
        failures=tuple(f"{s.campaign}, {failure}" for s in studies for failure in s.failures),
        unmeasured=tuple(failure for s in studies for failure in s.unmeasured),
        groups=_merged_groups([group for study in studies for group in study.groups]),
        published=studies[0].published,
        paper=_common_paper(studies),
    )


def _common_paper(studies: Sequence[Study]) -> Paper | None:
    papers = {study.paper.name: study.paper for study in studies if study.paper}
    if len(papers) > 1:
        raise UsageError(
            f"these campaigns check different papers ({', '.join(sorted(papers))}); report them apart"
        )
    return next(iter(papers.values()), None)


def _merged_groups(groups: Sequence[Group]) -> tuple[Group, ...]:
    alike: dict[tuple[object, ...], list[Group]] = {}
    for group in groups:
        alike.setdefault(_likeness(group), []).append(group)
    merged = _apart_told([_merged(those) for those in alike.values()])
    return tuple(sorted(merged, key=lambda group: (group.made_up, -len(group.networks))))


def _likeness(group: Group) -> tuple[object, ...]:
    surrounding = tuple(sorted(surroundings(group.device, group.engine).items()))
    return surrounding, group.settings, group.precision


def _apart_told(groups: Sequence[Group]) -> list[Group]:
    """Of one device in one precision there may be several groups: each says in what it differs from the first."""
    first: dict[tuple[str, str], Group] = {}
    told = []
    for group in groups:
        other = first.setdefault((group.device.name, group.precision), group)
        told.append(group if other is group else replace(group, apart=_difference(other, group)))
    return told


def _difference(one: Group, other: Group) -> str:
    found = differences(
        surroundings(one.device, one.engine), surroundings(other.device, other.engine)
    )
    named = [CONDITIONS[difference.condition] for difference in found]
    named += ["the settings"] if one.settings != other.settings else []
    return (
        f"Kept apart from {', '.join(one.campaigns)}, which was measured on a device of the same name, since it "
        f"differs in {', '.join(named)}."
    )


def _merged(groups: Sequence[Group]) -> Group:
    if len(groups) == 1:
        return groups[0]
    ordered = sorted(groups, key=lambda group: group.started_at)
    networks = [network for group in groups for network in group.networks]
    return replace(
        ordered[0],
        state_after=ordered[-1].state_after,
        networks=_told_apart(networks),
        rounds=sum(group.rounds for group in groups),
    )


def _told_apart(networks: Sequence[Network]) -> tuple[Network, ...]:
    """A network that several campaigns measured bears the name of each."""
    titles = Counter(network.title for network in networks)
    return tuple(
        replace(n, title=f"{n.title} ({n.result.campaign})") if titles[n.title] > 1 else n
        for n in networks
    )
