from dataclasses import replace

import pytest

from ghostbench.core.errors import UnknownName, UsageError
from ghostbench.report.paper_tables import table_markdown
from ghostbench.report.papers import load_paper
from ghostbench.workflows.paper_tables import chosen_networks, chosen_parts, with_paper_tables
from ghostbench.workflows.report import write_report
from ghostbench.workflows.report_files import ReportFiles
from ghostbench.workflows.reproduce import known_papers
from ghostbench.zoo.specs import load_specs
from tests.report.samples import SIMULATED, Sample, campaign, store

NAMES = ("ghostnet-1.0x", "mobilenetv3-large-1.0x", "mobilenetv2-1.0x")
PAPER = load_paper("ghostnet-2020")


def renamed(sample: Sample, old: str, new: str) -> Sample:
    """The same campaign, in which one network bears another name."""
    results = tuple(
        replace(result, model=new) if result.model == old else result for result in sample.results
    )
    return replace(sample, results=results)


def test_all_means_every_part_and_nothing_means_none() -> None:
    assert chosen_parts(PAPER, ["all"]) == PAPER.parts()
    assert chosen_parts(PAPER, []) == ()
    assert chosen_parts(PAPER, ["modules", "ablation"]) == ("ablation", "modules")


def test_an_unknown_part_is_told_with_those_there_are() -> None:
    with pytest.raises(UnknownName, match="did you mean ablation"):
        chosen_parts(PAPER, ["ablations"])
    with pytest.raises(UsageError, match="has no parts"):
        chosen_parts(load_paper("mobilenetv3-2019"), ["ablation"])


def test_the_other_networks_of_the_comparison_come_after_those_of_every_run() -> None:
    assert chosen_networks(PAPER, []) == PAPER.networks
    assert chosen_networks(PAPER, ["fbnet-b"]) == (*PAPER.networks, "fbnet-b")
    assert chosen_networks(PAPER, ["all"]) == (*PAPER.networks, *PAPER.more_networks)
    with pytest.raises(UnknownName, match="did you mean fbnet-"):
        chosen_networks(PAPER, ["fbnet-d"])


def test_every_known_paper_says_what_it_has() -> None:
    told = {paper.name: paper for paper in known_papers()}
    assert told["ghostnet-2020"].parts == PAPER.parts()
    assert told["ghostnet-2020"].more_networks == 13
    assert "table7" in told["ghostnet-2020"].tables
    assert told["greedy-enlarging-2021"].claims == 0


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> ReportFiles:
    workspace = tmp_path_factory.mktemp("written")
    folder = store(campaign(names=NAMES, rounds=3), workspace / "results")
    return write_report(folder, workspace=workspace)


def test_a_report_writes_every_table_as_markdown_and_csv_and_shows_it(written: ReportFiles) -> None:
    names = {path.name for path in written.tables}
    assert written.page is not None
    page = written.page.read_text(encoding="utf-8")
    for table in PAPER.tables:
        assert {f"{table.name}.md", f"{table.name}.csv"} <= names
        assert f'id="paper-{table.name}"' in page


def test_timed_networks_are_counted_in_their_file_the_others_in_their_specification(
    written: ReportFiles,
) -> None:
    text = (written.folder / "tables" / "table7.md").read_text(encoding="utf-8")
    rows = {line.split(" | ")[-1]: line for line in text.splitlines() if line.startswith("| ")}
    assert "| file |" in rows["ghostnet-1.0x |"]
    assert "| specification |" in rows["ghostnet-0.5x |"]


def test_a_table_that_was_not_timed_says_how_to_time_it(written: ReportFiles) -> None:
    text = (written.folder / "tables" / "ablation.md").read_text(encoding="utf-8")
    assert "Nothing here has a time" in text
    assert "--parts ablation" in text


def test_what_was_timed_for_a_table_alone_is_no_network_of_the_comparison() -> None:
    ghost = PAPER.pairs_of(["modules"])[0].ghost
    sample = campaign(names=NAMES, rounds=3)
    for old, new in (("mobilenetv2-1.0x", ghost), ("ghostnet-1.0x", "ghost-vgg16-cifar10")):
        sample = renamed(sample, old, new)
    study = with_paper_tables(sample.study(), load_specs())
    assert [n.result.model for n in study.groups[0].networks] == ["mobilenetv3-large-1.0x"]
    ablation = next(table for table in study.tables if table.name == "ablation")
    median = [heading.column for heading in ablation.headings].index("median_ms")
    assert [row[median].value is not None for row in ablation.rows].count(True) == 1


def test_a_campaign_of_a_table_alone_still_shows_what_it_timed() -> None:
    sample = renamed(campaign(names=NAMES[:1], rounds=3), "ghostnet-1.0x", "ghost-vgg16-cifar10")
    study = with_paper_tables(sample.study(), load_specs())
    assert [n.result.model for n in study.groups[0].networks] == ["ghost-vgg16-cifar10"]


def test_a_doubtful_time_is_marked_and_its_reason_stands_below() -> None:
    sample = campaign(names=NAMES, rounds=3, cautious=("mobilenetv2-1.0x",))
    study = with_paper_tables(
        renamed(sample, "mobilenetv2-1.0x", "ghost-vgg16-cifar10").study(), load_specs()
    )
    text = table_markdown(next(table for table in study.tables if table.name == "ablation"))
    assert "!: SUSPECT, 1 of 1 timed networks" in text
    assert "stolen-time (1)" in text
    (row,) = (line for line in text.splitlines() if "ghost-vgg16-cifar10 |" in line)
    assert " ! |" in row


def test_made_up_times_are_called_so_in_every_table() -> None:
    sample = campaign(names=NAMES, rounds=3, device=SIMULATED)
    study = with_paper_tables(sample.study(), load_specs())
    assert all("SIMULATED" in table.warning for table in study.tables)


def test_a_campaign_of_no_paper_has_no_tables() -> None:
    sample = campaign(names=NAMES, rounds=3, with_paper=False)
    study = sample.study()
    assert with_paper_tables(study, load_specs()) is study
