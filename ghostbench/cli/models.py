"""`ghostbench models`: the zoo."""

from typing import Annotated

import typer

from ghostbench.cli.console import note, print_json, print_table


def models(
    name: Annotated[
        str | None, typer.Argument(help="Show one network with all that is published of it.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List the networks and what is published of them."""
    from ghostbench.workflows.models import list_models

    listed = list_models(name)
    if as_json:
        print_json(listed)
        return
    print_table(
        ["network", "family", "px", "params", "MACs", "top-1 %", "top-5 %", "phone ms"],
        [
            [m.name, m.family, str(m.input_px), _millions(m.params, 2), _millions(m.macs, 1)]
            + [
                _number(m.headline.get(key))
                for key in ("top1_percent", "top5_percent", "latency_ms")
            ]
            for m in listed
        ],
        left=2,
    )
    if name is None:
        note(
            "params and MACs in millions; accuracy and latency as published (`--json` names every source)"
        )
        return
    for row in listed[0].published:
        facts = ", ".join(
            f"{key} {value}" for key, value in row.items() if key != "source" and value is not None
        )
        note(f"published: {facts}\n  {row['source']}")


def _millions(count: int | None, digits: int) -> str:
    return "-" if count is None else f"{count / 1e6:.{digits}f}"


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:g}"
