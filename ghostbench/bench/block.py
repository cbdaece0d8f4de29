"""One block: a fresh process of one job, to one record, whether it works or not."""

from collections.abc import Generator, Sequence
from dataclasses import replace

from ghostbench.bench.clock import Clock
from ghostbench.bench.measure import fold_events
from ghostbench.bench.retry import with_retries
from ghostbench.bench.session import Session
from ghostbench.core.device import Device, DeviceState
from ghostbench.core.engine import Command, Engine
from ghostbench.core.errors import (
    CommandFailed,
    DeviceError,
    GhostbenchError,
    RunnerError,
    RunnerGaveUp,
    TransientError,
)
from ghostbench.core.plan import Block, Job, Plan
from ghostbench.core.progress import Progress
from ghostbench.core.record import SCHEMA_VERSION, Measurement, RunRecord
from ghostbench.core.verdict import cautions
from ghostbench.core.version import VERSION
from ghostbench.judging.judge import judge_block

# Jetpack Benchmark and Workload Automation, too, try twice more; a cable is back within seconds.
RETRIES = 2
PAUSE_S = 5.0


def run_block(
    plan: Plan,
    block: Block,
    *,
    session: Session,
    clock: Clock,
    progress: Progress,
    tried: int = 0,
) -> RunRecord:
    """Measure one block. What goes wrong with it stands in its record and harms no other block.

    `tried` is how many attempts at it are kept already.
    """
    job = plan.job(block.job_id)
    draft = _draft(plan, block, job, session, clock)

    faults: list[TransientError] = []

    def tell(fault: TransientError) -> None:
        faults.append(fault)
        progress.say(f"{job.job_id}, round {block.round + 1}: {fault}; trying again")

    try:
        record, attempt = with_retries(
            lambda: _attempt(draft, session, clock),
            retries=RETRIES,
            pause_s=PAUSE_S,
            sleep=clock.sleep,
            tell=tell,
        )
    except TransientError as fault:
        # The first fault says what was being done; the later ones may only say that the device is still away.
        return replace(
            draft, attempt=tried + RETRIES + 1, failure=_one_line((faults or [fault])[0])
        )
    return replace(record, attempt=tried + attempt)


def _attempt(draft: RunRecord, session: Session, clock: Clock) -> RunRecord:
    record, job, told = draft, draft.job, list[str]()
    device, engine = session.devices[job.device], session.engines[job.engine]
    try:
        command = engine.command(device, session.model_on_device(job), job.settings)
        record = replace(record, argv=command.argv, state_before=device.state())
        started_s = clock.monotonic()
        try:
            failure = _run_to_end(command, job, device, told)
        finally:
            record = replace(record, seconds=clock.monotonic() - started_s)
        # The device is asked first: reading many samples is work, and on the host would count as load.
        record = replace(record, state_after=_state_after(device))
        measurement = _measurement(told, failure, engine)
    except TransientError:
        raise
    except GhostbenchError as fault:
        return replace(record, failure=_one_line(fault))
    finally:
        session.keep_output(record.record_id, told)
    record = replace(record, measurement=measurement)
    return replace(record, cautions=cautions(judge_block(record).reasons))


def _run_to_end(
    command: Command, job: Job, device: Device, told: list[str]
) -> CommandFailed | None:
    """Run the command to its end, and say how it failed if it did.

    Nothing is made of its lines yet, so that nothing disturbs it; they are in `told` however this ends.
    """
    lines = device.stream(
        command.argv, timeout_s=job.settings.timeout_s, environment=command.environment
    )
    try:
        told.extend(lines)
    except CommandFailed as fault:
        return fault
    finally:
        if isinstance(lines, Generator):
            lines.close()  # now, not when the garbage is collected: it ends the command there
    return None


def _measurement(told: Sequence[str], failure: CommandFailed | None, engine: Engine) -> Measurement:
    """What the lines say. Of a failed command, the runner's own words are the better reason."""
    try:
        measurement = fold_events(engine.events(told))
    except RunnerError as cause:
        if failure is None or isinstance(cause, RunnerGaveUp):
            raise
        raise failure from cause
    if failure is not None:
        raise failure
    return measurement


def _state_after(device: Device) -> DeviceState | None:
    try:
        return device.state()
    except DeviceError:
        return None  # the samples are there, and stay: a cable pulled now does not make them wrong


def _draft(plan: Plan, block: Block, job: Job, session: Session, clock: Clock) -> RunRecord:
    """The record as it is before anything was tried."""
    started = clock.now()
    started_at = started.isoformat(timespec="milliseconds")
    return RunRecord(
        schema_version=SCHEMA_VERSION,
        record_id=f"{plan.campaign}/{job.job_id}/round-{block.round + 1}@{started:%H%M%S.%f}",
        campaign=plan.campaign,
        started_at=started_at,
        seconds=0.0,
        attempt=1,
        block=block,
        job=job,
        device=session.device_infos[job.device],
        engine=session.engine_infos[job.engine],
        state_before=DeviceState(taken_at=started_at),  # until it is read
        state_after=None,
        argv=(),
        measurement=None,
        ghostbench=VERSION,
    )


def _one_line(failure: Exception) -> str:
    return " ".join(str(failure).split())
