import csv
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ghostbench import load_results
from ghostbench.core.errors import StoreError, UnknownName, UsageError
from ghostbench.core.strict import to_json
from ghostbench.report.charts.points import points_from_frame
from ghostbench.report.claims import judge_claims
from ghostbench.report.papers import load_paper
from ghostbench.workflows.report import (
    joint_report,
    load_joint_study,
    load_study,
    with_published,
    write_report,
)
from ghostbench.workflows.report_files import ReportFiles
from tests.report.samples import (
    HOST,
    accuracy_of,
    bare_page_of,
    campaign,
    profile_of,
    store,
)

NAMES = ("ghostnet-1.0x", "mobilenetv3-large-1.0x", "mobilenetv3-large-0.75x")


@pytest.fixture
def stored(tmp_path: Path) -> Path:
    return store(campaign(names=NAMES, rounds=3), tmp_path / "results")


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> ReportFiles:
    workspace = tmp_path_factory.mktemp("written")
    folder = store(campaign(names=NAMES, rounds=3), workspace / "results")
    return write_report(folder, workspace=workspace)


def contents(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_a_stored_campaign_becomes_a_page_tables_and_figures(written: ReportFiles) -> None:
    assert [str(path.relative_to(written.folder)) for path in written.paths()] == [
        "report.html",
        "tables/networks.csv",
        "tables/networks.md",
        "tables/claims.csv",
        *(
            f"tables/{table.name}.{ending}"
            for table in load_paper("ghostnet-2020").tables
            for ending in ("csv", "md")
        ),
        "figures/flops.png",
        "figures/flops.svg",
        "figures/latency.png",
        "figures/latency.svg",
        "figures/ablation-cost.png",
        "figures/ablation-cost.svg",
    ]
    for path in written.paths():
        assert path.stat().st_size
        assert path.name in written.told()


def test_the_report_uses_what_models_and_published_tables_really_say(written: ReportFiles) -> None:
    with written.tables[0].open(newline="") as file:
        by_model = {row["model"]: row for row in csv.DictReader(file)}
    assert by_model["ghostnet-1.0x"]["top1_published_percent"] == "73.9"
    assert by_model["ghostnet-1.0x"]["paper_latency_ms"] == "31.1"
    assert by_model["mobilenetv3-large-0.75x"]["macs_published"] == "155000000"


def test_writing_a_report_again_changes_no_file(written: ReportFiles) -> None:
    before = contents(written.folder)
    write_report(written.folder, workspace=written.folder.parents[1])
    assert contents(written.folder) == before


def test_a_campaign_can_be_named_instead_of_given_as_a_folder(stored: Path, tmp_path: Path) -> None:
    assert write_report(Path(stored.name), workspace=tmp_path).folder == stored


def test_each_precision_has_a_figure_of_its_own(tmp_path: Path) -> None:
    sample = campaign(names=NAMES[:2], rounds=2, precisions=("fp32", "int8"))
    files = write_report(store(sample, tmp_path / "results"), workspace=tmp_path)
    assert [path.name for path in files.figures if path.suffix == ".svg"] == [
        "flops.svg",
        "latency.svg",
        "latency-2-host-int8-litert-1t.svg",
        "ablation-cost.svg",
    ]


def test_a_folder_that_is_no_campaign_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="is not a campaign"):
        write_report(tmp_path, workspace=tmp_path)


def test_a_campaign_of_a_paper_that_nobody_knows_is_refused(tmp_path: Path) -> None:
    sample = campaign(names=NAMES[:1], rounds=3)
    plan = replace(sample.plan, purpose="reproduce no-such-paper")
    folder = store(replace(sample, plan=plan), tmp_path / "results")
    with pytest.raises(UnknownName, match="no-such-paper"):
        write_report(folder, workspace=tmp_path)


def test_a_report_that_cannot_be_written_says_where(stored: Path, tmp_path: Path) -> None:
    (stored / "report.html").mkdir()
    with pytest.raises(StoreError, match=r"cannot write .*report\.html"):
        write_report(stored, workspace=tmp_path)


def test_a_frame_of_networks_holds_all_that_a_chart_needs(stored: Path, tmp_path: Path) -> None:
    frame = with_published(load_results(stored), tmp_path)
    points = points_from_frame(frame)
    assert {point.title: point.y for point in points} == {
        "GhostNet 1.0x": 73.9,
        "MobileNetV3 Large 1.0x": 75.2,
        "MobileNetV3 Large 0.75x": 73.3,
    }
    assert str(frame["macs_published"].dtype) == "Int64"


