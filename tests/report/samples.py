# ruff: noqa: E501 - a table of networks reads better with one line for each
"""Handmade campaigns. Every time in here is made up; counts and published numbers are those of the real networks."""

import hashlib
import math
import random
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from pathlib import Path

from ghostbench.core.accuracy import AccuracyResult, Preprocessing, Share
from ghostbench.core.artifact import Artifact
from ghostbench.core.device import Core, DeviceInfo, DeviceState
from ghostbench.core.model_spec import Expected, ModelSpec, PublishedRef
from ghostbench.core.plan import Block, Job, Plan, RunSettings
from ghostbench.core.profile import Figure, KindTime, ModelProfile
from ghostbench.core.record import EngineInfo, Measurement, RunRecord, SampleColumns
from ghostbench.core.result import BlockSummary, JobResult
from ghostbench.core.runner_events import End, Hello, Init, Loaded
from ghostbench.core.verdict import Reason, Severity, Verdict
from ghostbench.report.charts.pictures import Pictures, draw_pictures
from ghostbench.report.charts.profile import profile_figure
from ghostbench.report.page import report_page
from ghostbench.report.papers import Paper, load_paper
from ghostbench.report.published import read_published
from ghostbench.report.study import Group, Study, build_study
from ghostbench.store.campaign import write_plan
from ghostbench.store.records import open_records

TABLE_7 = "GhostNet CVPR2020 Table 7"
FIG_6 = "GhostNet CVPR2020 Fig 6"
FIG_7 = "GhostNet CVPR2020 Fig 7"
SLIM = "tensorflow/models research/slim/nets/mobilenet/README.md"
V1_QUOTED = "megvii-model/ShuffleNet-Series@aa91feb ShuffleNetV1/README.md (quotes"
RESNET = "GhostNet CVPR2020 ResNet-50 table"


@dataclass(frozen=True)
class Sketch:
    """One network: its counts, where it is published, and a made-up time."""

    name: str
    title: str
    family: str
    params_m: float
    macs_m: float
    made_up_ms: float
    accuracy: tuple[str, str, str]  # source, model, variant
    latency: tuple[str, str] | None = None  # model, variant of Figure 7


