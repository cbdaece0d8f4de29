"""One operator in one form, and many of them side by side in one graph."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.graph.build import OperatorPlan, TensorPlan, model, subgraph, tensor

SHAPE = (1, 4, 4, 8)


@dataclass(frozen=True, kw_only=True)
class Case:
    """One operator with its tensors: what it reads, then what it makes."""

    label: str
    kind: str
    tensors: tuple[TensorPlan, ...]
    made: int = 1
    options: dict[str, Any] = field(default_factory=dict)
    version: int = 1


def combined(chosen: Sequence[Case]) -> bytes:
    """All of them side by side in one graph, none reading what another makes."""
    tensors: list[TensorPlan] = []
    steps: list[OperatorPlan] = []
    inputs: list[int] = []
    outputs: list[int] = []
    for case in chosen:
        first, read = len(tensors), len(case.tensors) - case.made
        tensors.extend(case.tensors)
        reads = range(first, first + read)
        makes = range(first + read, first + len(case.tensors))
        steps.append(
            OperatorPlan(
                kind=case.kind,
                inputs=tuple(reads),
                outputs=tuple(makes),
                options=dict(case.options),
                version=case.version,
            )
        )
        inputs.extend(i for i in reads if tensors[i].data is None)
        outputs.extend(makes)
    return model(subgraph(tensors, steps, inputs, outputs))


def case_of(
    label: str,
    kind: str,
    *tensors: TensorPlan,
    made: int = 1,
    table: str = "",
    version: int = 1,
    **options: Any,
) -> Case:
    if table:
        options["table"] = table
    return Case(
        label=f"{kind} {label}",
        kind=kind,
        tensors=tensors,
        made=made,
        options=options,
        version=version,
    )


def of(dtype: str, shape: tuple[int, ...] = SHAPE) -> TensorPlan:
    scales = (0.25,) if dtype in ("int8", "uint8", "int16") else ()
    return tensor(*shape, dtype=dtype, scales=scales)
