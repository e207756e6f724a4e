"""The commands of certificates: thin edges of `grader.certificates`."""

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from duecourse.errors import DuecourseError
from duecourse.language import _, current, speaking
from grader.commands.shared import CourseName, LanguageName, example, opened

if TYPE_CHECKING:
    from grader.course import Course

app = typer.Typer(rich_markup_mode=None)


@app.command(
    name="certify",
    help=example(
        _(
            "Issue certificates to those who have earned them, and say why others have not.\n\n"
            "What has to be earned stands in certificate.yaml of the course, or else in the kit's "
            "own rule: 80 % of all points and every critical item. Each certificate is a signed "
            "file and a page in English and one in Chinese, in certificates/ of the course."
        ),
        "certify",
        "certify li-ming wang-yutong",
    ),
)
def certify(
    learners: Annotated[
        list[str] | None,
        typer.Argument(metavar="[LEARNER]...", help=_("Ids of learners; all by default.")),
    ] = None,
    new_key: Annotated[
        bool,
        typer.Option("--new-key", help=_("Begin a new private key, where the old one is lost.")),
    ] = False,
    course: CourseName = None,
    language: LanguageName = None,
) -> None:
    """Issue certificates and say what became of everybody."""
    with opened(course, language) as chosen:
        from grader.certificates.issuing import certify as issue

        done = issue(chosen, learners or (), datetime.now().astimezone(), new_key=new_key)
        for one in done.people:
            print(one)
        for line in done.advice:
            print(line)


@app.command(
    name="verify",
    help=example(
        _(
            "Say whether certificates are genuine and in force. Needs no network.\n\n"
            "A certificate is named by its file (PDF or JSON), or by its number if the course that "
            "issued it is here. Ends with exit code 1 unless all of them are in force."
        ),
        "verify DC-2026-7K3M-92QF.pdf --key public-key-1f2e3d4c.pem",
        "verify DC-2026-7K3M-92QF",
    ),
)
def verify(
    certificates: Annotated[
        list[str], typer.Argument(metavar="FILE|NUMBER...", help=_("Files or numbers."))
    ],
    key: Annotated[
        list[Path] | None,
        typer.Option(
            "--key",
            metavar="PUBLIC",
            help=_("Public key of the issuer; by default those of the course."),
        ),
    ] = None,
    revoked: Annotated[
        Path | None,
        typer.Option("--revoked", metavar="FILE", help=_("The issuer's list revoked.json.")),
    ] = None,
    course: CourseName = None,
    language: LanguageName = None,
) -> None:
    """Check certificates, one paragraph each."""
    from grader.certificates.verifying import State, trusting, verify_one
    from grader.course import open_course

    try:
        folder = open_course(name=course).folder
    except DuecourseError:
        # Whoever has the issuer's public key needs no course.
        if not key or course:
            raise
        folder = None
    with speaking(language or current()) if folder is None else opened(course, language):
        trust = trusting(key or (), revoked, folder)
        found = [verify_one(name, trust, _today()) for name in certificates]
        shown = [str(one) for one in found]
    print("\n\n".join(shown))
    if any(one.state is not State.VALID for one in found):
        raise typer.Exit(1)


@app.command(
    name="revoke",
    help=example(
        _(
            "Declare a certificate void, and write the list revoked.json for those who verify.\n\n"
            "The list holds numbers and days, no names. The entry in the register stays."
        ),
        'revoke DC-2026-7K3M-92QF --reason "issued to the wrong person"',
    ),
)
def revoke(
    number: Annotated[str, typer.Argument(help=_("Number of the certificate."))],
    reason: Annotated[str, typer.Option("--reason", help=_("Why; it stays in the register."))],
    course: CourseName = None,
    language: LanguageName = None,
) -> None:
    """Revoke one certificate."""
    with opened(course, language) as chosen:
        from grader.certificates.issuing import revoke as declare

        file = declare(chosen, number, reason, _today())
        print(_("revoked: {number}; the new list is {file}").format(number=number, file=file))


@app.command(
    name="renewals",
    help=example(
        _(
            "List whose certificate ends soon, the soonest first.\n\n"
            "Only the last certificate of each learner counts; a revoked one is no certificate."
        ),
        "renewals --by 2026-12-31",
        "renewals --by 2026-12-31 --csv renewals.csv",
    ),
)
def renewals(
    by: Annotated[
        str | None,
        typer.Option(
            "--by", metavar="DATE", help=_("Last day that counts; 60 days from today by default.")
        ),
    ] = None,
    csv: Annotated[
        Path | None,
        typer.Option("--csv", metavar="FILE", help=_("Write the list into this file too.")),
    ] = None,
    course: CourseName = None,
    language: LanguageName = None,
) -> None:
    """List the certificates that end by a day."""
    with opened(course, language) as chosen:
        _renewals(chosen, by, csv)


def _renewals(course: "Course", by: str | None, csv: Path | None) -> None:
    from grader.certificates.renewing import as_csv, due

    last = _day(by) if by else _today() + timedelta(days=60)
    found = due(course.folder, last, _today())
    if not found:
        print(_("No certificate ends by {day}.").format(day=last))
    for one in found:
        print(one)
    if csv:
        csv.write_text(as_csv(found), "utf-8-sig", newline="")
        print(_("list: {file}").format(file=csv))


def _today() -> date:
    return datetime.now().astimezone().date()


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        message = _("'{text}' is no day. Write it as 2026-12-31.")
        raise typer.BadParameter(message.format(text=text)) from error