SKETCHES = (
    Sketch("ghostnet-0.5x", "GhostNet 0.5x", "GhostNet", 2.587, 42.33, 4.9, (TABLE_7, "GhostNet 0.5x", "0.5x")),
    Sketch("ghostnet-1.0x", "GhostNet 1.0x", "GhostNet", 5.183, 141.15, 11.0, (TABLE_7, "GhostNet 1.0x", "1.0x"), ("GhostNet", "1.0x")),
    Sketch("ghostnet-1.1x", "GhostNet 1.1x", "GhostNet", 5.856, 166.99, 12.6, (FIG_6, "GhostNet 1.1x", "1.1x"), ("GhostNet", "1.1x (164M)")),
    Sketch("ghostnet-1.2x", "GhostNet 1.2x", "GhostNet", 6.594, 197.96, 14.3, (FIG_6, "GhostNet 1.2x", "1.2x"), ("GhostNet", "1.2x (198M)")),
    Sketch("ghostnet-1.3x", "GhostNet 1.3x", "GhostNet", 7.359, 227.0, 16.0, (TABLE_7, "GhostNet 1.3x", "1.3x"), ("GhostNet", "1.3x (226M)")),
    Sketch("mobilenetv1-0.5x", "MobileNetV1 0.5x", "MobileNetV1", 1.332, 149.6, 6.4, (TABLE_7, "MobileNetV1 0.5x", "0.5x")),
    Sketch("mobilenetv1-1.0x", "MobileNetV1 1.0x", "MobileNetV1", 4.232, 568.74, 19.8, (V1_QUOTED, "MobileNetV1 1.0x", "1.0x")),
    Sketch("mobilenetv2-0.35x", "MobileNetV2 0.35x", "MobileNetV2", 1.677, 59.3, 4.6, (TABLE_7, "MobileNetV2 0.35x", "0.35x")),
    Sketch("mobilenetv2-0.6x", "MobileNetV2 0.6x", "MobileNetV2", 2.2, 141.0, 8.4, (TABLE_7, "MobileNetV2 0.6x", "0.6x")),
    Sketch("mobilenetv2-1.0x", "MobileNetV2 1.0x", "MobileNetV2", 3.505, 300.8, 14.4, (TABLE_7, "MobileNetV2 1.0x", "1.0x")),
    Sketch("mobilenetv2-1.3x", "MobileNetV2 1.3x", "MobileNetV2", 5.34, 509.0, 21.9, (FIG_6, "MobileNetV2 1.3x", "1.3x"), ("MobileNetV2", "1.3x (inferred from top-1)")),
    Sketch("mobilenetv3-small-0.75x", "MobileNetV3 Small 0.75x", "MobileNetV3", 2.042, 43.4, 3.9, (TABLE_7, "MobileNetV3 Small 0.75x", "small 0.75x")),
    Sketch("mobilenetv3-small-1.0x", "MobileNetV3 Small 1.0x", "MobileNetV3", 2.543, 56.5, 4.4, (SLIM, "MobileNetV3 small 1.0x", "small 1.0x")),
    Sketch("mobilenetv3-large-0.75x", "MobileNetV3 Large 0.75x", "MobileNetV3", 3.994, 155.1, 9.4, (TABLE_7, "MobileNetV3 Large 0.75x", "large 0.75x"), ("MobileNetV3", "large 0.75x")),
    Sketch("mobilenetv3-large-1.0x", "MobileNetV3 Large 1.0x", "MobileNetV3", 5.483, 216.6, 12.3, (TABLE_7, "MobileNetV3 Large 1.0x", "large 1.0x"), ("MobileNetV3", "large 1.0x")),
    Sketch("mobilenetv3-large-1.25x", "MobileNetV3 Large 1.25x", "MobileNetV3", 7.49, 356.4, 17.6, (FIG_6, "MobileNetV3 large 1.25x", "large 1.25x"), ("MobileNetV3", "large 1.25x")),
    Sketch("efficientnet-b0", "EfficientNet-B0", "EfficientNet", 5.289, 385.8, 25.3, (FIG_6, "EfficientNet B0", "B0")),
    Sketch("resnet50", "ResNet-50", "ResNet", 25.557, 4089.18, 112.0, (RESNET, "ResNet-50", "baseline")),
)  # fmt: skip

HOST = DeviceInfo(
    name="host",
    kind="host",
    title="Example CPU (made up)",
    machine="x86_64",
    os="Debian GNU/Linux 12",
    kernel="6.1.0",
    cores=tuple(Core(index=index, cluster="all", max_mhz=2600.0) for index in range(4)),
    memory_bytes=16_000_000_000,
    page_bytes=4096,
    virtual=True,
)
PHONE = replace(
    HOST, name="0A1B2C", kind="android", title="Example Phone", machine="aarch64", virtual=False,
    build="example/phone:16/ABC/1:user/release-keys", os="Android 16",
)  # fmt: skip
SIMULATED = replace(HOST, name="sim", kind="simulated", title="Simulated device", virtual=False)
EMULATED = replace(PHONE, name="emulator-5554", title="Virtual phone", emulated=True)
STATE = DeviceState(
    taken_at="2026-01-05T09:00:00+00:00", load_1min=0.2, governors={"0": "performance"}
)
SETTINGS = RunSettings(cpu=2)
CAUTION = "stolen-time, 2 of 5 blocks: neighbours took 3 % of the time, so it may read too long. Repeat when they are quiet."
STOLEN = Reason(
    code="stolen-time",
    severity=Severity.SUSPECT,
    evidence={"blocks": 2, "of_blocks": 5},
    text=CAUTION.partition(": ")[2],
)


