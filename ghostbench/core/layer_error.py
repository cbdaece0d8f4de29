"""How far each layer of a quantised file is from the same layer in floats."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerError:
    """One operator that both files have.

    The ratio is that of the squares of the float numbers to those of the differences, over all inputs: 20 dB are a
    tenth of difference, 40 dB a hundredth. Differences add up from the first layer on, so `lost_db` says which layers
    make them: by how much the ratio is below that of the worst input of the operator.
    """

    index: int  # of the operator in the quantised file
    reference_index: int  # in the other
    kind: str
    name: str  # of what it makes
    shape: tuple[int, ...]
    snr_db: float | None  # None where nothing differs
    lost_db: float | None  # None where an input, or the result, does not differ
    in_floats: bool  # it computes in floats in the quantised file too


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerErrors:
    """All layers of a quantised file, the worst first."""

    file: str
    sha256: str
    against: str
    against_sha256: str
    inputs: str  # on what, in words
    count: int  # inputs
    input_snr_db: float | None  # of what the network is given; None where it is the same
    output_snr_db: tuple[float | None, ...]  # of what it gives, one for each output
    layers: tuple[LayerError, ...]
    unpaired: tuple[str, ...] = ()  # operators of the quantised file that the other has not
    float_layers: tuple[str, ...] = ()  # see `core.artifact.Quantization`
