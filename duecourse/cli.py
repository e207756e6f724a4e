"""The command `duecourse`: what every installation can do, plus what its companions add.

A companion is an entry point of the group ``duecourse.commands``: a typer app whose commands are
taken up here. A checkout brings the instructor's commands that way; a learner's installation has
none. Nothing heavy is imported before a command runs, so help appears at once.
"""

import os
import sys
from collections.abc import Sequence
from importlib.metadata import EntryPoint, version
from io import TextIOWrapper
from typing import Annotated, Final

import typer

from duecourse.errors import DuecourseError
from duecourse.installed import companions
from duecourse.language import _

GROUP: Final = "duecourse.commands"
DEBUG: Final = "DUECOURSE_DEBUG"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Args:
        arguments: the words after ``duecourse``; without them, those of the process.

    Returns:
        The exit code: 0 done, 1 the work failed, 2 the call was wrong.
    """
    for stream in (sys.stdout, sys.stderr):
        # A console that cannot show Chinese must not stop the work.
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")
    try:
        build()(args=arguments, prog_name="duecourse")
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except Exception as error:
        if os.environ.get(DEBUG):
            raise
        print(_explain(error), file=sys.stderr)
        return 1
    return 0


def build() -> typer.Typer:
    """Return the whole command line, in the language spoken now."""
    app = typer.Typer(
        help=_("Training for debt collection and credit risk: lessons, cases, assignments."),
        epilog=_("Each command explains itself: duecourse COMMAND --help"),
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"]},
    )

    @app.callback(invoke_without_command=True)
    def start(
        context: typer.Context,
        show_version: Annotated[
            bool, typer.Option("--version", is_eager=True, help=_("Show the version and exit."))
        ] = False,
    ) -> None:
        if show_version:
            print("duecourse", version("duecourse"))
        elif context.invoked_subcommand is None:
            print(context.get_help())
        else:
            return
        raise typer.Exit

    app.command(
        name="doctor",
        help="\n\n".join(
            [
                _("Check this installation and say what to mend."),
                _("Ends with exit code 1 when something that is needed is broken."),
                _("Example:"),
                "\b\n  duecourse doctor",
            ]
        ),
    )(_doctor)
    for companion in companions(GROUP):
        _take_up(companion, app)
    return app


def _take_up(companion: EntryPoint, app: typer.Typer) -> None:
    try:
        app.add_typer(companion.load())
    except Exception as error:
        if os.environ.get(DEBUG):
            raise
        message = _("The commands of '{name}' are missing, because they could not be loaded.")
        print(message.format(name=companion.value), _explain(error), file=sys.stderr)


def _explain(error: Exception) -> str:
    if isinstance(error, DuecourseError):
        return str(error)
    # A stranger's message may run over many lines; one is enough until somebody wants to see all.
    message = _("Stopped by {kind}: {error}. To see where, set {variable}=1 and run it again.")
    return message.format(
        kind=type(error).__name__, error=" ".join(str(error).split()).rstrip("."), variable=DEBUG
    )


def _doctor() -> None:
    from duecourse.doctor import doctor

    examination = doctor()
    print(examination)
    raise typer.Exit(0 if examination.healthy else 1)


if __name__ == "__main__":
    sys.exit(main())
