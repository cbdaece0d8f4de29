"""Appends records without end and says each one that is safe, until it is killed. Run by test_kill.py.

python -m tests.store.appender FOLDER FIRST_NUMBER
"""

import os
import sys
from dataclasses import replace
from pathlib import Path

from ghostbench.core.record import RunRecord
from ghostbench.core.strict import from_json
from ghostbench.store.records import open_records


def main(folder: Path, number: int) -> None:
    template = from_json((folder / "template.json").read_bytes(), RunRecord)
    with open_records(folder) as writer:
        while True:
            writer.append(replace(template, record_id=f"record-{number}"))
            os.write(1, b"%d\n" % number)  # in one piece: a kill must not halve a number
            number += 1


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
