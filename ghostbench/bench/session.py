"""The devices and engines of a campaign, made ready once; and which model files are where."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from ghostbench.core.device import Device, DeviceInfo
from ghostbench.core.engine import Engine
from ghostbench.core.errors import ModelFileError, UnknownName, UsageError
from ghostbench.core.plan import Job
from ghostbench.core.progress import Progress
from ghostbench.core.record import EngineInfo, RunRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """What was brought where. Made by `open_session`."""

    devices: Mapping[str, Device]
    engines: Mapping[str, Engine]
    device_infos: Mapping[str, DeviceInfo]
    engine_infos: Mapping[str, EngineInfo]
    model_files: Mapping[str, Path]  # SHA-256 to the file here
    # Is given what every attempt at a block printed, by the id of its record.
    keep_output: Callable[[str, Sequence[str]], None] = lambda record_id, lines: None
    _models: dict[tuple[str, str], PurePosixPath] = field(default_factory=dict)

    def model_on_device(self, job: Job) -> PurePosixPath:
        """Where the device holds the job's model; brought there the first time."""
        key = (job.device, job.model_sha256)
        if key not in self._models:
            local = self.model_files.get(job.model_sha256, Path(job.model_path))
            if not local.is_file():
                raise ModelFileError(local, "is not there any more; build it again")
            self._models[key] = self.devices[job.device].install(local)
        return self._models[key]


def open_session(
    jobs: tuple[Job, ...],
    *,
    devices: Mapping[str, Device],
    engines: Mapping[str, Engine],
    model_files: Mapping[str, Path],
    progress: Progress,
    keep_output: Callable[[str, Sequence[str]], None] = lambda record_id, lines: None,
) -> Session:
    """Bring every engine to every device that needs it. Here a missing phone is told, before any work is done."""
    for job in jobs:
        if job.device not in devices:
            raise UnknownName("device", job.device, devices)
        if job.engine not in engines:
            raise UnknownName("engine", job.engine, engines)
    pairs = dict.fromkeys((job.engine, job.device) for job in jobs)
    for engine, device in pairs:
        progress.doing(f"bringing {engine} to {device}")
        engines[engine].install(devices[device])
    return Session(
        devices=devices,
        engines=engines,
        device_infos={name: devices[name].info() for _, name in pairs},
        engine_infos={name: engines[name].info() for name, _ in pairs},
        model_files=model_files,
        keep_output=keep_output,
    )


def refuse_other_engines(kept: Iterable[RunRecord], session: Session) -> None:
    """Raise UsageError when kept blocks ran on other files of the engine: blocks of two never make one result."""
    for record in kept:
        now = session.engine_infos.get(record.job.engine)
        if (
            now
            and record.measurement
            and (record.engine.files, record.engine.name) != (now.files, now.name)
        ):
            raise UsageError(
                f"{record.campaign} was measured with {record.engine.name} {record.engine.version}, and this is "
                f"{now.name} {now.version} of other files; begin a new campaign, or go on with the files of before"
            )
