"""How far each layer of a quantised file is from the same layer in floats: two files and some images to a table."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from ghostbench.core.errors import UsageError
from ghostbench.core.layer_error import LayerError, LayerErrors
from ghostbench.workflows.layer_inputs import ErrorInputs, find_inputs

if TYPE_CHECKING:
    from ghostbench.engine.tensor_values import Reals, TensorValues
    from ghostbench.graph.layer_pairs import LayerPair
    from ghostbench.graph.parts import Graph
    from ghostbench.zoo.calibration import Pixels


def layer_errors(path: Path, against: Path, inputs: ErrorInputs | None = None) -> LayerErrors:
    """Run a quantised file and the one in floats on the same inputs, and compare what their layers make.

    The two may be named in either order. Raises ModelFileError for a file that cannot be read or run, and UsageError
    for two that have no layers in common.
    """
    from ghostbench.engine.tensor_values import TensorValues
    from ghostbench.graph.layer_pairs import pair_layers
    from ghostbench.graph.quantization import quantization_of
    from ghostbench.graph.reader import read_graph

    graph, reference = read_graph(path), read_graph(against)
    if quantization_of(graph) is None and quantization_of(reference) is not None:
        path, against, graph, reference = against, path, reference, graph
    paired = pair_layers(graph, reference)
    if not paired.layers:
        raise UsageError(f"{path} and {against} have no layers in common that could be compared")
    values, floats = TensorValues(path), TensorValues(against)
    if values.input_shape != floats.input_shape:
        raise UsageError(f"{path} and {against} take inputs of different shapes")
    found = find_inputs(path, graph, values, inputs or ErrorInputs())
    ends = _ends(graph, reference)
    sums = _sums(paired.layers, ends, values, floats, found.content)
    quantization = quantization_of(graph)
    return LayerErrors(
        file=str(path),
        sha256=graph.sha256,
        against=str(against),
        against_sha256=reference.sha256,
        inputs=found.told,
        count=sums.runs,
        input_snr_db=sums.snr_db(graph.main.inputs[0]),
        output_snr_db=tuple(map(sums.snr_db, graph.main.outputs)),
        layers=tuple(sorted((_error(pair, sums) for pair in paired.layers), key=_worst_first)),
        unpaired=paired.unpaired,
        float_layers=quantization.float_layers if quantization else (),
    )


@dataclass(slots=True)
class _Sums:
    """Sums of squares of the float numbers and of the differences, by tensor of the quantised file."""

    runs: int = 0
    signal: dict[int, float] = field(default_factory=lambda: defaultdict(float))
    noise: dict[int, float] = field(default_factory=lambda: defaultdict(float))

    def add(self, tensor: int, real: "Reals", reference: "Reals") -> None:
        """Count one inference."""
        self.signal[tensor] += float((reference**2).sum())
        self.noise[tensor] += float(((real - reference) ** 2).sum())

    def snr_db(self, tensor: int) -> float | None:
        """None where nothing differs, or nothing is known."""
        from ghostbench.stats.decibels import decibels

        if tensor not in self.noise:
            return None
        return decibels(self.signal[tensor], self.noise[tensor])


def _ends(graph: "Graph", reference: "Graph") -> Mapping[int, int]:
    """Inputs and outputs of the quantised file to those of the other, by their order."""
    sides = (
        (graph.main.inputs, reference.main.inputs),
        (graph.main.outputs, reference.main.outputs),
    )
    return {
        one: other
        for of_file, of_reference in sides
        for one, other in zip(of_file, of_reference, strict=False)
        if graph.main.tensors[one].shape == reference.main.tensors[other].shape
    }


def _sums(
    layers: "Sequence[LayerPair]",
    ends: Mapping[int, int],
    values: "TensorValues",
    floats: "TensorValues",
    content: "Iterator[Pixels]",
) -> _Sums:
    compared = {**ends, **{pair.tensor: pair.reference_tensor for pair in layers}}
    sums = _Sums()
    for image in content:
        values.run(image)
        floats.run(image)
        sums.runs += 1
        for tensor, reference in compared.items():
            sums.add(tensor, values.real(tensor), floats.real(reference))
    return sums


def _error(pair: "LayerPair", sums: _Sums) -> LayerError:
    snr = sums.snr_db(pair.tensor)
    before = [told for source in pair.sources if (told := sums.snr_db(source)) is not None]
    return LayerError(
        index=pair.index,
        reference_index=pair.reference_index,
        kind=pair.kind,
        name=pair.name,
        shape=pair.shape,
        snr_db=snr,
        lost_db=min(before) - snr if before and snr is not None else None,
        in_floats=pair.in_floats,
    )


def _worst_first(error: LayerError) -> tuple[float, int]:
    return (float("inf") if error.snr_db is None else error.snr_db), error.index
