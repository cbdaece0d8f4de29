"""Several commands in one question to a phone: one after another, each with its own output and status."""

import re
import secrets
from dataclasses import dataclass, field


def _unguessable() -> str:
    return f"@@ghostbench-{secrets.token_hex(6)}"


@dataclass(frozen=True, slots=True)
class Batch:
    """Lines for a phone's shell, quoted already. Each is run whatever became of the one before."""

    lines: tuple[str, ...]
    mark: str = field(default_factory=_unguessable)  # what no command prints by chance

    @property
    def script(self) -> str:
        r"""The text for the shell; after each command it prints a mark and the status, on both outputs.

        >>> print(Batch(("exec ls 'a b'",), mark="@@").script)
        (exec ls 'a b'); s=$?; echo; echo "@@ $s"; echo "@@" >&2
        """
        return "\n".join(
            f'({line}); s=$?; echo; echo "{self.mark} $s"; echo "{self.mark}" >&2'
            for line in self.lines
        )

    def split(self, stdout: str, stderr: str) -> list[tuple[str, str, int]] | None:
        r"""Output, complaints and status of each; None when not all of them have ended.

        >>> Batch(("exec true", "exec false"), mark="@@").split("a\n\n@@ 0\n\n@@ 137\n", "@@\noh\n@@\n")
        [('a\n', '', 0), ('', 'oh\n', -9)]
        >>> Batch(("exec true", "exec false"), mark="@@").split("a\n\n@@ 0\n", "@@\n") is None
        True
        """
        told = re.split(rf"\n{re.escape(self.mark)} (\d+)\n", stdout)
        complaints = stderr.split(f"{self.mark}\n")
        outputs, statuses = told[:-1:2], told[1::2]
        if not len(statuses) == len(complaints) - 1 == len(self.lines):
            return None
        return [
            (output, complaint, _status(int(status)))
            for output, complaint, status in zip(outputs, complaints[:-1], statuses, strict=True)
        ]


def _status(status: int) -> int:
    # As Python gives it: negative for a signal, which a shell tells as 128 and more.
    return 128 - status if 128 < status < 128 + 65 else status