def fake_hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def spec(sketch: Sketch) -> ModelSpec:
    source, model, variant = sketch.accuracy
    refs = [PublishedRef(table="accuracy", source=source, model=model, variant=variant)]
    if sketch.latency:
        model, variant = sketch.latency
        refs.append(PublishedRef(table="latency", source=FIG_7, model=model, variant=variant))
    return ModelSpec(
        name=sketch.name,
        title=sketch.title,
        family=sketch.family,
        architecture=sketch.family,
        input_px=224,
        expected=Expected(
            params=round(sketch.params_m * 1e6), macs=round(sketch.macs_m * 1e6), source="made up"
        ),
        published=tuple(refs),
    )


def artifact(sketch: Sketch, precision: str = "fp32") -> Artifact:
    bytes_per_weight = 1 if precision == "int8" else 4
    return Artifact(
        name=sketch.name,
        title=sketch.title,
        family=sketch.family,
        route="keras",
        precision=precision,
        path=Path(f"models/built/{sketch.name}-{precision}.tflite"),
        sha256=fake_hash(f"{sketch.name}-{precision}"),
        size_bytes=round(sketch.params_m * 1e6 * bytes_per_weight + 60_000),
        params=round(sketch.params_m * 1e6),
        macs=round(sketch.macs_m * 1e6),
        operators={"CONV_2D": 30, "DEPTHWISE_CONV_2D": 20},
        weights="random(seed=0)",
    )


@dataclass(frozen=True)
class Sample:
    """A whole campaign, as `build_study` takes it."""

    plan: Plan
    records: tuple[RunRecord, ...]
    results: tuple[JobResult, ...]
    artifacts: tuple[Artifact, ...]
    specs: dict[str, ModelSpec]
    paper: Paper | None

    def study(self) -> Study:
        return build_study(
            plan=self.plan,
            records=self.records,
            results=self.results,
            artifacts=self.artifacts,
            specs=self.specs,
            published=read_published(),
            paper=self.paper,
        )


def campaign(
    *,
    names: Sequence[str] | None = None,
    precisions: Sequence[str] = ("fp32",),
    device: DeviceInfo = HOST,
    rounds: int = 5,
    samples: int = 40,
    with_paper: bool = True,
    cautious: Sequence[str] = ("mobilenetv2-1.0x",),
) -> Sample:
    """A campaign of made-up times over real networks."""
    sketches = [s for s in SKETCHES if names is None or s.name in names]
    jobs = [_job(sketch, precision, device) for precision in precisions for sketch in sketches]
    rng = random.Random(20200613)
    records: list[RunRecord] = []
    for number in range(rounds):
        order = rng.sample(jobs, len(jobs))
        records += [
            _record(job, number, i, len(jobs) * number + i, device, samples, rng)
            for i, job in enumerate(order)
        ]
    return Sample(
        plan=Plan(
            campaign="2026-01-05-made-up-1",
            created_at="2026-01-05T09:00:00+00:00",
            seed=1,
            rounds=rounds,
            jobs=tuple(jobs),
            blocks=tuple(record.block for record in records),
            purpose="reproduce ghostnet-2020" if with_paper else "run",
            ghostbench="0.1.0",
        ),
        records=tuple(records),
        results=tuple(_result(job, records, job.model in cautious) for job in jobs),
        artifacts=tuple(artifact(s, precision) for precision in precisions for s in sketches),
        specs={s.name: spec(s) for s in sketches},
        paper=load_paper("ghostnet-2020") if with_paper else None,
    )


def page_of(study: Study) -> str:
    """The page, with its pictures drawn."""
    return report_page(study, draw_pictures(study))


def bare_page_of(study: Study) -> str:
    """The page with no pictures but profiles, which is made in a fraction of the time."""
    profiles = {
        network.result.record_id: profile_figure(network.profile)
        for group in study.groups
        for network in group.networks
        if network.profile
    }
    nothing = (None,) * len(study.groups)
    return report_page(study, Pictures(macs=None, latency=nothing, profiles=profiles))


def store(sample: Sample, results: Path) -> Path:
    """Keep a campaign as the store does, and say in which folder."""
    folder = results / sample.plan.campaign
    folder.mkdir(parents=True)
    write_plan(folder, sample.plan, sample.artifacts)
    with open_records(folder) as records:
        for record in sample.records:
            records.append(record)
    return folder


