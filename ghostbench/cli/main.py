"""The `ghostbench` command: registers the commands, prints errors, picks the exit code.

Nothing heavy is imported before a command needs it, so that `--help` is instant.
"""

import os
import sys
import traceback
from collections.abc import Sequence

import typer
from typer.exceptions import Exit, TyperException

from ghostbench import __version__
from ghostbench.cli.accuracy import accuracy
from ghostbench.cli.bundle import bundle
from ghostbench.cli.check import check
from ghostbench.cli.compare import compare
from ghostbench.cli.console import told_as_defect
from ghostbench.cli.convert import convert
from ghostbench.cli.devices import devices, doctor, restore
from ghostbench.cli.enlarge import enlarge
from ghostbench.cli.inspect import inspect
from ghostbench.cli.models import models
from ghostbench.cli.profile import profile
from ghostbench.cli.report import report
from ghostbench.cli.reproduce import reproduce
from ghostbench.cli.run import run
from ghostbench.core.errors import GhostbenchError

app = typer.Typer(
    name="ghostbench",
    help="Check the accuracy-latency claims of mobile vision papers: build the networks, time them, "
    "say how far to trust each number.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,  # plain help: the decorated one costs more than all the rest of the start
)


@app.callback()
def _options(
    _version: bool = typer.Option(
        False,
        "--version",
        help="Print the version and end.",
        callback=lambda v: _print_version(v),
        is_eager=True,
    ),
    _debug: bool = typer.Option(False, "--debug", help="Show the traceback of an error."),
) -> None:
    """Options of every command; --debug may stand anywhere."""


def _print_version(asked: bool) -> None:
    if asked:
        typer.echo(f"ghostbench {__version__}")
        raise typer.Exit


for command in (
    reproduce,
    run,
    compare,
    check,
    report,
    models,
    convert,
    inspect,
    profile,
    accuracy,
    enlarge,
    devices,
    doctor,
    restore,
):
    app.command()(command)
app.add_typer(bundle)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command line and give its exit code: 0 fine, 1 expected failure, 2 wrong usage."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    debug = "--debug" in arguments or bool(os.environ.get("GHOSTBENCH_DEBUG"))
    arguments = [a for a in arguments if a != "--debug"]
    try:
        result = app(arguments, prog_name="ghostbench", standalone_mode=False)
    except Exit as ending:
        return int(ending.exit_code)
    except KeyboardInterrupt:
        return _tell("stopped; what was measured is kept", 130, debug)
    except BrokenPipeError:  # the reader of our output, `head` say, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except TyperException as error:
        return _tell(error.format_message(), getattr(error, "exit_code", 2), debug)
    except GhostbenchError as error:
        return _tell(str(error), error.exit_code, debug)
    except OSError as error:
        what = f"{error.filename}: {error.strerror}" if error.filename else str(error)
        return _tell(what, 1, debug)
    except Exception as error:  # noqa: BLE001  the last place where a defect can become one clear line
        return _tell(told_as_defect(error), 1, debug)
    return result if isinstance(result, int) else 0


def _tell(message: str, exit_code: int, debug: bool) -> int:
    if debug:
        traceback.print_exc()
    print("ghostbench: " + " ".join(message.split()), file=sys.stderr)  # noqa: T201
    return exit_code


def run_and_exit() -> None:
    """The console script."""
    sys.exit(main())
