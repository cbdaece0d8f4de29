"""Tables, figures and the page of a stored campaign, made anew from its samples."""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ghostbench.core.errors import NothingMeasured
from ghostbench.core.folders import results_folder
from ghostbench.core.progress import Progress
from ghostbench.workflows.report_files import (
    ReportFiles,
    write_paper_tables,
    write_study,
)

if TYPE_CHECKING:
    import pandas as pd

    from ghostbench.report.claims_text import Cell
    from ghostbench.report.papers import Paper
    from ghostbench.report.study import Study

_REPRODUCE = "reproduce "
REPORTS = "reports"  # in the results folder: reports of several campaigns
_LONGEST_NAME = 120  # of a folder; file systems end at 255 bytes


def write_report(
    folder: Path,
    *,
    workspace: Path | None = None,
    allow: Collection[str] = (),
    alone: bool = False,
    into: Path | None = None,
    progress: Progress | None = None,
) -> ReportFiles:
    """Write `report.html`, `tables/` and `figures/` into a campaign's folder; the same samples give the same files.

    Takes the folder or the campaign's name; it stands for all of its sessions unless it is to be told `alone`. Raises
    StoreError, SpecError, UsageError when nothing was measured or the sessions differ in more than `allow` says.
    """
    campaign = campaign_folder(folder, workspace)
    study = load_study(campaign, workspace=workspace, allow=allow, alone=alone, progress=progress)
    return write_study(study, into or campaign)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportOutcome:
    """What was written, and what became of the paper's claims: one row for each, as in `tables/claims.csv`."""

    files: ReportFiles
    claims: "tuple[Mapping[str, Cell], ...]"


def joint_report(
    folders: Sequence[Path],
    *,
    workspace: Path | None = None,
    allow: Collection[str] = (),
    into: Path | None = None,
    progress: Progress | None = None,
) -> ReportOutcome:
    """One report of several campaigns: what was measured alike stands together, by device and precision.

    It goes to `into`, or else to a folder of its own in `results/reports/`. Raises what `write_report` does, and
    UsageError when a campaign is named twice or when they check different papers.
    """
    try:
        study = load_joint_study(folders, workspace=workspace, allow=allow, progress=progress)
    except NothingMeasured:
        if len(folders) > 1:
            raise
        campaign = campaign_folder(folders[0], workspace)
        return ReportOutcome(files=_write_counted(campaign, into or campaign, workspace), claims=())
    return ReportOutcome(
        files=write_study(study, into or _joint_folder(folders, workspace)),
        claims=tuple(claims_of(study)),
    )


def _write_counted(campaign: Path, into: Path, workspace: Path | None) -> ReportFiles:
    """The paper's tables of a campaign of which no block counts. Raises NothingMeasured where there are none."""
    from ghostbench.store.sessions import joined_failures, load_sessions
    from ghostbench.workflows.paper_tables import untimed_tables

    sessions = load_sessions(campaign)
    name, paper = sessions[0].plan.campaign, _paper_of(sessions[0].plan.purpose, workspace)
    reasons = [f"{f.job_id}: {f.reasons[0]}" for f in joined_failures(sessions) if f.reasons]
    told = f"no block of {name} counts ({reasons[0] if reasons else 'none was run'})"
    if paper is None or not paper.tables:
        raise NothingMeasured(f"there is nothing to report: {told}")
    why = f"Nothing was timed: {told}. Counts need no time; every time is missing."
    tables = untimed_tables(paper, why, workspace)
    return ReportFiles(folder=into, page=None, tables=write_paper_tables(tables, into), figures=())


def _joint_folder(folders: Sequence[Path], workspace: Path | None) -> Path:
    first = campaign_folder(folders[0], workspace)
    if len(folders) == 1:
        return first
    names = "+".join(campaign_folder(each, workspace).resolve().name for each in folders)
    if len(names) > _LONGEST_NAME:
        digest = hashlib.sha256(names.encode()).hexdigest()[:8]
        names = f"{first.resolve().name}+{len(folders) - 1}-more-{digest}"
    return results_folder(workspace) / REPORTS / names


def write_session_reports(folder: Path, *, workspace: Path | None = None) -> list[ReportFiles]:
    """A report of each session by itself, in `sessions/` of the campaign's folder."""
    from ghostbench.store.sessions import session_folders

    campaign = campaign_folder(folder, workspace)
    return [
        write_report(
            session, workspace=workspace, alone=True, into=campaign / "sessions" / session.name
        )
        for session in session_folders(campaign)
    ]


