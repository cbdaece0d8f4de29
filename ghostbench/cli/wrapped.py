"""Long lines on a terminal, with nothing in them that would command it."""

import shutil
import textwrap

import typer


def clean(text: str) -> str:
    """Names as a terminal may show them."""
    # A name in a hostile file must not command the terminal.
    return "".join(c if c.isprintable() else "?" for c in text)


def print_wrapped(line: str, bullet: str = "") -> None:
    """One paragraph, as wide as the terminal; what follows the first line stands under it."""
    width = max(shutil.get_terminal_size().columns, 40)
    typer.echo(
        textwrap.fill(
            clean(line), width, initial_indent=bullet, subsequent_indent=" " * len(bullet),
            break_on_hyphens=False, break_long_words=False,
        )
    )  # fmt: skip
