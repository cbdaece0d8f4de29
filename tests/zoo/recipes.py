"""Recipes and specs for tests, so small that building them takes no time."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from ghostbench.core.artifact import Artifact
from ghostbench.core.model_spec import Expected, ModelSpec
from ghostbench.zoo.recipe import CalibrationSource, Recipe, WeightsSource

TINY = ModelSpec(
    name="tiny",
    title="Tiny",
    family="Tiny",
    architecture="mobilenetv1",
    input_px=32,
    classes=10,
    options={"width": 0.25},
)


def recipe(**changes: Any) -> Recipe:
    """A recipe for the tiny network, changed as asked; fields of the spec go to the spec."""
    spec_fields = {k: v for k, v in changes.items() if k in ModelSpec.__dataclass_fields__}
    rest = {k: v for k, v in changes.items() if k not in spec_fields}
    base = Recipe(
        spec=replace(TINY, **spec_fields),
        precision="fp32",
        route="keras",
        weights=WeightsSource(seed=0),
        tools={"keras": "3"},
        sources_sha256="s",
    )
    return replace(base, **rest)


def expecting(params: int = 1, macs: int = 1, tolerance_percent: float = 0.0) -> Expected:
    """Expected counts."""
    return Expected(params=params, macs=macs, source="test", tolerance_percent=tolerance_percent)


def images(seed: int = 0) -> CalibrationSource:
    """Some synthetic images: with fewer, int8 is too coarse for the gate."""
    return CalibrationSource(count=24, seed=seed)


def artifact_at(path: Path, content: bytes, **changes: Any) -> Artifact:
    """An artifact of a file that is written here, as a build would leave it before it is published."""
    import hashlib

    path.write_bytes(content)
    base = Artifact(
        name="tiny",
        title="Tiny",
        family="Tiny",
        route="keras",
        precision="fp32",
        path=path,
        sha256=hashlib.sha256(content).hexdigest(),
        size_bytes=len(content),
        params=1,
        macs=1,
        operators={"CONV_2D": 1},
        weights="random(seed=0)",
    )
    return replace(base, **changes)
