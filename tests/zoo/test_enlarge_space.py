from dataclasses import replace

import pytest

from ghostbench.core.enlarging import Shape
from ghostbench.core.errors import UsageError
from ghostbench.core.model_spec import ModelSpec
from ghostbench.zoo.enlarge_moves import enlargements
from ghostbench.zoo.enlarge_rules import EFFICIENTNET, GHOSTNET
from ghostbench.zoo.enlarge_space import Space, space_of
from ghostbench.zoo.enlarge_spec_file import spec_toml
from ghostbench.zoo.specs import load_specs, resolve

SPECS = load_specs()
COUNTED = [
    "ghostnet-b1", "ghostnet-b4", "efficientnet-b0", "efficientnet-b1", "efficientnet-b2", "efficientnet-b4",
]  # fmt: skip


def space(name: str) -> Space:
    return space_of(resolve(name, SPECS))


@pytest.mark.parametrize("name", COUNTED)
def test_a_shape_counts_to_what_the_network_is_known_to_count(name: str) -> None:
    expected, found = SPECS[name].expected, space(name).count(space(name).start)
    assert expected is not None
    assert (found.macs, found.params) == (expected.macs, expected.params)


@pytest.mark.tensorflow
@pytest.mark.parametrize(
    "shape",
    [
        Shape(blocks=(2, 1, 3, 2, 1, 2), channels=(20, 28, 36, 84, 112, 172), input_px=72),
        Shape(blocks=(1, 3, 1, 1, 2, 1, 2), channels=(24, 16, 40, 72, 120, 96, 200), input_px=40),
    ],
    ids=["ghostnet", "efficientnet"],
)
def test_a_shape_counts_to_what_the_built_network_does(shape: Shape) -> None:
    from ghostbench.zoo.keras_counts import count_network
    from ghostbench.zoo.registry import build_network

    name = "ghostnet-1.0x" if len(shape.blocks) == 6 else "efficientnet-b0"
    built = count_network(build_network(space(name).spec(shape, "one")))
    found = space(name).count(shape)
    assert (found.macs, found.params) == (built.macs, built.params)


@pytest.mark.tensorflow
def test_the_rules_are_those_of_the_networks() -> None:
    from ghostbench.zoo.architectures import efficientnet, ghostnet_enlarged

    ours = [(r.kernel, r.stride, r.first_expansion, r.expansion) for r in GHOSTNET.stages]
    rules = ghostnet_enlarged.RULES
    assert ours == [(r.kernel, r.stride, r.first_expansion, r.expansion) for r in rules]
    stages = [(r.kernel, r.stride, r.expansion) for r in EFFICIENTNET.stages]
    assert stages == [(s.kernel, s.stride, s.expansion) for s in efficientnet.STAGES]


@pytest.mark.parametrize("name", ["ghostnet-1.0x", "efficientnet-b0"])
def test_every_enlargement_fits_its_budget_and_grows_in_its_direction_alone(name: str) -> None:
    here = space(name)
    limit = 1.3 * here.count(here.start).macs
    found = enlargements(here, here.start, lambda direction: limit)
    assert len(found) > 2 * len(here.start.blocks)
    for shape, direction in found.items():
        assert here.count(here.start).macs < here.count(shape).macs <= limit
        if direction.endswith("wider"):
            assert (shape.blocks, shape.input_px) == (here.start.blocks, here.start.input_px)
        if direction == "image finer":
            assert shape.input_px > here.start.input_px


def test_an_enlargement_uses_nearly_all_of_its_budget() -> None:
    here = space("ghostnet-1.0x")
    limit = 1.4 * here.count(here.start).macs
    for shape in enlargements(here, here.start, lambda direction: limit):
        assert here.count(shape).macs > 0.88 * limit


def test_a_direction_whose_smallest_step_does_not_fit_is_left_out() -> None:
    here = space("ghostnet-1.0x")
    assert enlargements(here, here.start, lambda direction: here.count(here.start).macs + 1) == {}


@pytest.mark.parametrize("name", ["resnet50", "mobilenetv2-1.0x", "ghostnetv2-1.0x"])
def test_a_family_without_stages_of_any_size_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match="cannot be enlarged stage by stage"):
        space(name)


def test_a_ghostnet_of_another_ratio_is_refused() -> None:
    with pytest.raises(UsageError, match="only a GhostNet with ratio=2"):
        space("ghostnet-1.0x:ratio=4")


@pytest.mark.parametrize("blocks", ["1-2-2", "1-2-2-4-2-x", "0-2-2-4-2-5", "1-2-2-4-2-99"])
def test_blocks_that_cannot_be_are_refused(blocks: str) -> None:
    spec = ModelSpec(
        name="one", title="One", family="GhostNet", architecture="ghostnet-staged", input_px=64
    )
    with pytest.raises(UsageError, match="6 whole numbers from 1 to 64 with - between them"):
        space_of(replace(spec, options={"blocks": blocks}))


def test_a_found_network_is_read_back_from_its_file(tmp_path: object) -> None:
    import tomllib

    from ghostbench.core.strict import from_plain

    here = space("ghostnet-1.0x")
    spec = here.spec(here.wider(here.start, 3), "found")
    assert from_plain(tomllib.loads(spec_toml(spec, "a remark")), ModelSpec) == spec
    assert space_of(spec).start == here.wider(here.start, 3)
