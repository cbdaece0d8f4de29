from pathlib import Path

import pytest

from ghostbench.core.errors import SpecError, UnknownName
from ghostbench.report.literature import published_facts
from ghostbench.report.papers import load_paper, paper_names, read_paper
from ghostbench.report.published import read_published
from ghostbench.zoo.specs import load_specs

GOOD = """
name = "p"
title = "T"
citation = "C"
identifier = "I"
networks = ["a", "b"]
figures = [{ name = "macs", title = "Figure 1", table = "accuracy", source = "S" }]
device = { title = "D", soc = "S", engine = "E", threads = 1, precision = "fp32" }
claims = [{ model = "a", against = "b", because = "x" }]
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "p.toml"
    path.write_text(text)
    return path


def test_ghostnet_can_be_reproduced() -> None:
    assert "ghostnet-2020" in paper_names()
    assert len(load_paper("ghostnet-2020").networks) == 18


def test_every_network_of_the_paper_is_in_the_zoo_with_accuracy_and_multiply_adds() -> None:
    paper, specs, published = load_paper("ghostnet-2020"), load_specs(), read_published()
    for name in paper.networks:
        facts = published_facts(specs[name], published, paper)
        assert facts.top1_percent is not None, name
        assert facts.macs is not None, name


def test_every_figure_of_the_paper_is_in_the_tables() -> None:
    published = read_published()
    for figure in load_paper("ghostnet-2020").figures:
        rows = published.accuracy if figure.table == "accuracy" else published.latency
        assert any(row.source.text.startswith(figure.source) for row in rows), figure.title


def test_both_networks_of_every_claim_have_a_published_time() -> None:
    paper, specs, published = load_paper("ghostnet-2020"), load_specs(), read_published()
    for claim in paper.claims:
        for name in (claim.model, claim.against):
            assert published_facts(specs[name], published, paper).rows.latency, name


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
    ],
)
def test_a_wrong_paper_file_is_refused_with_the_reason(
    tmp_path: Path, old: str, new: str, told: str
) -> None:
    with pytest.raises(SpecError, match=told):
        read_paper(written(tmp_path, GOOD.replace(old, new, 1)))
