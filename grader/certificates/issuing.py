"""Issuing certificates to those who have earned them, and declaring one void."""

import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from duecourse.errors import DuecourseError
from duecourse.language import LANGUAGES, _
from grader.certificates import register
from grader.certificates.document import Certificate, Signed, canonical, number, sign, stamp
from grader.certificates.earning import Standing, standings
from grader.certificates.keys import FOLDER, fingerprint, private_key
from grader.certificates.page import draw
from grader.certificates.register import ISSUED
from grader.certificates.rule import Rule, rule_of
from grader.certificates.sealing import sealed
from grader.course import Course
from grader.safekeeping import sole_run

REVOKED: Final = "revoked.json"
"""The public list of certificates that are void: numbers and days."""
REVOKED_FORMAT: Final = "duecourse-revoked-1"


@dataclass(frozen=True)
class Person:
    """What became of a learner.

    Attributes:
        standing: what was reached.
        document: the new certificate, if one was issued.
        files: its files.
        holds: the certificate in force that is too early to be renewed.
        boxes: characters of the name that the font lacks.
    """

    standing: Standing
    document: Signed | None = None
    files: tuple[Path, ...] = ()
    holds: Certificate | None = None
    boxes: str = ""

    def __str__(self) -> str:
        """Return what is to be said of it."""
        who = {"name": self.standing.name, "learner": self.standing.learner}
        if self.document:
            held = self.document.certificate
            text = _("issued: {name} ({learner}), {number}, valid until {expires}: {folder}")
            line = text.format(
                **who, number=held.number, expires=held.expires, folder=self.files[0].parent
            )
            if self.boxes:
                text = _("the font of the page lacks {letters}: look at it before you hand it out")
                line += "\n  " + text.format(letters=" ".join(self.boxes))
            return line
        if self.holds:
            text = _("holds one: {name} ({learner}), {number}, valid until {expires}")
            return text.format(**who, number=self.holds.number, expires=self.holds.expires)
        head = _("no certificate: {name} ({learner})").format(**who)
        return "\n".join([head, *(f"  - {line}" for line in self.standing.lacking)])


@dataclass(frozen=True)
class Done:
    """What a run of issuing has done.

    Attributes:
        people: one entry a learner, in the order of the ids.
        advice: what the owner of the key should know.
    """

    people: list[Person] = field(default_factory=list)
    advice: list[str] = field(default_factory=list)


def certify(
    course: Course, learners: Iterable[str], now: datetime, *, new_key: bool = False
) -> Done:
    """Issue certificates to those who have earned one and hold none that goes on.

    Args:
        course: the course.
        learners: ids; the whole class if there are none.
        now: the moment of issuing, with its time zone.
        new_key: make a new private key, where the earlier one is lost.

    Raises:
        DuecourseError: as `standings` and `private_key`.
        OtherRun: somebody grades or issues in this course just now.
    """
    if not course.folder.is_dir():
        text = _("There is no course in {folder} yet. First: duecourse release")
        raise DuecourseError(text.format(folder=course.folder))
    with sole_run(course.folder):
        rule = rule_of(course.folder)
        held = register.read(course.folder)
        latest = held.latest()
        found = standings(course, rule, now.date(), learners)
        done = Done()
        key: Ed25519PrivateKey | None = None
        if new_key:
            key, lines = private_key(course.folder, new=True)
            done.advice.extend(lines)
        for one in found:
            last = latest.get(one.learner)
            if last and _goes_on(last.document.certificate, rule, now.date()):
                done.people.append(_mended(course.folder, one, last.document))
                continue
            if not one.earned:
                done.people.append(Person(one))
                continue
            if key is None:
                key, lines = private_key(course.folder)
                done.advice.extend(lines)
            taken = {*held.issued, *held.forgotten}
            done.people.append(_issue(course.folder, one, rule, now, key, taken))
    return done


def _goes_on(held: Certificate, rule: Rule, on: date) -> bool:
    return held.expires > on + timedelta(days=rule.renew_days)


