"""`ghostbench enlarge`: grow a network to a budget of multiply-adds, or of milliseconds on a device."""

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ghostbench.cli.console import note, print_json, print_table, progress
from ghostbench.cli.options import (
    AdbServerOption,
    CoolingOption,
    CoreOption,
    DeviceOption,
    JsonOption,
    RoundsOption,
    SettingsOption,
    WaitOption,
    how_to_measure,
)
from ghostbench.core.errors import UsageError
from ghostbench.core.plan import DEFAULT_ROUNDS

if TYPE_CHECKING:
    from ghostbench.core.enlarging import Candidate
    from ghostbench.workflows.enlarge import EnlargeOutcome

_UNITS = {"": 1.0, "k": 1e3, "m": 1e6, "g": 1e9}
_AMOUNT = re.compile(r"(\d+(?:\.\d+)?(?:e\d+)?)\s*([kmg]?)", re.IGNORECASE)


def enlarge(
    name: Annotated[str, typer.Argument(help="The start: a GhostNet or EfficientNet of the zoo.")],
    budget_macs: Annotated[
        str | None,
        typer.Option(metavar="MACS", help="Multiply-adds, for example 600M or 4.4G."),
    ] = None,
    budget_ms: Annotated[
        float | None, typer.Option(metavar="MS", help="Measured milliseconds on --device.")
    ] = None,
    rungs: Annotated[int, typer.Option(help="Budgets on the way, each the same factor above.")] = 5,
    score: Annotated[
        str | None,
        typer.Option(
            help="training, proxy-naswot (a proxy: no accuracy is measured), or your own as module:function. "
            "Else training where there are images, and the proxy where not."
        ),
    ] = None,
    images: Annotated[
        Path | None,
        typer.Option(help="Folder with a folder of images for each class, or CSV of file,label."),
    ] = None,
    limit: Annotated[int, typer.Option(help="Images at most, drawn by lot.")] = 2000,
    epochs: Annotated[int, typer.Option(help="Of each short training.")] = 5,
    seed: Annotated[int, typer.Option(help="Of initial weights and orders.")] = 0,
    timeout: Annotated[float, typer.Option(help="Seconds for scoring one candidate.")] = 3600.0,
    keep_as: Annotated[
        str | None, typer.Option("--name", help="What the found network is to be called.")
    ] = None,
    device: DeviceOption = "host",
    core: CoreOption = None,
    rounds: RoundsOption = DEFAULT_ROUNDS,
    adb_server: AdbServerOption = None,
    phone_settings: SettingsOption = None,
    cooling: CoolingOption = None,
    wait_s: WaitOption = 0.0,
    as_json: JsonOption = False,
) -> None:
    """Enlarge a network's stages and input step by step, the best of each budget kept.

    Ended early, the same command goes on where it was.
    """
    from ghostbench.workflows.enlarge import enlarge as search
    from ghostbench.workflows.enlarge_asked import Budget, HowToScore

    budget = Budget(macs=None if budget_macs is None else macs_of(budget_macs), ms=budget_ms)
    how = how_to_measure(
        device=device, core=core, rounds=rounds, adb_server=adb_server,
        phone_settings=phone_settings, cooling=cooling, wait_s=wait_s,
    )  # fmt: skip
    scoring = HowToScore(
        function=score, images=images, limit=limit, epochs=epochs, seed=seed, timeout_s=timeout
    )
    with progress() as shown:
        outcome = search(
            name, budget, rungs=rungs, scoring=scoring, how=how, keep_as=keep_as, progress=shown
        )
    if as_json:
        print_json(outcome)
    else:
        _print(outcome)


def macs_of(text: str) -> float:
    """A number of multiply-adds, with k, M or G after it if wanted. Raises UsageError.

    >>> macs_of("4.4G"), macs_of("600M")
    (4400000000.0, 600000000.0)
    """
    match = _AMOUNT.fullmatch(text.strip())
    if match is None:
        raise UsageError(f"multiply-adds are a number such as 600M or 4.4G, not {text!r}")
    return float(match[1]) * _UNITS[match[2].lower()]


def _print(outcome: "EnlargeOutcome") -> None:
    in_ms = outcome.unit == "ms"
    score = "proxy score" if outcome.is_proxy else "score"
    rows = [["start", "", *_cells(outcome.start, in_ms=in_ms), "", ""]]
    for rung in outcome.rungs:
        budget = f"{rung.budget:.2f} ms" if in_ms else f"{rung.budget / 1e6:.1f} M"
        cells = _cells(rung.best, in_ms=in_ms)
        rows.append([str(rung.number), budget, *cells, str(rung.candidates), rung.grown])
    columns = ["rung", "budget", "blocks", "channels", "px", "MACs (M)", "params (M)"]
    columns += [*(["ms", "95 % interval"] if in_ms else []), score, "of", "grown"]
    print_table(columns, rows)
    for remark in outcome.remarks:
        note(remark)
    if outcome.is_proxy:
        note(
            "the proxy (NASWOT, Mellor et al. 2021) looks at untrained networks; it measures no accuracy, and favours "
            "early stages and large images: docs/enlarging.md"
        )
    note(f"every candidate is kept in {outcome.folder}")
    note(
        f"found: {outcome.name}, in {outcome.spec_path}; time it with: ghostbench run {outcome.name}"
    )


def _cells(candidate: "Candidate", *, in_ms: bool) -> list[str]:
    from ghostbench.core.enlarging import dashed

    shape, timing = candidate.shape, candidate.timing
    cells = [dashed(shape.blocks), dashed(shape.channels), str(shape.input_px)]
    cells += [f"{candidate.macs / 1e6:.1f}", f"{candidate.params / 1e6:.2f}"]
    if in_ms:
        interval = timing and timing.ci95_ms
        cells.append(f"{timing.median_ms:.2f}" if timing else "-")
        cells.append(f"{interval[0]:.2f}-{interval[1]:.2f}" if interval else "-")
    return [*cells, "-" if candidate.score is None else f"{candidate.score:.3f}"]
