"""Everything that a report tells of one campaign: what was measured, joined with what was published."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from ghostbench.core.accuracy import AccuracyResult
from ghostbench.core.artifact import Artifact
from ghostbench.core.device import DeviceInfo, DeviceState
from ghostbench.core.errors import NothingMeasured
from ghostbench.core.model_spec import ModelSpec
from ghostbench.core.plan import Plan, RunSettings
from ghostbench.core.profile import ModelProfile
from ghostbench.core.record import EngineInfo, RunRecord
from ghostbench.core.result import JobFailure, JobResult
from ghostbench.report.literature import published_facts
from ghostbench.report.own_files import profile_of, told_accuracy
from ghostbench.report.paper_tables import PaperTable
from ghostbench.report.papers import Paper
from ghostbench.report.published import Published, Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """One line of the tables: a measured job and what is known of its network."""

    result: JobResult
    title: str
    family: str
    artifact: Artifact | None  # None when the campaign does not hold the file's facts
    published: Published  # the rows that speak of this network, the paper's first
    params: int | None  # trainable ones, as the spec expects; else those of the file
    top1_percent: float | None
    top1_source: Source | None
    published_macs: int | None
    published_macs_source: Source | None
    accuracy: AccuracyResult | None = None  # of this very file, with trained weights
    profile: ModelProfile | None = None  # of this very file on this device

    @property
    def accuracy_percent(self) -> float | None:
        """Top-1 as it is drawn: measured where it was, else published."""
        return self.accuracy.top1.percent if self.accuracy else self.top1_percent

    @property
    def accuracy_interval(self) -> tuple[float, float] | None:
        """The 95 % interval of a measured top-1; None for a published one, whose error nobody told."""
        return self.accuracy.top1.ci95_percent if self.accuracy else None

    @property
    def macs(self) -> int | None:
        """Multiply-adds, counted in the file that was timed."""
        return self.artifact.macs if self.artifact else None

    @property
    def macs_change_percent(self) -> float | None:
        """How far the count is from the published number."""
        if self.macs is None or not self.published_macs:
            return None
        return 100 * (self.macs / self.published_macs - 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Networks that were measured in the same way, so that their times may be compared."""

    device: DeviceInfo
    engine: EngineInfo
    settings: RunSettings
    precision: str
    state_before: DeviceState  # of the first block
    state_after: DeviceState  # of the last one
    networks: tuple[Network, ...]
    rounds: int
    started_at: str  # ISO 8601, UTC: the first block
    apart: str = ""  # of several campaigns: why it is not one with another of the same device

    @property
    def campaigns(self) -> tuple[str, ...]:
        """Of which it holds networks, in their order."""
        return tuple(dict.fromkeys(network.result.campaign for network in self.networks))

    @property
    def made_up(self) -> bool:
        """Whether the times mean nothing: a simulated device or an emulated processor."""
        return self.device.emulated or self.device.kind == "simulated"

    @property
    def name(self) -> str:
        """For file names and anchors."""
        words = (self.device.name, self.precision, self.engine.name, f"{self.settings.threads}t")
        return "-".join("".join(c if c.isalnum() else "_" for c in word) for word in words)


@dataclass(frozen=True, slots=True, kw_only=True)
class Study:
    """One campaign, ready to be told."""

    campaign: str
    purpose: str
    ghostbench: str
    started_at: str  # ISO 8601, UTC: the first block
    finished_at: str  # the end of the last block
    busy_s: float  # all blocks together
    rounds: int
    blocks: int  # that gave a measurement
    failures: tuple[str, ...]  # one line for each block that did not
    unmeasured: tuple[JobFailure, ...]  # jobs without a single good block
    groups: tuple[Group, ...]  # the largest first
    published: Published
    paper: Paper | None
    tables: tuple[PaperTable, ...] = ()  # the paper's, filled


