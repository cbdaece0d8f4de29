"""Tables, figures and the page of a stored campaign, made anew from its samples."""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ghostbench.core.errors import StoreError
from ghostbench.core.folders import results_folder
from ghostbench.core.progress import Progress

if TYPE_CHECKING:
    import pandas as pd

    from ghostbench.report.claims_text import Cell
    from ghostbench.report.papers import Paper
    from ghostbench.report.study import Study

_REPRODUCE = "reproduce "
REPORTS = "reports"  # in the results folder: reports of several campaigns
_LONGEST_NAME = 120  # of a folder; file systems end at 255 bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportFiles:
    """Where everything is that tells of a campaign."""

    folder: Path
    page: Path
    tables: tuple[Path, ...]
    figures: tuple[Path, ...]  # none where no network has a published accuracy

    def paths(self) -> tuple[Path, ...]:
        """All files, the page first."""
        return (self.page, *self.tables, *self.figures)

    def told(self) -> str:
        """One line for people."""
        rest = [str(path.relative_to(self.folder)) for path in (*self.tables, *self.figures)]
        return f"{self.page}, and beside it {', '.join(rest)}"


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
    return _write_study(study, into or campaign)


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
    study = load_joint_study(folders, workspace=workspace, allow=allow, progress=progress)
    return ReportOutcome(
        files=_write_study(study, into or _joint_folder(folders, workspace)),
        claims=tuple(claims_of(study)),
    )


def _joint_folder(folders: Sequence[Path], workspace: Path | None) -> Path:
    first = campaign_folder(folders[0], workspace)
    if len(folders) == 1:
        return first
    names = "+".join(campaign_folder(each, workspace).resolve().name for each in folders)
    if len(names) > _LONGEST_NAME:
        digest = hashlib.sha256(names.encode()).hexdigest()[:8]
        names = f"{first.resolve().name}+{len(folders) - 1}-more-{digest}"
    return results_folder(workspace) / REPORTS / names


def _write_study(study: "Study", folder: Path) -> ReportFiles:
    from ghostbench.report.charts.pictures import draw_pictures
    from ghostbench.report.charts.style import write_picture
    from ghostbench.report.page import report_page

    pictures = draw_pictures(study)
    figures = [
        path
        for name, figure in pictures.named(study)
        for path in write_picture(figure, folder / "figures", name)
    ]
    return ReportFiles(
        folder=folder,
        page=_write(folder / "report.html", report_page(study, pictures)),
        tables=_write_tables(study, folder),
        figures=tuple(figures),
    )


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
    from ghostbench.store.sessions import joined_campaign, joined_failures, joined_results
    from ghostbench.workflows.accuracy import measured_accuracies
    from ghostbench.workflows.sessions import load_alike
    from ghostbench.workflows.stored_profiles import profiles_of
    from ghostbench.zoo.specs import load_specs

    sessions = load_alike(folder, each_alone=alone, allow=allow, progress=progress)
    campaign = joined_campaign(sessions)
    results = joined_results(sessions)
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


def _paper_of(purpose: str, workspace: Path | None) -> "Paper | None":
    from ghostbench.report.papers import load_paper

    if not purpose.startswith(_REPRODUCE):
        return None
    return load_paper(purpose.removeprefix(_REPRODUCE), workspace)


def campaign_folder(folder: Path, workspace: Path | None = None) -> Path:
    """The folder of a campaign that may be given by its name alone."""
    named = results_folder(workspace) / folder
    return named if not folder.is_dir() and named.is_dir() else folder


def _write_tables(study: "Study", campaign: Path) -> tuple[Path, ...]:
    from ghostbench.report.paper_tables import table_csv, table_markdown
    from ghostbench.report.tables import claims_csv, networks_csv, networks_markdown

    claims = claims_csv(study)
    return (
        _write(campaign / "tables" / "networks.csv", networks_csv(study)),
        _write(campaign / "tables" / "networks.md", networks_markdown(study)),
        *((_write(campaign / "tables" / "claims.csv", claims),) if claims else ()),
        *(
            _write(campaign / "tables" / f"{table.name}.{ending}", text(table))
            for table in study.tables
            for ending, text in (("csv", table_csv), ("md", table_markdown))
        ),
    )


def _write(path: Path, text: str) -> Path:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
    except OSError as cause:
        raise StoreError(f"cannot write {path}: {cause.strerror}") from cause
    return path
