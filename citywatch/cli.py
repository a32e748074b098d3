"""The `citywatch` command. Each command lives in `citywatch/commands/<name>.py` and is imported when it is called.

A command module has a function `run`, whose parameters (typer annotations) are the command's arguments and
options, and whose result is the exit code; one with further words has an `app` beside it. `COMMANDS` holds its line
in `citywatch --help`, so that the help imports nothing else and answers at once.

Exit codes: 0 good, 1 the check failed, 2 wrong use, 3 a part cannot be reached, or stdout (a full disk) not be written.
Whose reader goes away ends as other tools do, quietly and without an answer: `| head` by SIGPIPE (141 in a shell), a
terminal that is closed by SIGHUP (129).
"""

from __future__ import annotations

import errno
import sys
from collections.abc import Sequence
from importlib import import_module
from types import MappingProxyType
from typing import Annotated, Any

import typer
from typer.core import TyperGroup
from typer.main import get_command

from runtime.errors import NO_ROOM, CitywatchError, Unreachable, WrongUse
from runtime.output import ReaderGone, die_of, guard, settle

COMMANDS = MappingProxyType(
    {
        "demo": "A real county and a simulated city, live; then the audit.",
        "up": "Run the roles until SIGTERM.",
        "topics": "Create or check the topics and their rules; safe to repeat.",
        "migrate": "Create or update tables and code lists; safe to repeat.",
        "check": "What a replay of a CSV file would do; nothing is sent.",
        "replay": "Send a CSV file to its topic, in file order.",
        "send": "Send CloudEvents from JSON Lines, or only judge them.",
        "simulate": "Send a simulated city; the same seed, the same events.",
        "drain": "Wait until everything sent so far is judged, stored and live.",
        "report": "Figures with their counts and comparisons.",
        "excess": "What stands out, and where, over what earlier spans let expect.",
        "around": "A place before and after a day, beside the rest of the city.",
        "association": "How two measures go together over places and time; no cause.",
        "scorecard": "Every rate with both counts and its interval; no league table.",
        "publish": "Keep a figure under a name, as it stands in the bulletin.",
        "published": "What was published, and what has changed since.",
        "events": "The events behind a figure, corrections included.",
        "response": "How soon somebody came: 1, 3, 5 minutes; first to third; all.",
        "presence": "Who was where: beats, posts, passes, officers by day.",
        "export": "Cells, adjustments or events of a span as Parquet or CSV.",
        "audit": "Prove that nothing is lost and nothing counts twice.",
        "acceptance": "The reports' scenarios through this deployment, every figure read back.",
        "recount": "Recount the log by other means and compare every figure.",
        "watch": "Live figures and alarms in the terminal.",
        "doctor": "What citywatch is connected to, what is wrong, and what to do.",
        "alarms": "What was not done in time, or is silent: alarms of clocks.",
        "deadletters": "Refused records: list them, show one, put them back.",
        "gaps": "Spans of a source that are not known: list, declare, fill them.",
        "conflicts": "Ids that came again with other content, and count once.",
        "resume": "Let partitions go on that too many refused records have stopped.",
        "start-at": "Say where to go on when records are gone that nobody has judged.",
        "reset": "Forget store and positions; the inputs stay.",
    }
)
"""Commands in the order of the help, with one line each."""


class LazyGroup(TyperGroup):
    """Lists commands from `COMMANDS`; imports the module of the one that is called."""

    def list_commands(self, ctx: typer.Context) -> list[str]:  # type: ignore[override]
        return list(COMMANDS)

    def get_command(self, ctx: typer.Context, cmd_name: str) -> Any:  # type: ignore[override]
        if cmd_name not in COMMANDS:
            return None
        return _line_of_help(cmd_name)

    def resolve_command(self, ctx: typer.Context, args: list[str]) -> Any:  # type: ignore[override]
        name, command, rest = super().resolve_command(ctx, args)
        return name, None if command is None else _load(str(name)), rest


def _line_of_help(name: str) -> Any:
    single = typer.Typer(add_completion=False, rich_markup_mode=None)
    single.command(name, help=COMMANDS[name])(lambda: None)
    return get_command(single)


def _load(name: str) -> Any:
    module = import_module(f"citywatch.commands.{name.replace('-', '_')}")
    if isinstance(group := getattr(module, "app", None), typer.Typer):
        return get_command(group)
    single = typer.Typer(add_completion=False, rich_markup_mode=None)
    single.command(name, help=module.run.__doc__ or COMMANDS[name], no_args_is_help=False)(module.run)
    return get_command(single)


app = typer.Typer(
    cls=LazyGroup,
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,  # plain help: the decorated one takes twice as long to answer
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Exact, live figures from a city's incident and patrol events. Settings are CITYWATCH_* variables.",
)


def _version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        print(f"citywatch {version('citywatch')}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    pass


SIGNALLED, INTERRUPTED = 128, 130
"""A shell adds the signal's number to the one; the other is ours for Ctrl-C."""

NO_USE = (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EISDIR)


def call(arguments: Sequence[str]) -> int:
    """Run one command line in this process and return its exit code; errors are one line on stderr."""
    try:
        code = _call(arguments)
        settle()
    except CitywatchError as error:
        print(f"citywatch: {error}", file=sys.stderr)
        return error.exit_code
    except (typer.Abort, KeyboardInterrupt):
        print("citywatch: stopped", file=sys.stderr)
        return INTERRUPTED
    except ReaderGone as gone:
        return SIGNALLED + gone.signal
    except OSError as failed:
        told = _told(failed)
        print(f"citywatch: {told}", file=sys.stderr)
        return told.exit_code
    return code


def _told(failed: OSError) -> CitywatchError:
    """What any command may meet wherever it uses a file, in one line. Raises what is no file's fault."""
    if failed.errno in NO_ROOM:
        return Unreachable(f"{failed.filename or 'a file'} cannot be written: {failed.strerror}; make room on its disk")
    if failed.errno in NO_USE and failed.filename is not None:
        return WrongUse(
            f"{failed.filename} cannot be used: {failed.strerror}; name another place, or give it to this user"
        )
    raise failed


def _call(arguments: Sequence[str]) -> int:
    from typer._click.exceptions import ClickException, NoArgsIsHelpError

    try:
        result = app(args=list(arguments), prog_name="citywatch", standalone_mode=False)
    except NoArgsIsHelpError as help_page:
        print(help_page.format_message(), file=sys.stderr)
        return 2
    except ClickException as error:
        context = getattr(error, "ctx", None)
        path = context.command_path if context is not None else "citywatch"
        print(f"{path}: {error.format_message().rstrip('.')}{_nearest(arguments)} (see {path} --help)", file=sys.stderr)
        return 2
    except typer.Exit as leave:
        return leave.exit_code
    return result if isinstance(result, int) else 0


def _nearest(arguments: Sequence[str]) -> str:
    """A command that is spelt nearly like the one that was asked for."""
    from schemas.spelling import nearest

    return "" if not arguments or arguments[0] in COMMANDS else nearest(arguments[0], COMMANDS)


def main() -> None:
    """Entry point of the `citywatch` command."""
    guard()
    code = call(sys.argv[1:])
    if code > SIGNALLED and code != INTERRUPTED:
        die_of(code - SIGNALLED)
    sys.exit(code)
