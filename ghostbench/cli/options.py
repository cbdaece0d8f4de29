"""The options that several commands share, and what they are together: how to measure."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ghostbench.core.errors import UsageError
from ghostbench.core.plan import (
    DEFAULT_BUDGET_S,
    DEFAULT_HALF_WIDTH_PERCENT,
    DEFAULT_ROUNDS,
    RunSettings,
    StoppingRule,
)

if TYPE_CHECKING:
    from ghostbench.workflows.measure import HowToMeasure
    from ghostbench.workflows.phone_hold import PhoneWishes

DEFAULTS = RunSettings()

# What to measure on, and how.
DeviceOption = Annotated[
    str, typer.Option(help="A phone's serial, host, simulated or simulated:SEED.")
]
PrecisionOption = Annotated[
    str, typer.Option(help="Which build of a network: fp32, fp16, dynamic, int8.")
]
CoreOption = Annotated[
    str | None,
    typer.Option(
        help="Number of the core to pin to, or prime, big, little or any. Else a phone's profile chooses; "
        "elsewhere it is a fast core, or where all are alike whichever the scheduler takes."
    ),
]
AdbServerOption = Annotated[
    str | None,
    typer.Option(
        "--adb-server",
        metavar="HOST:PORT",
        help="The adb server that knows the phone; else this machine's own.",
    ),
]
SettingsOption = Annotated[
    str | None,
    typer.Option(
        "--phone-settings",
        metavar="NAMES",
        help="What to change on a phone while it is measured, with commas between, or none; else the usual.",
    ),
]
CoolingOption = Annotated[
    bool | None,
    typer.Option(
        "--cooling/--no-cooling", help="Let a phone cool between blocks; else a real one is."
    ),
]
CoolForOption = Annotated[
    float | None,
    typer.Option(
        "--cool-for",
        metavar="SECONDS",
        min=0.0,
        help="How long to wait for a phone to cool, each time, at most.",
    ),
]
WaitOption = Annotated[
    float,
    typer.Option("--wait", metavar="SECONDS", help="How long to wait for a phone that is in use."),
]
RoundsOption = Annotated[
    int, typer.Option(help="Fresh processes for each model; an interval needs three.")
]
SeedOption = Annotated[
    int | None, typer.Option(help="Seed of the order of blocks; else one is drawn and recorded.")
]
ResumeOption = Annotated[
    bool,
    typer.Option(
        "--resume", help="Go on with the newest campaign of the same models and settings."
    ),
]
AllowOption = Annotated[
    list[str] | None,
    typer.Option(help="A condition that may differ, for example kernel; may be given again."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]

# When to stop, written plans, and trying things out dry.
FixedRoundsOption = Annotated[
    int | None,
    typer.Option(help="Fresh processes for each model, instead of measuring until it is enough."),
]
HalfWidthOption = Annotated[
    str | None,
    typer.Option(
        metavar="PERCENT",
        help="Stop when every 95 % interval is narrower than this to each side "
        f"[{DEFAULT_HALF_WIDTH_PERCENT:g}%].",
    ),
]
BudgetOption = Annotated[
    str | None,
    typer.Option(metavar="TIME", help=f"Stop after this time [{DEFAULT_BUDGET_S / 60:g}min]."),
]
RatioOption = Annotated[
    str | None,
    typer.Option(
        metavar="JOB/JOB", help="Of the ratio of these two jobs, not of each: A-fp32/B-fp32."
    ),
]
PlanOption = Annotated[
    Path | None, typer.Option("--plan", metavar="FILE", help="Run a plan written in TOML.")
]
JoinOption = Annotated[
    str | None,
    typer.Option(
        metavar="CAMPAIGN",
        help="Another session of that campaign: its plan and model files once more, on another day say.",
    ),
]
NewOption = Annotated[
    bool,
    typer.Option(
        "--new", help="Begin a new campaign, where a plan would join the one it was run as before."
    ),
]
DryRunOption = Annotated[
    bool, typer.Option("--dry-run", help="Say what would be done, and touch nothing.")
]


def how_to_measure(
    *,
    device: str,
    engine: str = "litert",
    runner: str | None = None,
    core: str | None = None,
    settings: RunSettings = DEFAULTS,
    rounds: int | None = None,
    stopping: StoppingRule | None = None,
    seed: int | None = None,
    resume: bool = False,
    purpose: str = "run",
    adb_server: str | None = None,
    phone_settings: str | None = None,
    cooling: bool | None = None,
    wait_s: float = 0.0,
    cool_for_s: float | None = None,
) -> "HowToMeasure":
    """What the options say together; what a command does not have is as usual."""
    from ghostbench.workflows.measure import HowToMeasure

    return HowToMeasure(
        device=device,
        engine=engine,
        runner=runner,
        core=core,
        settings=settings,
        rounds=DEFAULT_ROUNDS if rounds is None else rounds,
        stopping=stopping,
        order_seed=seed,
        resume=resume,
        purpose=purpose,
        phone=phone_wishes(
            adb_server, phone_settings, cooling=cooling, wait_s=wait_s, cool_for_s=cool_for_s
        ),
    )


def phone_wishes(
    adb_server: str | None,
    settings: str | None,
    *,
    cooling: bool | None,
    wait_s: float,
    cool_for_s: float | None = None,
) -> "PhoneWishes":
    """The options that only a phone has."""
    from ghostbench.workflows.phone_hold import COOL_FOR_S, PhoneWishes

    if cool_for_s is not None and cooling is False:
        raise UsageError("--cool-for goes with cooling; leave out --no-cooling")
    names = (
        None if settings is None else tuple(n for n in settings.split(",") if n not in ("", "none"))
    )
    return PhoneWishes(
        adb_server=adb_server,
        settings=names,
        cooling=True if cool_for_s is not None else cooling,
        cool_for_s=COOL_FOR_S if cool_for_s is None else cool_for_s,
        wait_s=wait_s,
    )
