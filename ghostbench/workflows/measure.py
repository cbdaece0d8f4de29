"""Model files to a finished campaign: plan, run, store, seal, summarise."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ghostbench.core.artifact import Artifact
from ghostbench.core.device import Device
from ghostbench.core.engine import Engine
from ghostbench.core.errors import StoreError, UsageError
from ghostbench.core.folders import results_folder
from ghostbench.core.plan import DEFAULT_ROUNDS, Job, RunSettings, StoppingRule
from ghostbench.core.progress import Progress, Silence
from ghostbench.core.result import JobFailure, JobResult
from ghostbench.workflows.phone_hold import PhoneWishes
from ghostbench.workflows.same_plan import planned_rounds, unfinished, with_first_session

if TYPE_CHECKING:
    from ghostbench.store.campaign import Campaign
    from ghostbench.workflows.phone_session import Borrowed


@dataclass(frozen=True, slots=True, kw_only=True)
class HowToMeasure:
    """On what, with what, how often."""

    device: str = "host"
    engine: str = "litert"
    runner: str | None = None  # the program of benchmark_model: a file, or which published one
    # A core's number, or prime, big, little or any. None: a fast one; where it is no phone and all are alike, any.
    core: str | None = None
    settings: RunSettings = field(default_factory=RunSettings)
    rounds: int = DEFAULT_ROUNDS
    stopping: StoppingRule | None = None  # instead of a number of rounds: until it is enough
    joins: str = ""  # the campaign whose further session this is
    allowed: tuple[str, ...] = ()  # conditions that may have changed since
    written: str = ""  # the plan file that this was read from: its campaigns join by themselves
    anew: bool = False  # they do not
    order_seed: int | None = None  # None draws one; it is recorded in the plan
    resume: bool = False  # go on with the newest unfinished campaign of the same jobs
    purpose: str = "run"
    workspace: Path | None = None
    phone: PhoneWishes = field(default_factory=PhoneWishes)

    def __post_init__(self) -> None:
        if self.rounds <= 0:
            raise UsageError(f"rounds must be above zero, not {self.rounds}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """An opened device and engine."""

    how: HowToMeasure
    device: Device
    engine: Engine
    settings: RunSettings  # with the chosen core


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasureOutcome:
    """A campaign and what came out of it."""

    folder: Path
    results: tuple[JobResult, ...]
    failures: tuple[JobFailure, ...]


def open_bench(how: HowToMeasure, progress: Progress | None = None) -> Bench:
    """Reach the device and the engine. Comes before building: a request that cannot be fails at once."""
    from ghostbench.wiring import open_device, open_engine
    from ghostbench.workflows.phone_session import ask_what_it_is, load_ahead

    device = open_device(how.device, adb_server=how.phone.adb_server, hurry=how.phone.hurry)
    load_ahead(device)
    ask_what_it_is(device, how.phone, progress or Silence())
    engine = open_engine(how.engine, device, progress, runner=how.runner)
    cpu = _core_number(how, device)
    return Bench(how=how, device=device, engine=engine, settings=replace(how.settings, cpu=cpu))


def measure(artifacts: Sequence[Artifact], bench: Bench, progress: Progress) -> MeasureOutcome:
    """Time the files in interleaved rounds of fresh processes, and keep every sample."""
    from ghostbench.bench.jobs import make_jobs
    from ghostbench.store.campaign import load_campaign
    from ghostbench.workflows.phone_session import borrow

    how = bench.how
    jobs = make_jobs(
        _once_each(artifacts),
        engines=[how.engine],
        devices=[how.device],
        settings={how.device: bench.settings},
    )
    # First of all: while somebody else has the phone, no campaign begins.
    with borrow(bench.device, how.phone, progress) as borrowed:
        folder = unfinished(jobs, how, progress) if how.resume else None
        folder = folder or _begin(jobs, artifacts, with_first_session(jobs, bench, progress))
        _run(load_campaign(folder), bench, borrowed, progress)
    # After measuring: these load much, which would only delay the first block.
    from ghostbench.store.seal import seal
    from ghostbench.store.sessions import joined_failures
    from ghostbench.workflows.session_spread import SessionSpreads, results_over_sessions

    seal(folder)
    sessions = _with_its_sessions(folder, progress)
    return MeasureOutcome(
        folder=folder,
        results=tuple(results_over_sessions(sessions, SessionSpreads(how.workspace))),
        failures=tuple(joined_failures(sessions)),
    )


def _run(campaign: "Campaign", bench: Bench, borrowed: "Borrowed", progress: Progress) -> None:
    from ghostbench.bench.clock import Clock
    from ghostbench.bench.ledger import Ledger
    from ghostbench.bench.planning import expected_seconds
    from ghostbench.bench.run import run_plan
    from ghostbench.store.raw_output import RawOutput
    from ghostbench.store.records import open_records

    plan, done = campaign.plan, campaign.measured_blocks()
    left = len(plan.blocks) - len(done)
    if Ledger(plan, campaign.records).is_finished():
        return
    rule, expected_s = plan.stopping, left / len(plan.blocks) * expected_seconds(plan)
    if rule is not None and rule.budget_s is not None:
        expected_s = min(expected_s, rule.budget_s)
    title = "measuring" if rule is None else "measuring until it is enough, blocks at most"
    progress.start(title, steps=left, expected_s=expected_s)
    with open_records(campaign.folder) as store:
        if store.cut_off_bytes:
            progress.say(
                "the record that was being written when the program ended was cut off; it is measured again"
            )
        borrowed.prepare(bench.engine, [Path(job.model_path) for job in plan.jobs])
        for record in run_plan(
            plan,
            devices={bench.how.device: borrowed.device},
            engines={bench.how.engine: bench.engine},
            store=store,
            kept=campaign.records,
            progress=progress,
            clock=Clock(sleep=bench.how.phone.sleep),
            keep_output=RawOutput(campaign.folder).keep,
        ):
            borrowed.between_blocks(record)


def _with_its_sessions(folder: Path, progress: Progress) -> "tuple[Campaign, ...]":
    """All sessions of the campaign that was just measured or joined; it alone when the others cannot be read."""
    from ghostbench.store.campaign import load_campaign, load_plan
    from ghostbench.store.sessions import load_sessions

    first = load_plan(folder).joins
    try:
        return load_sessions(folder.parent / first if first else folder, progress.say)
    except StoreError as cause:
        progress.say(f"only this session is told of: {cause}")
        return (load_campaign(folder),)


def _begin(jobs: Sequence[Job], artifacts: Sequence[Artifact], how: HowToMeasure) -> Path:
    from ghostbench.bench.planning import make_plan
    from ghostbench.bench.stopping import check_rule
    from ghostbench.store.campaign import new_campaign_folder, write_plan

    now = datetime.now(UTC)
    seed = random.SystemRandom().randrange(2**32) if how.order_seed is None else how.order_seed
    plan = make_plan(
        jobs,
        campaign="",
        rounds=planned_rounds(how),
        seed=seed,
        purpose=how.purpose,
        now=now,
        stopping=how.stopping,
        joins=how.joins,
        allowed=how.allowed if how.joins else (),
        written=how.written,
    )
    if how.stopping is not None:
        check_rule(plan, how.stopping)  # before there is a folder
    folder = new_campaign_folder(results_folder(how.workspace), device=how.device, today=now.date())
    write_plan(folder, replace(plan, campaign=folder.name), _once_each(artifacts))
    return folder


def _once_each(artifacts: Sequence[Artifact]) -> list[Artifact]:
    """The same file named twice is timed once."""
    return list({artifact.path: artifact for artifact in artifacts}.values())


def _core_number(how: HowToMeasure, device: Device) -> int | None:
    from ghostbench.device.android_cores import choose_core
    from ghostbench.workflows.phone_session import phone_core

    asked, info = how.core, device.info()
    if info.kind == "android":
        return phone_core(info, asked, how.workspace)
    # Between equal cores the system chooses; fast and slow ones are never mixed unless that is asked for.
    alike = len({core.cluster for core in info.cores}) == 1
    if asked == "any" or (asked is None and (alike or how.settings.threads > 1)):
        return None
    return choose_core(info, asked).index
