"""`ghostbench devices`, `doctor` and `restore`: phones, what stands in the way of measuring, undoing a killed run."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ghostbench.cli.console import note, print_json, print_table

if TYPE_CHECKING:
    from ghostbench.workflows.devices import PhoneDetail

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
AdbServer = Annotated[
    str | None,
    typer.Option(
        "--adb-server",
        metavar="HOST:PORT",
        help="The adb server that knows the phone; this machine's own by default.",
    ),
]
Serial = Annotated[
    str, typer.Argument(help="The phone's serial, or HOST:PORT of adb over the network.")
]
# The verdicts of the doctor that come with something to do.
_GRAVEST_FIRST = ("fail", "warn", "unknown")


def devices(
    serial: Annotated[
        str | None, typer.Argument(help="Show one phone with all that is known of it.")
    ] = None,
    as_json: Json = False,
    adb_server: AdbServer = None,
) -> None:
    """List the phones that are connected and their states."""
    from ghostbench.workflows.devices import describe_phone, list_phones

    if serial is not None:
        detail = describe_phone(serial, adb_server)
        if as_json:
            print_json(detail)
        else:
            _print_detail(detail)
        return
    phones = list_phones(adb_server)
    if as_json:
        print_json(phones)
        return
    if not phones:
        from ghostbench.device.adb_server import NO_PHONE

        note(NO_PHONE)
        return
    print_table(
        ["serial", "state", "phone", "SoC", "Android", "over", "profile"],
        [
            [
                phone.serial,
                "ready" if phone.state == "device" else phone.state,
                (phone.title or "-") + (" (emulated)" if phone.emulated else ""),
                phone.soc or "-",
                phone.android or "-",
                phone.transport,
                phone.profile or "-",
            ]
            for phone in phones
        ],
        left=7,
    )
    for phone in phones:
        if phone.remedy:
            note(f"{phone.serial}: {phone.remedy}")


def doctor(
    serial: Serial,
    files: Annotated[
        list[Path] | None,
        typer.Option("--file", help="A program or library that is to run there; may be repeated."),
    ] = None,
    as_json: Json = False,
    adb_server: AdbServer = None,
) -> None:
    """Check what a good measurement on a phone needs.

    Says how to mend what is amiss; ends with 1 when a check fails.
    """
    from ghostbench.workflows.devices import check_phone

    checked = check_phone(serial, adb_server, files=files or [])
    if as_json:
        print_json(checked)
    else:
        print_table(
            ["check", "verdict", "seen"],
            [[f.name, f.verdict, f.evidence] for f in checked.findings],
            left=3,
        )
        mend = [finding for finding in checked.findings if finding.remedy]
        if mend:
            note("\nwhat to do, what fails first:")
        for finding in sorted(mend, key=lambda finding: _GRAVEST_FIRST.index(finding.verdict)):
            note(f"{finding.name}: {finding.remedy}")
    if not checked.usable:
        raise typer.Exit(1)


def restore(
    serial: Serial,
    as_json: Json = False,
    adb_server: AdbServer = None,
) -> None:
    """Undo settings that a killed run left changed."""
    from ghostbench.workflows.devices import restore_phone

    results = restore_phone(serial, adb_server)
    if as_json:
        print_json(results)
    elif not results:
        note(f"{serial}: nothing to restore")
    else:
        print_table(
            ["setting", "outcome", "before", "now", "reason"],
            [[r.name, r.outcome, r.before or "-", r.after or "-", r.reason or ""] for r in results],
            left=5,
        )
    if not all(result.done for result in results):
        raise typer.Exit(1)


def _print_detail(detail: "PhoneDetail") -> None:
    info, state = detail.info, detail.state
    emulated = f" (emulated: {info.facts.get('emulated_because')})" if info.emulated else ""
    memory = f"{info.memory_bytes / 1e9:.1f} GB" if info.memory_bytes else "-"
    core = (
        "-" if detail.default_core is None else f"{detail.default_core} ({detail.default_cluster})"
    )
    facts = {
        "phone": info.title + emulated,
        "build": info.build or "-",
        "system": f"{info.os}, kernel {info.kernel or '-'}",
        "SoC": info.facts.get("soc", "-"),
        "ABI": info.facts.get("abi", "-"),
        "pages": f"{info.page_bytes // 1024} KB" if info.page_bytes else "-",
        "memory": memory,
        "profile": detail.profile or "-",
        "default core": core,
        "thermal status": state.facts.get(
            "thermal_status", state.facts.get("thermal_missing", "-")
        ),
        "battery": f"{state.facts.get('battery_percent', '-')} %, {state.facts.get('battery_status', '-')}",
        "cannot be read": ", ".join(name for name, told in detail.can_read.items() if not told)
        or "nothing is hidden",
    }
    print_table(["what", "value"], list(map(list, facts.items())), left=2)
    typer.echo()
    print_table(
        ["core", "cluster", "max MHz", "MHz now", "capacity", "governor"],
        [
            [
                str(c.index),
                c.cluster,
                f"{c.max_mhz:.0f}" if c.max_mhz else "-",
                _number(state.core_mhz.get(str(c.index))),
                str(c.capacity or "-"),
                state.governors.get(str(c.index), "-"),
            ]
            for c in info.cores
        ],
        left=2,
    )
    typer.echo()
    print_table(
        ["sensor", "C"],
        [[name, f"{celsius:.1f}"] for name, celsius in sorted(state.temperatures_celsius.items())],
    )
    for line in detail.notes:
        note(line)
    if detail.unrestored:
        note(
            f"an earlier run left changed: {', '.join(detail.unrestored)}; "
            f"`ghostbench restore {detail.serial}` undoes that"
        )


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.0f}"