def _job(sketch: Sketch, precision: str, device: DeviceInfo) -> Job:
    return Job(
        job_id=f"{sketch.name}-{precision}",
        model=sketch.name,
        precision=precision,
        model_path=f"models/built/{sketch.name}-{precision}.tflite",
        model_sha256=fake_hash(f"{sketch.name}-{precision}"),
        engine="litert",
        device=device.name,
        settings=SETTINGS,
    )


def _record(
    job: Job,
    number: int,
    position: int,
    place: int,
    device: DeviceInfo,
    samples: int,
    rng: random.Random,
) -> RunRecord:
    sketch = next(s for s in SKETCHES if s.name == job.model)
    centre = sketch.made_up_ms * (0.55 if job.precision == "int8" else 1.0) * rng.gauss(1, 0.012)
    durations = tuple(
        round(centre * 1e6 * math.exp(abs(rng.gauss(0, 0.02)))) for _ in range(samples)
    )
    minute, second = divmod(place * 7, 60)
    return RunRecord(
        schema_version=1,
        record_id=f"r{place:04}",
        campaign="2026-01-05-made-up-1",
        started_at=f"2026-01-05T{9 + minute // 60:02}:{minute % 60:02}:{second:02}+00:00",
        seconds=6.5,
        attempt=1,
        block=Block(round=number, position=position, job_id=job.job_id),
        job=job,
        device=device,
        engine=EngineInfo(
            name="litert",
            version="2.3.0",
            files={"gb_runner": fake_hash("runner"), "libLiteRt.so": fake_hash("library")},
        ),
        state_before=STATE,
        state_after=STATE,
        argv=("gb_runner", "--model", job.model_path),
        measurement=_measurement(job, durations),
    )


def _measurement(job: Job, durations: tuple[int, ...]) -> Measurement:
    many = len(durations)
    every = (round(1.6 * durations[0]), *durations)
    starts = tuple(accumulate((ns + 1_000 for ns in every[:-1]), initial=0))
    return Measurement(
        hello=Hello(wire=1, runner="1", machine="x86_64", kernel="6.1.0", pid=1, argv=(), cpus_allowed=(2,), clock_overhead_ns=40),
        loaded=Loaded(library="libLiteRt.so", library_sha256=fake_hash("library"), library_bytes=1, model=job.model_path, model_sha256=job.model_sha256, model_bytes=1),
        init=Init(library_ns=1, load_ns=1, compile_ns=1, buffers_ns=1, total_ns=9_000_000, fully_accelerated=True, kernel_mode="delegate", threads_asked=1, threads_seen=1, peak_rss_bytes=1),
        tensors=(),
        samples=SampleColumns(
            phase=("first",) + ("timed",) * many, started_ns=starts,
            duration_ns=every, cpu_time_ns=(0, *durations),
            cpu_before=(2,) * (many + 1), cpu_after=(2,) * (many + 1), preemptions=(0,) * (many + 1),
        ),
        outputs=(),
        probes=(),
        end=End(warmup_steady=True, timed=many, peak_rss_bytes=48_000_000, threads_seen=1, preemptions=0, voluntary_switches=0, minor_faults=0, major_faults=0),
    )  # fmt: skip