def test_without_a_campaign_the_frame_is_empty_and_has_its_columns(tmp_path: Path) -> None:
    frame = with_published(load_results(workspace=tmp_path), tmp_path)
    assert frame.empty
    assert "top1_published_percent" in frame.columns


def second_campaign(tmp_path: Path, *names: str, **options: Any) -> Path:
    """Another campaign of the same day and conditions, kept beside the first."""
    sample = campaign(names=names, rounds=3, **options)
    name = "2026-01-05-made-up-2"
    records = tuple(replace(record, campaign=name) for record in sample.records)
    plan = replace(sample.plan, campaign=name)
    return store(replace(sample, plan=plan, records=records), tmp_path / "results")


def test_campaigns_measured_alike_stand_in_one_group_of_one_report(
    stored: Path, tmp_path: Path
) -> None:
    other = second_campaign(tmp_path, "ghostnet-1.0x", "resnet50")
    study = load_joint_study([stored, other], workspace=tmp_path)
    (group,) = study.groups
    assert [network.title for network in group.networks] == [
        "GhostNet 1.0x (2026-01-05-made-up-1)",
        "MobileNetV3 Large 0.75x",
        "MobileNetV3 Large 1.0x",
        "GhostNet 1.0x (2026-01-05-made-up-2)",
        "ResNet-50",
    ]
    assert group.rounds == 6
    claims = judge_claims(study, group)
    assert claims
    # Of two measurements of a network, the one in the rival's own rounds is taken.
    assert all(claim.judged.ratio.paired for claim in claims.judged)


def test_campaigns_of_two_precisions_stand_apart(stored: Path, tmp_path: Path) -> None:
    other = second_campaign(tmp_path, "ghostnet-1.0x", precisions=("int8",))
    study = load_joint_study([stored, other], workspace=tmp_path)
    assert [group.precision for group in study.groups] == ["fp32", "int8"]
    assert study.campaign == "2026-01-05-made-up-1, 2026-01-05-made-up-2"


def test_another_kernel_keeps_campaigns_apart_and_this_is_told(
    stored: Path, tmp_path: Path
) -> None:
    device = replace(HOST, kernel="6.12.0")
    other = second_campaign(tmp_path, "ghostnet-1.0x", device=device)
    study = load_joint_study([stored, other], workspace=tmp_path)
    first, second = study.groups
    assert (first.apart, len(second.networks)) == ("", 1)
    assert second.apart == (
        "Kept apart from 2026-01-05-made-up-1, which was measured on a device of the same name, since it differs in "
        "its kernel."
    )
    assert second.apart in bare_page_of(study)


def test_a_report_of_several_campaigns_has_a_folder_of_its_own(
    stored: Path, tmp_path: Path
) -> None:
    other = second_campaign(tmp_path, "ghostnet-1.0x", precisions=("int8",))
    outcome = joint_report([Path(stored.name), Path(other.name)], workspace=tmp_path)
    folder = tmp_path / "results" / "reports" / f"{stored.name}+{other.name}"
    assert outcome.files.page == folder / "report.html"
    assert {row["kind"] for row in outcome.claims} == {"pair", "family", "order"}
    assert not (stored / "report.html").exists()


def test_a_campaign_named_twice_is_refused(stored: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="named twice"):
        load_joint_study([stored, stored], workspace=tmp_path)


def test_stored_accuracies_and_profiles_of_the_very_files_are_found(tmp_path: Path) -> None:
    sample = campaign(names=NAMES, rounds=3)
    first, second, _ = (a.sha256 for a in sample.artifacts)
    trained = replace(sample.artifacts[0], weights="0" * 64)
    artifacts = (trained, *sample.artifacts[1:])
    stored = store(replace(sample, artifacts=artifacts), tmp_path / "results")
    for number, sha256 in enumerate((first, second)):
        folder = tmp_path / "results" / "accuracy" / str(number)
        folder.mkdir(parents=True)
        (folder / "accuracy.json").write_bytes(to_json(accuracy_of(sha256)))
    folder = tmp_path / "results" / "2026-01-05-host-profile-1"
    folder.mkdir()
    (folder / "profile.json").write_bytes(to_json(profile_of(second)))
    networks = {
        n.result.model_sha256: n for n in load_study(stored, workspace=tmp_path).groups[0].networks
    }
    assert networks[first].accuracy_percent == 74.0
    # Random weights only guess: what was measured of them says nothing of the network.
    assert networks[second].accuracy is None
    assert networks[second].profile is not None
    assert networks[first].profile is None
