"""Where the data folders are: `models/`, `devices/`, `results/`.

Reading looks in the working directory first, then in the source checkout, then in what the wheel carries; a file found
earlier hides one of the same name found later. Writing goes to the working directory only.
"""

from collections.abc import Iterator
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent.parent


def data_roots(workspace: Path | None = None) -> Iterator[Path]:
    """The folders that may hold `models/`, `devices/` and `results/published/`, first one first."""
    seen = set()
    for root in (workspace or Path.cwd(), _PACKAGE.parent, _PACKAGE / "_data"):
        resolved = root.resolve()
        # A checkout is known by its project file: beside an installed package lie other people's folders.
        if resolved == _PACKAGE.parent and not (resolved / "pyproject.toml").is_file():
            continue
        if resolved not in seen:
            seen.add(resolved)
            yield resolved


def find_files(folder: str, pattern: str, workspace: Path | None = None) -> dict[str, Path]:
    """File name to path of everything that matches in that folder of any root."""
    found: dict[str, Path] = {}
    for root in data_roots(workspace):
        for path in sorted((root / folder).glob(pattern)):
            found.setdefault(path.name, path)
    return found


def built_folder(workspace: Path | None = None) -> Path:
    """Where built model files are cached."""
    return (workspace or Path.cwd()) / "models" / "built"


def results_folder(workspace: Path | None = None) -> Path:
    """Where campaigns are kept, one folder each."""
    return (workspace or Path.cwd()) / "results"