def load_study(
    folder: Path,
    *,
    workspace: Path | None = None,
    allow: Collection[str] = (),
    alone: bool = False,
    progress: Progress | None = None,
) -> "Study":
    """A stored campaign with its sessions, joined with the specs of its networks and with the literature."""
    from ghostbench.workflows.paper_tables import with_paper_tables
    from ghostbench.zoo.specs import load_specs

    study = _study_alone(folder, workspace=workspace, allow=allow, alone=alone, progress=progress)
    return with_paper_tables(study, load_specs(workspace), workspace)


def _study_alone(
    folder: Path,
    *,
    workspace: Path | None,
    allow: Collection[str],
    alone: bool = False,
    progress: Progress | None,
) -> "Study":
    """The same without the paper's tables, which go by all networks together."""
    from ghostbench.report.published import read_published
    from ghostbench.report.study import build_study
    from ghostbench.store.sessions import joined_campaign, joined_failures
    from ghostbench.workflows.accuracy import measured_accuracies
    from ghostbench.workflows.session_spread import SessionSpreads, results_over_sessions
    from ghostbench.workflows.sessions import load_alike
    from ghostbench.workflows.stored_profiles import profiles_of
    from ghostbench.zoo.specs import load_specs

    sessions = load_alike(folder, each_alone=alone, allow=allow, progress=progress)
    campaign = joined_campaign(sessions)
    results = results_over_sessions(sessions, SessionSpreads(workspace))
    return build_study(
        plan=campaign.plan,
        records=campaign.records,
        results=results,
        unmeasured=joined_failures(sessions),
        artifacts=campaign.artifacts,
        specs=load_specs(workspace),
        published=read_published(workspace),
        paper=_paper_of(campaign.plan.purpose, workspace),
        accuracies=measured_accuracies(workspace),
        profiles=profiles_of({result.model_sha256 for result in results}, workspace),
    )


def load_joint_study(
    folders: Sequence[Path],
    *,
    workspace: Path | None = None,
    allow: Collection[str] = (),
    progress: Progress | None = None,
) -> "Study":
    """Several campaigns as one study; a single one as it is."""
    from ghostbench.report.study_merge import merge_studies
    from ghostbench.workflows.paper_tables import with_paper_tables
    from ghostbench.zoo.specs import load_specs

    studies = [
        _study_alone(
            campaign_folder(folder, workspace), workspace=workspace, allow=allow, progress=progress
        )
        for folder in folders
    ]
    study = studies[0] if len(studies) == 1 else merge_studies(studies)
    return with_paper_tables(study, load_specs(workspace), workspace)


def claims_of(study: "Study") -> list[dict[str, "Cell"]]:
    """Every claim of the paper with its verdict and statistics, as `tables/claims.csv` has them."""
    from ghostbench.report.tables import study_claim_rows

    return study_claim_rows(study)


def with_published(frame: "pd.DataFrame", workspace: Path | None = None) -> "pd.DataFrame":
    """A frame of results with the published accuracy and multiply-adds of each network, and where they come from."""
    import pandas as pd

    from ghostbench.report.literature import published_facts
    from ghostbench.report.published import read_published
    from ghostbench.zoo.specs import load_specs

    published, specs = read_published(workspace), load_specs(workspace)
    papers = {purpose: _paper_of(purpose, workspace) for purpose in frame["purpose"].unique()}
    rows = zip(frame["model"], frame["purpose"], frame["route"], strict=True)
    facts = [
        # A file that was given may bear a network's name and still be another one.
        published_facts(None if route == "given" else specs.get(model), published, papers[purpose])
        for model, purpose, route in rows
    ]
    columns = {
        "top1_published_percent": ([f.top1_percent for f in facts], "float64"),
        "top1_source": ([f.top1_source.text if f.top1_source else None for f in facts], "str"),
        "macs_published": ([f.macs for f in facts], "Int64"),
        "macs_published_source": (
            [f.macs_source.text if f.macs_source else None for f in facts],
            "str",
        ),
    }
    return frame.assign(
        **{
            name: pd.Series(cells, index=frame.index, dtype=kind)
            for name, (cells, kind) in columns.items()
        }
    )


def timed_for_tables(purpose: str, workspace: Path | None = None) -> frozenset[str]:
    """What a campaign of a paper timed for one of its tables alone, by name: layers, and networks of no comparison."""
    paper = _paper_of(purpose, workspace)
    return paper.timed_for_tables() if paper else frozenset()


def _paper_of(purpose: str, workspace: Path | None) -> "Paper | None":
    from ghostbench.report.papers import load_paper

    if not purpose.startswith(_REPRODUCE):
        return None
    return load_paper(purpose.removeprefix(_REPRODUCE), workspace)


def campaign_folder(folder: Path, workspace: Path | None = None) -> Path:
    """The folder of a campaign that may be given by its name alone."""
    named = results_folder(workspace) / folder
    return named if not folder.is_dir() and named.is_dir() else folder
