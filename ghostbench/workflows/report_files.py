"""The files that tell of a campaign: the page, its tables and figures."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ghostbench.core.errors import StoreError

if TYPE_CHECKING:
    from ghostbench.report.paper_tables import PaperTable
    from ghostbench.report.study import Study


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportFiles:
    """Where everything is that tells of a campaign."""

    folder: Path
    page: Path | None  # None where nothing could be timed, so that only counts are told
    tables: tuple[Path, ...]
    figures: tuple[Path, ...]  # none where no network has a published accuracy

    def paths(self) -> tuple[Path, ...]:
        """All files, the page first."""
        return (*([self.page] if self.page else []), *self.tables, *self.figures)

    def told(self) -> str:
        """One line for people."""
        rest = [str(path.relative_to(self.folder)) for path in (*self.tables, *self.figures)]
        if self.page is None:
            return f"no block counts, so there is no report; the counted tables are {', '.join(rest)} in {self.folder}"
        return f"{self.page}, and beside it {', '.join(rest)}"


def write_study(study: "Study", folder: Path) -> ReportFiles:
    """Write everything into a folder; the same study gives the same files. Raises StoreError."""
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


def _write_tables(study: "Study", campaign: Path) -> tuple[Path, ...]:
    from ghostbench.report.tables import claims_csv, networks_csv, networks_markdown

    claims = claims_csv(study)
    return (
        _write(campaign / "tables" / "networks.csv", networks_csv(study)),
        _write(campaign / "tables" / "networks.md", networks_markdown(study)),
        *((_write(campaign / "tables" / "claims.csv", claims),) if claims else ()),
        *write_paper_tables(study.tables, campaign),
    )


def write_paper_tables(tables: "Sequence[PaperTable]", campaign: Path) -> tuple[Path, ...]:
    """Write a paper's tables, each as CSV and as Markdown. Raises StoreError."""
    from ghostbench.report.paper_tables import table_csv, table_markdown

    return tuple(
        _write(campaign / "tables" / f"{table.name}.{ending}", text(table))
        for table in tables
        for ending, text in (("csv", table_csv), ("md", table_markdown))
    )


def _write(path: Path, text: str) -> Path:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
    except OSError as cause:
        raise StoreError(f"cannot write {path}: {cause.strerror}") from cause
    return path
