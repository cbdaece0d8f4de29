"""Model files, engines and devices to jobs with readable names."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import product

from ghostbench.core.artifact import Artifact, quantization_label
from ghostbench.core.plan import Job, RunSettings


def make_jobs(
    artifacts: Iterable[Artifact],
    *,
    engines: Sequence[str],
    devices: Sequence[str],
    settings: Mapping[str, RunSettings],
) -> tuple[Job, ...]:
    """Every model file on every engine on every device; `settings` by device, since each pins its own core.

    A job is named by what tells it from the others: always by model and precision, by the rest where that differs.
    """
    wanted = list(product(artifacts, engines, devices))
    names = _names([_parts(artifact, engine, device) for artifact, engine, device in wanted])
    return tuple(
        Job(
            job_id=name,
            model=artifact.name,
            precision=artifact.precision,
            model_path=str(artifact.path),
            model_sha256=artifact.sha256,
            engine=engine,
            device=device,
            settings=settings[device],
            quantization=quantization_label(artifact),
        )
        for name, (artifact, engine, device) in zip(names, wanted, strict=True)
    )


def _parts(artifact: Artifact, engine: str, device: str) -> tuple[str, ...]:
    precision = artifact.precision.replace(" ", "-")
    return (artifact.name, precision, artifact.route, engine, device, artifact.sha256[:8])


def _names(parts: Sequence[tuple[str, ...]]) -> list[str]:
    """Join the first two parts, and of the others as few as make all names differ, in their order.

    >>> _names([("a", "fp32", "keras", "x"), ("a", "fp32", "onnx", "x"), ("b", "int8", "keras", "x")])
    ['a-fp32-keras', 'a-fp32-onnx', 'b-int8-keras']
    """
    chosen = [0, 1]
    for place in range(2, len(parts[0]) if parts else 2):
        if len({tuple(p[i] for i in chosen) for p in parts}) == len(parts):
            break
        if len({p[place] for p in parts}) > 1:
            chosen.append(place)
    return ["-".join(p[i] for i in chosen) for p in parts]
