from pathlib import Path

import pytest

from ghostbench.core.errors import SpecError, UnknownName
from ghostbench.report.literature import published_facts
from ghostbench.report.papers import load_paper, paper_names, read_paper
from ghostbench.report.published import read_published
from ghostbench.zoo.specs import load_specs, resolve

GOOD = """
name = "p"
title = "T"
citation = "C"
identifier = "I"
networks = ["a", "b"]
figures = [{ name = "macs", title = "Figure 1", table = "accuracy", source = "S" }]
device = { title = "D", soc = "S", engine = "E", threads = 1, precision = "fp32" }
claims = [{ model = "a", against = "b", because = "x" }]
more_networks = ["c"]
tables = [
  { name = "t", part = "q", title = "T", kind = "accuracy", rows = ["S"] },
  { name = "m", part = "all-layers", title = "M", kind = "modules", pairs = [
    { of = "x", inputs = 8, outputs = 8, kernel = 1, px = 7 },
  ] },
]
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "p.toml"
    path.write_text(text)
    return path


def test_ghostnet_can_be_reproduced() -> None:
    assert "ghostnet-2020" in paper_names()
    assert len(load_paper("ghostnet-2020").networks) == 18


def test_all_four_papers_are_known() -> None:
    assert paper_names() == [
        "ghostnet-2020", "ghostnetv2-2022", "greedy-enlarging-2021", "mobilenetv3-2019",
    ]  # fmt: skip


@pytest.mark.parametrize("name", paper_names())
def test_every_network_of_a_paper_is_in_the_zoo_with_a_published_accuracy(name: str) -> None:
    paper, specs, published = load_paper(name), load_specs(), read_published()
    for network in (*paper.networks, *paper.more_networks):
        facts = published_facts(specs[network], published, paper)
        assert facts.top1_percent is not None, network


def test_every_network_of_ghostnets_comparison_has_published_multiply_adds() -> None:
    paper, specs, published = load_paper("ghostnet-2020"), load_specs(), read_published()
    for name in (*paper.networks, *paper.more_networks):
        assert published_facts(specs[name], published, paper).macs is not None, name


@pytest.mark.parametrize("name", paper_names())
def test_every_figure_of_a_paper_is_in_the_tables(name: str) -> None:
    published = read_published()
    for figure in load_paper(name).figures:
        rows = published.accuracy if figure.table == "accuracy" else published.latency
        assert any(row.source.text.startswith(figure.source) for row in rows), figure.title


@pytest.mark.parametrize("name", paper_names())
def test_both_networks_of_every_claim_have_a_time_in_the_papers_own_figure(name: str) -> None:
    paper, specs, published = load_paper(name), load_specs(), read_published()
    sources = tuple(figure.source for figure in paper.figures_of("latency"))
    for claim in paper.claims:
        for network in (claim.model, claim.against):
            rows = published_facts(specs[network], published, paper).rows.latency
            assert [r for r in rows if r.source.text.startswith(sources)], network


def test_the_curves_of_two_papers_are_not_mixed() -> None:
    specs, published = load_specs(), read_published()
    first = {
        name: published_facts(
            specs["mobilenetv3-large-1.0x"], published, load_paper(name)
        ).rows.latency[0]
        for name in ("ghostnet-2020", "ghostnetv2-2022", "mobilenetv3-2019")
    }
    assert [row.latency_ms for row in first.values()] == [46.4, 51.3, 51.0]
    assert first["mobilenetv3-2019"].device == "Pixel 1"


def test_the_mobilenetv3_figure_holds_one_phone_and_one_precision() -> None:
    (figure,) = load_paper("mobilenetv3-2019").figures_of("latency")
    rows = [row for row in read_published().latency if row.source.text.startswith(figure.source)]
    assert {(row.device, row.precision) for row in rows} == {("Pixel 1", "fp32")}


def test_the_claims_of_mobilenetv3_say_what_its_table_says() -> None:
    paper, specs, published = load_paper("mobilenetv3-2019"), load_specs(), read_published()

    def told(name: str) -> tuple[float, float]:
        facts = published_facts(specs[name], published, paper)
        ms = facts.rows.latency[0].latency_ms
        assert ms is not None
        assert facts.top1_percent is not None
        return facts.top1_percent, ms

    large, small, v2, narrow = map(
        told,
        (
            "mobilenetv3-large-1.0x",
            "mobilenetv3-small-1.0x",
            "mobilenetv2-1.0x",
            "mobilenetv2-0.35x",
        ),
    )
    assert large[0] - v2[0] == pytest.approx(3.2)
    assert 1 - large[1] / v2[1] == pytest.approx(0.20, abs=0.005)
    assert small[0] - narrow[0] == pytest.approx(6.6)


@pytest.mark.parametrize("name", paper_names())
def test_every_network_of_every_table_is_in_the_zoo(name: str) -> None:
    specs = load_specs()
    for table in load_paper(name).tables:
        named = (*table.networks.values(), *table.backbones.values(), *table.baselines.values())
        for network in (*named, *table.timed):
            resolve(network, specs)


def test_what_a_part_times_is_what_every_run_does_not() -> None:
    paper = load_paper("ghostnet-2020")
    assert paper.parts() == ("compression", "ablation", "detection", "modules", "enlarged")
    assert "resnet50" not in paper.timed_by(["compression"])
    assert set(paper.timed_by(["compression"])) >= {"ghost-resnet50-s2", "ghost-resnet56-cifar10"}
    assert paper.timed_by([]) == ()
    assert paper.pairs_of(["modules"])[0].name == "layer-1x1-16-16-112px"


def test_an_unknown_paper_is_told_with_the_nearest_known_one() -> None:
    with pytest.raises(UnknownName, match="did you mean ghostnet-2020"):
        load_paper("ghostnet-2021")


def test_a_good_paper_file_is_read(tmp_path: Path) -> None:
    assert read_paper(written(tmp_path, GOOD)).networks == ("a", "b")


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('name = "p"', 'name = "q"', "the name is 'q', but the file is called p.toml"),
        ('["a", "b"]', '["a", "b", "a"]', "listed twice: a"),
        ('against = "b"', 'against = "c"', "a claim names 'c', which is not in networks"),
        ('table = "accuracy"', 'table = "energy"', "figure 'macs' names table 'energy'"),
        ("threads = 1", 'threads = "one"', "Expected `int`"),
        ('title = "T"', 'tilte = "T"', "unknown field 'tilte'"),
        ('title = "T"', "title = ", "Invalid value"),
        ('more_networks = ["c"]', 'more_networks = ["b"]', "listed twice: b"),
        ('kind = "accuracy"', 'kind = "energy"', "table 't' is of kind 'energy'"),
        ('name = "m"', 'name = "t"', "table 't' is there twice"),
        ('name = "t"', 'name = "../t"', "name that cannot be that of its files"),
        ('name = "t"', 'name = "networks"', "name that cannot be that of its files"),
        ('part = "q"', 'part = "all"', "part called 'all'"),
        ('rows = ["S"]', "rows = []", "table 't' has no rows"),
        ("inputs = 8", "inputs = 0", "a layer that cannot be"),
        ("inputs = 8", "inputs = 8, ratio = 1", "a layer that cannot be"),
        ("inputs = 8", "inputs = 8, dw_size = 4", "a layer that cannot be"),
        ('kind = "modules"', 'knid = "modules"', "unknown field 'knid'"),
    ],
)
def test_a_wrong_paper_file_is_refused_with_the_reason(
    tmp_path: Path, old: str, new: str, told: str
) -> None:
    with pytest.raises(SpecError, match=told):
        read_paper(written(tmp_path, GOOD.replace(old, new, 1)))
