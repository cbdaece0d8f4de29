from pathlib import Path

import pytest

from ghostbench.core.errors import ConversionError
from ghostbench.report.paper_theory import ConvolutionShape, convolution_macs, ghost_macs
from ghostbench.zoo.single_layers import SingleLayer, layer_files

SHAPE = ConvolutionShape(inputs=16, outputs=24, kernel=1, out_px=14)
CONVOLUTION = SingleLayer(name="convolution", inputs=16, outputs=24, kernel=1, px=14)
GHOST = SingleLayer(name="ghost", inputs=16, outputs=24, kernel=1, px=14, ratio=2, dw_size=3)


def test_layers_that_are_there_are_not_made_again(tmp_path: Path) -> None:
    paths = [tmp_path / "convolution.keras", tmp_path / "ghost.keras"]
    for path in paths:
        path.write_bytes(b"as it was")
    assert layer_files([CONVOLUTION, GHOST], tmp_path) == paths
    assert all(path.read_bytes() == b"as it was" for path in paths)


def test_a_folder_that_cannot_be_written_to_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConversionError, match="single layers cannot be made"):
        layer_files([CONVOLUTION], tmp_path / "file")


@pytest.mark.tensorflow
def test_layers_count_to_what_theory_says_of_them() -> None:
    from ghostbench.zoo.keras_counts import count_network
    from ghostbench.zoo.single_layers_process import layer_model

    counted = count_network(layer_model(CONVOLUTION))
    assert counted.macs == convolution_macs(SHAPE)
    assert counted.params == 16 * 24 + 2 * 24
    ghost = count_network(layer_model(GHOST))
    assert ghost.macs == ghost_macs(SHAPE, ratio=2, dw_size=3)
    assert ghost.params == 16 * 12 + 12 * 9 + 2 * 24


@pytest.mark.tensorflow
def test_a_layer_becomes_a_file_in_a_process_of_its_own(tmp_path: Path) -> None:
    (made,) = layer_files([GHOST], tmp_path)
    assert made.stat().st_size > 1000
    assert [path.name for path in tmp_path.iterdir()] == ["ghost.keras"]