def _issue(
    folder: Path,
    standing: Standing,
    rule: Rule,
    now: datetime,
    key: Ed25519PrivateKey,
    taken: set[str],
) -> Person:
    on = now.date()
    named = next(one for one in iter(lambda: number(on), "") if one not in taken)
    taken.add(named)
    certificate = Certificate(
        number=named,
        name=" ".join(_printable(standing.name).split())[:200] or standing.learner,
        programme=rule.programme,
        issuer=rule.issuer,
        percent=standing.percent,
        needed=f"{100 * rule.share:g}",
        critical=standing.critical,
        issued=on,
        expires=rule.last_day(on),
    )
    document = sign(certificate, key)
    # What is drawn is drawn before anything is entered: an error leaves nothing behind.
    contents, boxes = _files(document, key)
    register.enter_issued(folder, standing.learner, document, now)
    return Person(standing, document, _put(folder, contents), boxes=boxes)


def _mended(folder: Path, standing: Standing, document: Signed) -> Person:
    """Return a learner who holds a certificate; files of it that were lost are written anew."""
    held = document.certificate
    names = [f"{held.number}.json", *(f"{held.number}-{one}.pdf" for one in LANGUAGES)]
    if not all((folder / FOLDER / ISSUED / name).is_file() for name in names):
        key, _lines = private_key(folder)
        # An earlier key is lost, and its seal with it.
        if fingerprint(key.public_key()) == document.key:
            _put(folder, _files(document, key)[0])
    return Person(standing, holds=held)


def _files(document: Signed, key: Ed25519PrivateKey) -> tuple[dict[str, bytes], str]:
    """Return the contents of a certificate's files by name, and what its font lacks."""
    named, boxes = document.certificate.number, ""
    contents = {f"{named}.json": f"{document.text()}\n".encode("ascii")}
    for language in LANGUAGES:
        page, letters = draw(document, language)
        contents[f"{named}-{language}.pdf"] = sealed(page, key)
        boxes = "".join(sorted({*boxes, *letters.lacking}))
    return contents, boxes


def _put(folder: Path, contents: dict[str, bytes]) -> tuple[Path, ...]:
    place = folder / FOLDER / ISSUED
    place.mkdir(parents=True, exist_ok=True)
    for name, content in contents.items():
        _write(place / name, content)
    return tuple(place / name for name in contents)


def _printable(text: str) -> str:
    return "".join(letter if letter.isprintable() else " " for letter in text)


def revoke(course: Course, named: str, reason: str, on: date) -> Path:
    """Declare a certificate void, and write the public list anew.

    Args:
        course: the course.
        named: the certificate's number.
        reason: why; it stays in the register and does not go out.
        on: the day from which it is void.

    Returns:
        The list, signed, for everybody who verifies.

    Raises:
        DuecourseError: no such certificate was issued here, or it is void already.
    """
    with sole_run(course.folder):
        held = register.read(course.folder)
        if named not in held.issued and named not in held.forgotten:
            text = _("No certificate {number} was issued in {folder}.")
            raise DuecourseError(text.format(number=named, folder=course.folder))
        if named in held.revoked:
            text = _("{number} is revoked already, since {day}.")
            raise DuecourseError(text.format(number=named, day=held.revoked[named]))
        key, _lines = private_key(course.folder)
        register.enter_revoked(course.folder, named, on, reason)
        file = course.folder / FOLDER / REVOKED
        _write(file, revoked_list({**held.revoked, named: on}, key, on))
        return file


def revoked_list(numbers: dict[str, date], key: Ed25519PrivateKey, on: date) -> bytes:
    """Return the list of void certificates, signed; see `verifying.read_revoked`."""
    facts: dict[str, Any] = {
        "format": REVOKED_FORMAT,
        "on": on.isoformat(),
        "numbers": {name: day.isoformat() for name, day in sorted(numbers.items())},
    }
    signature = stamp(key, REVOKED_FORMAT, canonical(facts).encode("ascii"))
    name = fingerprint(key.public_key())
    return f"{canonical({'list': facts, 'key': name, 'signature': signature})}\n".encode("ascii")


def _write(file: Path, content: bytes) -> None:
    part = file.with_name(f"{file.name}.part")
    with part.open("wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    part.replace(file)
