"""A search is opened: what cannot be is refused, what is known from before is found, the scoring process started."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from ghostbench.core.enlarging import SearchIdentity
from ghostbench.core.errors import UsageError
from ghostbench.core.folders import results_folder
from ghostbench.core.progress import Progress
from ghostbench.core.strict import to_plain
from ghostbench.workflows.enlarge_asked import FOLDER, Budget, HowToScore, Search

if TYPE_CHECKING:
    from ghostbench.core.model_spec import ModelSpec
    from ghostbench.workflows.measure import HowToMeasure
    from ghostbench.zoo.enlarge_messages import ScoringSetup
    from ghostbench.zoo.enlarge_space import Space


@contextmanager
def open_search(
    name: str,
    budget: Budget,
    scoring: HowToScore,
    how: "HowToMeasure | None",
    workspace: Path | None,
    progress: Progress,
) -> Iterator[Search]:
    """Everything a search needs; what cannot be is refused here, before any work."""
    from ghostbench.store.candidates import CandidateLedger, folder_name
    from ghostbench.workflows.enlarge_images import scoring_setup
    from ghostbench.workflows.enlarge_latency import Stopwatch
    from ghostbench.workflows.enlarge_timing import OnDevice
    from ghostbench.workflows.measure import HowToMeasure
    from ghostbench.zoo.capacity import usable_cores
    from ghostbench.zoo.enlarge_process import COMMAND, ScoringProcess
    from ghostbench.zoo.enlarge_space import space_of
    from ghostbench.zoo.specs import load_specs, resolve

    spec = resolve(name, load_specs(workspace))
    space = space_of(spec)
    start_macs = space.count(space.start).macs
    _refuse_too_little(budget, start_macs)
    setup, images_sha256 = scoring_setup(scoring, space.base.classes)
    measuring = (how or HowToMeasure()) if budget.ms is not None else None
    identity = _identity(space, setup, images_sha256, measuring)
    folder = (
        results_folder(workspace) / FOLDER / f"{space.base.architecture}-{folder_name(identity)}"
    )
    ledger = CandidateLedger(folder, identity)
    if ledger.found_on_opening:
        progress.say(f"{ledger.found_on_opening} candidates are known from before; going on")
    process = ScoringProcess(
        setup,
        threads=usable_cores(),
        timeout_s=scoring.timeout_s,
        command=scoring.command or COMMAND,
    )
    with process:
        process.check()
        stopwatch = (
            Stopwatch(space, ledger, OnDevice(measuring, folder, progress), progress)
            if measuring
            else None
        )
        yield Search(
            space=space, folder=folder, function=setup.function, ledger=ledger, progress=progress,
            setup=setup, process=process, stopwatch=stopwatch,
            differs=_how_it_differs(spec, space, start_macs),
        )  # fmt: skip


def _refuse_too_little(budget: Budget, start_macs: int) -> None:
    if budget.macs is not None and budget.macs <= start_macs:
        raise UsageError(
            f"the budget of {budget.told()} is not above the start network's {budget.told(start_macs)}; "
            "give a larger one"
        )


def _identity(
    space: "Space", setup: "ScoringSetup", images_sha256: str, measuring: "HowToMeasure | None"
) -> SearchIdentity:
    """All that makes a score or a time another one."""
    from ghostbench.workflows.enlarge_timing import conditions_of
    from ghostbench.zoo.provenance import tool_versions

    return SearchIdentity(
        architecture=space.base.architecture,
        options=_canonical(dict(space.base.options)),
        classes=setup.classes,
        score=setup.function,
        seed=setup.seed,
        epochs=setup.epochs,
        images_sha256=images_sha256,
        device="" if measuring is None else conditions_of(measuring),
        tools=_canonical(tool_versions()),
    )


def _how_it_differs(spec: "ModelSpec", space: "Space", start_macs: int) -> str:
    """In what the start of the search is not the network that was named; empty when it is."""
    if not spec.expected or spec.expected.macs == start_macs:
        return space.remark
    ends = f"it counts {start_macs / 1e6:.2f} M multiply-adds, {spec.name} itself {spec.expected.macs / 1e6:.2f} M"
    return (
        f"{space.remark}; {ends}" if space.remark else f"the start is not quite {spec.name}: {ends}"
    )


def _canonical(value: object) -> str:
    return json.dumps(to_plain(value), sort_keys=True)
