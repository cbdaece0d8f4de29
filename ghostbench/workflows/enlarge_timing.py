"""Candidates built and timed on a device, in interleaved rounds; every sample is kept in the search's folder."""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from ghostbench.core.artifact import Artifact
from ghostbench.core.enlarging import Timing
from ghostbench.core.folders import results_folder
from ghostbench.core.model_spec import ModelSpec
from ghostbench.core.progress import Progress
from ghostbench.core.result import NS_PER_MS
from ghostbench.core.strict import to_plain
from ghostbench.workflows.enlarge_latency import Untimed
from ghostbench.workflows.measure import Bench, HowToMeasure, MeasureOutcome, measure, open_bench


def conditions_of(how: HowToMeasure) -> str:
    """What decides on a time, as text."""
    parts = {
        "device": how.device, "engine": how.engine, "runner": how.runner, "core": how.core,
        "settings": to_plain(how.settings), "rounds": how.rounds,
    }  # fmt: skip
    return json.dumps(parts, sort_keys=True)


class OnDevice:
    """Times networks on the device that was asked for."""

    def __init__(self, how: HowToMeasure, folder: Path, progress: Progress) -> None:
        # The search's folder is a workspace of its own: candidates are no networks of the user.
        self._how = replace(how, workspace=folder, purpose="enlarge")
        self._folder, self._progress = folder, progress
        self._bench: Bench = open_bench(self._how, progress)

    def __call__(self, specs: Mapping[str, ModelSpec]) -> dict[str, Timing | Untimed]:
        """By name, the time of each, or why there is none."""
        artifacts, found = self._build(specs)
        if artifacts:
            how = replace(self._how, resume=was_ended_early(self._folder))
            outcome = measure(artifacts, replace(self._bench, how=how), self._progress)
            found |= _times(outcome)
            for failure in outcome.failures:
                told = "; ".join(failure.reasons) or "no block of it was measured"
                found[failure.model] = Untimed(reason=told, lasting=False)
        for artifact in artifacts:  # large, and made again in seconds
            artifact.path.unlink(missing_ok=True)
            artifact.path.with_suffix(".json").unlink(missing_ok=True)
        return found

    def _build(
        self, specs: Mapping[str, ModelSpec]
    ) -> tuple[list[Artifact], dict[str, Timing | Untimed]]:
        from ghostbench.workflows.convert import convert
        from ghostbench.zoo.enlarge_spec_file import spec_toml

        models = self._folder / "models"
        models.mkdir(parents=True, exist_ok=True)
        for name, spec in specs.items():
            text = spec_toml(spec, "a candidate of ghostbench enlarge")
            (models / f"{name}.toml").write_text(text, encoding="utf-8")
        outcome = convert([*specs], workspace=self._folder, progress=self._progress)
        return list(outcome.artifacts), {
            failure.name: Untimed(reason=failure.error, lasting=True)
            for failure in outcome.failures
        }


def was_ended_early(workspace: Path) -> bool:
    """Whether the newest campaign was being measured when the search ended. A complete one is not taken again."""
    from ghostbench.store.campaign import campaign_folders
    from ghostbench.store.seal import is_sealed

    newest = max(
        campaign_folders(results_folder(workspace)), key=lambda f: f.stat().st_mtime, default=None
    )
    return newest is not None and not is_sealed(newest)


def _times(outcome: MeasureOutcome) -> dict[str, Timing | Untimed]:
    return {
        result.model: Timing(
            median_ms=result.median_ns / NS_PER_MS,
            ci95_ms=result.ci95_ns
            and (result.ci95_ns[0] / NS_PER_MS, result.ci95_ns[1] / NS_PER_MS),
            campaign=outcome.folder.name,
        )
        for result in outcome.results
    }