def build_study(
    *,
    plan: Plan,
    records: Sequence[RunRecord],
    results: Sequence[JobResult],
    artifacts: Iterable[Artifact],
    specs: Mapping[str, ModelSpec],
    published: Published,
    paper: Paper | None = None,
    unmeasured: Sequence[JobFailure] = (),
    accuracies: Mapping[str, AccuracyResult] | None = None,
    profiles: Sequence[ModelProfile] = (),
) -> Study:
    """Join a campaign with the specs of its networks and with the literature.

    `accuracies` go by the SHA-256 of model files; of `profiles`, later ones count before earlier ones.
    """
    measured = [record for record in records if record.measurement is not None]
    if not measured or not results:
        raise NothingMeasured(f"{plan.campaign}: there is nothing to report, no block of it counts")
    rounds = plan.rounds if plan.stopping is None else len({r.block.round for r in measured})
    networks = [
        replace(
            network,
            accuracy=told_accuracy(network.result, network.artifact, accuracies or {}),
            profile=profile_of(network.result, profiles),
        )
        for network in _networks(results, artifacts, specs, published, paper)
    ]
    return Study(
        campaign=plan.campaign,
        purpose=plan.purpose,
        ghostbench=plan.ghostbench,
        started_at=min(record.started_at for record in records),
        finished_at=max(map(_ended_at, records)),
        busy_s=sum(record.seconds for record in records),
        rounds=rounds,
        blocks=len(measured),
        failures=tuple(
            f"{record.job.job_id}, round {record.block.round + 1}, attempt {record.attempt}: {record.failure}"
            for record in records
            if record.measurement is None
        ),
        unmeasured=tuple(unmeasured),
        groups=_groups(networks, measured, rounds),
        published=published,
        paper=paper,
    )


def _ended_at(record: RunRecord) -> str:
    ended = datetime.fromisoformat(record.started_at) + timedelta(seconds=record.seconds)
    return ended.isoformat(timespec="seconds")


def _networks(
    results: Sequence[JobResult],
    artifacts: Iterable[Artifact],
    specs: Mapping[str, ModelSpec],
    published: Published,
    paper: Paper | None,
) -> tuple[Network, ...]:
    by_hash = {artifact.sha256: artifact for artifact in artifacts}
    return tuple(
        describe(
            result, by_hash.get(result.model_sha256), specs.get(result.model), published, paper
        )
        for result in results
    )


def describe(
    result: JobResult,
    artifact: Artifact | None,
    spec: ModelSpec | None,
    published: Published,
    paper: Paper | None = None,
) -> Network:
    """One measured job with everything that is known of its network.

    A file that was given may bear a network's name and still be another one, so nothing published is told of it.
    """
    if artifact and artifact.route == "given":
        spec = None
    facts = published_facts(spec, published, paper)
    expected = spec.expected if spec else None
    return Network(
        result=result,
        title=spec.title if spec else artifact.title if artifact else result.model,
        family=(spec.family if spec else artifact.family if artifact else None) or "other",
        artifact=artifact,
        published=facts.rows,
        params=expected.params if expected else artifact.params if artifact else None,
        top1_percent=facts.top1_percent,
        top1_source=facts.top1_source,
        published_macs=facts.macs,
        published_macs_source=facts.macs_source,
    )


def _groups(
    networks: Sequence[Network], measured: Sequence[RunRecord], rounds: int
) -> tuple[Group, ...]:
    of_job: dict[str, list[RunRecord]] = {}
    for record in sorted(measured, key=lambda record: record.started_at):
        of_job.setdefault(record.job.job_id, []).append(record)
    members: dict[tuple[object, ...], list[Network]] = {}
    for network in networks:
        members.setdefault(_condition(of_job[network.result.job_id][0]), []).append(network)
    groups = [
        _group(those, [record for n in those for record in of_job[n.result.job_id]], rounds)
        for those in members.values()
    ]
    # Real before made up, then the one with most networks; the order of the plan decides the rest.
    return tuple(sorted(groups, key=lambda group: (group.made_up, -len(group.networks))))


def _condition(record: RunRecord) -> tuple[object, ...]:
    job = record.job
    return job.device, job.engine, job.precision, job.settings


def _group(networks: Sequence[Network], records: Sequence[RunRecord], rounds: int) -> Group:
    first = min(records, key=lambda record: record.started_at)
    last = max(records, key=lambda record: record.started_at)
    return Group(
        device=first.device,
        engine=first.engine,
        settings=first.job.settings,
        precision=first.job.precision,
        state_before=first.state_before,
        state_after=last.state_after or last.state_before,
        networks=tuple(networks),
        rounds=rounds,
        started_at=first.started_at,
    )