def _result(job: Job, records: Sequence[RunRecord], cautious: bool) -> JobResult:
    mine = [record for record in records if record.job == job]
    blocks = tuple(_block_summary(record) for record in mine)
    medians = sorted(block.median_ns for block in blocks)
    durations = tuple(ns for r in mine if r.measurement for ns in r.measurement.samples.timed_ns())
    return JobResult(
        record_id=f"2026-01-05-made-up-1/{job.job_id}",
        campaign="2026-01-05-made-up-1",
        job_id=job.job_id,
        model=job.model,
        precision=job.precision,
        model_sha256=job.model_sha256,
        device=job.device,
        engine=job.engine,
        threads=1,
        samples=durations,
        blocks=blocks,
        failed_blocks=0,
        median_ns=statistics.median(medians),
        ci95_ns=(medians[0] * 0.998, medians[-1] * 1.002) if len(medians) > 2 else None,
        p95_ns=sorted(durations)[int(0.95 * len(durations))] if len(durations) > 72 else None,
        min_ns=min(durations),
        init_ns=9_000_000 + len(job.model) * 1e5,
        first_ns=medians[0] * 1.6,
        peak_rss_bytes=48_000_000 + len(job.model) * 100_000,
        cautions=(CAUTION,) if cautious else (),
        verdict=Verdict.SUSPECT if cautious else Verdict.VALID,
        reasons=(STOLEN,) if cautious else (),
    )


def _block_summary(record: RunRecord) -> BlockSummary:
    assert record.measurement is not None
    durations = record.measurement.samples.timed_ns()
    return BlockSummary(
        record_id=record.record_id, round=record.block.round, attempt=1, timed=len(durations),
        median_ns=statistics.median(durations), min_ns=min(durations), init_ns=9_000_000,
        first_ns=round(1.6 * durations[0]), peak_rss_bytes=48_000_000, cautions=(),
    )  # fmt: skip


def with_doubts(result: JobResult) -> JobResult:
    """The same with a 95th percentile that cannot be told and a block that does not count."""
    slow = Reason(code="probe-slow", severity=Severity.INVALID, text="the core was slow.")
    block = replace(result.blocks[1], verdict=Verdict.INVALID, reasons=(slow,))
    return replace(result, p95_ns=None, withheld={"p95": "too few"}, excluded=(block,))


def with_times(group: Group, factors: Mapping[str, float], *, noise: float = 0.01) -> Group:
    """The same networks with block medians of 10 ms times the factor of each, noise and slow rounds added."""
    networks = [
        replace(
            network, result=_timed(network.result, factors[network.result.model], number, noise)
        )
        for number, network in enumerate(group.networks)
    ]
    return replace(group, networks=tuple(networks))


def _timed(result: JobResult, factor: float, number: int, noise: float) -> JobResult:
    rng = random.Random(number)
    blocks = tuple(
        replace(block, median_ns=1e7 * factor * (1 + 0.2 * (block.round % 2)) * rng.gauss(1, noise))
        for block in result.blocks
    )
    return replace(result, blocks=blocks, median_ns=statistics.median(b.median_ns for b in blocks))


def accuracy_of(sha256: str, *, right: int = 3700, of: int = 5000) -> AccuracyResult:
    """A made-up measurement of accuracy."""
    percent = 100 * right / of
    return AccuracyResult(
        name="made-up", precision="fp32", model_path="made-up.tflite", model_sha256=sha256, weights="0" * 64,
        dataset="images", dataset_sha256=fake_hash("images"), label_offset=0, images=of, unreadable=(),
        preprocessing=Preprocessing(
            resize_px=256, crop_px=224, interpolation="bilinear", mean=(0, 0, 0), std=(1, 1, 1), source="made up"
        ),
        top1=Share(right=right, of=of, percent=percent, ci95_percent=(percent - 1.2, percent + 1.2)),
        top5=None, runtime="made up", ghostbench="0.1.0",
    )  # fmt: skip


def profile_of(sha256: str, device: DeviceInfo = HOST) -> ModelProfile:
    """A made-up profile of one operator."""
    figure = Figure(ns=1e6, ci95_ns=(0.9e6, 1.1e6))
    kind = KindTime(kind="CONV_2D", count=1, time=figure, share=1.0, macs=1000)
    return ModelProfile(
        model="made-up", precision="fp32", model_sha256=sha256, device=device,
        engine=EngineInfo(name="litert", version="2.3.0"), kernel_mode="delegate", threads=1, rounds=3,
        repetitions=(50, 50, 50), operators=(), kinds=(kind,), sum=figure, profiled_inference=figure, latency=figure,
        not_explained=figure, roof=None,
    )  # fmt: skip
