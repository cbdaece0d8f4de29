"""The errors of the layers of a quantised file in words and as a table."""

from collections.abc import Iterator, Sequence

from ghostbench.core.layer_error import LayerError, LayerErrors
from ghostbench.report.quantities import UNKNOWN, counted

LAYER_COLUMNS = ("layer", "makes", "shape", "SNR dB", "lost dB", "data")
MOST_LAYERS = 25  # `--json` has all
_LONGEST_NAME = 40
_CAUSES = 3


def error_lines(errors: LayerErrors) -> Iterator[str]:
    """The answer first: what comes out, then where most of it is lost."""
    outputs = ", ".join(_ratio(snr) for snr in errors.output_snr_db)
    yield (
        f"What {errors.file} gives differs from {errors.against}: {outputs} signal-to-noise, on {errors.inputs}."
    )
    causes = sorted(
        (one for one in errors.layers if one.lost_db is not None and one.lost_db > 0),
        key=lambda one: -(one.lost_db or 0.0),
    )
    if causes:
        listed = ", ".join(
            f"{one.index} {one.kind} ({one.lost_db:.1f} dB)" for one in causes[:_CAUSES]
        )
        yield f"Most is lost in {listed}."
    if errors.input_snr_db is not None:
        yield f"The input itself, in whole numbers: {_ratio(errors.input_snr_db)}."
    if errors.float_layers:
        listed = ", ".join(_layer(layer) for layer in errors.float_layers)
        yield f"{counted(len(errors.float_layers), 'operator')} in floats: {listed}."
    else:
        yield "No operator stays in floats."
    if errors.unpaired:
        listed = ", ".join(_layer(layer) for layer in errors.unpaired)
        yield f"Without a counterpart, so not compared: {listed}."


def layer_rows(layers: Sequence[LayerError]) -> list[list[str]]:
    """One row for each layer, in the order given."""
    return [
        [
            f"{one.index} {one.kind}",
            _short(one.name),
            "x".join(map(str, one.shape)),
            UNKNOWN if one.snr_db is None else f"{one.snr_db:.1f}",
            UNKNOWN if one.lost_db is None else f"{one.lost_db:.1f}",
            "floats" if one.in_floats else "whole numbers",
        ]
        for one in layers
    ]


def _ratio(snr_db: float | None) -> str:
    return "no difference" if snr_db is None else f"{snr_db:.1f} dB"


def _layer(told: str) -> str:
    """Index, kind and the name of what it makes, the last one shortened."""
    index, kind, *name = told.split(" ", 2)
    return " ".join([index, kind, *map(_short, name)])


def _short(name: str) -> str:
    if len(name) <= _LONGEST_NAME:
        return name
    half = (_LONGEST_NAME - 3) // 2
    return f"{name[:half]}...{name[-half:]}"
