"""Is a certificate genuine, and is it in force? All that is needed is the issuer's public key."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from duecourse.errors import DuecourseError
from duecourse.language import _, pick
from grader.certificates import register, sealing
from grader.certificates.document import NUMBER, Certificate, Signed, canonical, proven, read
from grader.certificates.issuing import REVOKED_FORMAT
from grader.certificates.keys import fingerprint, public_key, public_keys
from grader.certificates.register import Register

MOST: Final = 20 << 20
"""Bytes of a file that is looked at."""


class State(StrEnum):
    """What a certificate is worth."""

    VALID = "valid"
    EXPIRED = "expired"
    EARLY = "early"
    REVOKED = "revoked"
    CHANGED = "changed"
    PAGE_CHANGED = "page-changed"
    OTHER_KEY = "other-key"
    UNREADABLE = "unreadable"
    UNKNOWN = "unknown"
    FORGOTTEN = "forgotten"


@dataclass(frozen=True)
class Trust:
    """What is believed.

    Attributes:
        keys: the issuer's public keys by fingerprint.
        revoked: the day by number of void certificates.
        register: the issuer's register, where it is here.
    """

    keys: Mapping[str, Ed25519PublicKey]
    revoked: Mapping[str, date] = field(default_factory=dict)
    register: Register | None = None


@dataclass(frozen=True)
class Verdict:
    """What was found out about a certificate.

    Attributes:
        what: the file or number that was asked about.
        state: what it is worth.
        why: in a sentence.
        certificate: what the issuer has signed; only there where the signature is genuine.
    """

    what: str
    state: State
    why: str
    certificate: Certificate | None = None

    def __str__(self) -> str:
        """Return the verdict and what was signed, line by line."""
        lines = [f"{self.what}: {self.why}"]
        if held := self.certificate:
            text = _("{number}: {name}, {programme}, {percent} %, from {issued} until {expires}")
            signed = text.format(
                number=held.number,
                name=held.name,
                programme=pick(held.programme),
                percent=held.percent,
                issued=held.issued,
                expires=held.expires,
            )
            lines += [f"  {_('signed:')} {signed}"]
            lines += [f"  {_('issued by:')} {pick(held.issuer)}"]
        return "\n".join(lines)


def trusting(keys: Iterable[Path], revoked: Path | None, course: Path | None) -> Trust:
    """Return what is believed, from files of public keys, a list, and a course's folder.

    Args:
        keys: files of public keys; if there are any, those of the course do not count.
        revoked: the issuer's list of void certificates.
        course: the folder of the course that issued them, if it is here.

    Raises:
        DuecourseError: a file cannot be read, the list is not the issuer's, or there is no key.
    """
    given = [public_key(file) for file in keys]
    known = {fingerprint(key): key for key in given}
    if not known and course is not None:
        known = public_keys(course)
    if not known:
        text = _("No public key is known. Name the issuer's: --key public-key-….pem")
        raise DuecourseError(text)
    held = register.read(course) if course is not None else None
    void = dict(held.revoked) if held else {}
    if revoked is not None:
        void |= read_revoked(revoked, known)
    return Trust(known, void, held)


def read_revoked(file: Path, keys: Mapping[str, Ed25519PublicKey]) -> dict[str, date]:
    """Return the days by number from an issuer's list of void certificates.

    Raises:
        DuecourseError: it cannot be read, or none of the keys has signed it.
    """
    try:
        held = json.loads(_bytes(file))
        facts, key, signature = held["list"], keys.get(held["key"]), str(held["signature"])
        content = canonical(facts).encode("ascii")
        if key is None or not proven(key, REVOKED_FORMAT, content, signature):
            text = _("{file} was not signed with the issuer's key: do not rely on it.")
            raise DuecourseError(text.format(file=file))
        return {str(name): date.fromisoformat(day) for name, day in facts["numbers"].items()}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        text = _("{file} is no list of revoked certificates, or is damaged.")
        raise DuecourseError(text.format(file=file)) from error


def verify_one(what: str, trust: Trust, on: date) -> Verdict:
    """Verify the certificate in a file, or with a number.

    Args:
        what: path of a PDF or JSON file, or a number.
        trust: what is believed.
        on: the day on which it should be in force.
    """
    if re.fullmatch(NUMBER, what.strip()) and not Path(what).exists():
        return _by_number(what.strip(), trust, on)
    try:
        content = _bytes(Path(what))
        page = content if content[:1024].lstrip().startswith(b"%PDF-") else None
        text = sealing.text_in(page) if page is not None else content.decode("ascii")
        document = read(text)
    except UnicodeDecodeError:
        return Verdict(what, State.UNREADABLE, _("this is no certificate of duecourse"))
    except DuecourseError as error:
        return Verdict(what, State.UNREADABLE, str(error))
    return judge(what, document, trust, on, page=page)


def judge(
    what: str, document: Signed, trust: Trust, on: date, *, page: bytes | None = None
) -> Verdict:
    """Say what a document is worth, and the page that carries it."""
    key = trust.keys.get(document.key)
    if key is None:
        text = _("NOT GENUINE: signed with another key ({key}) than the issuer's")
        return Verdict(what, State.OTHER_KEY, text.format(key=document.key))
    if not document.genuine(key):
        return Verdict(what, State.CHANGED, _("NOT GENUINE: it was changed after it was signed"))
    held = document.certificate
    if page is not None and not sealing.whole(page, key):
        text = _(
            "THE PAGE IS NOT AS ISSUED: it was changed, cut off or saved by another program. "
            "Believe only what was signed, and ask for the original"
        )
        return Verdict(what, State.PAGE_CHANGED, text, held)
    if held.number in trust.revoked:
        text = _("NO LONGER VALID: revoked by the issuer on {day}")
        day = trust.revoked[held.number]
        return Verdict(what, State.REVOKED, text.format(day=day), held)
    if on > held.expires:
        text = _("NO LONGER VALID: it ended on {day}")
        return Verdict(what, State.EXPIRED, text.format(day=held.expires), held)
    if on < held.issued:
        text = _("NOT VALID YET: it begins on {day}; is this machine's clock right?")
        return Verdict(what, State.EARLY, text.format(day=held.issued), held)
    return Verdict(what, State.VALID, _("genuine and in force"), held)


def _by_number(named: str, trust: Trust, on: date) -> Verdict:
    if trust.register is None:
        text = _("a number can be looked up only in the course that issued it; name the file")
        return Verdict(named, State.UNKNOWN, text)
    if entry := trust.register.issued.get(named):
        return judge(named, entry.document, trust, on)
    if day := trust.register.forgotten.get(named):
        text = _("issued here; the data of its holder were deleted on {day}. Ask for the file")
        state = State.REVOKED if named in trust.revoked else State.FORGOTTEN
        return Verdict(named, state, text.format(day=day))
    return Verdict(named, State.UNKNOWN, _("NOT GENUINE: no such number was issued here"))


def _bytes(file: Path) -> bytes:
    try:
        if not file.is_file():
            raise DuecourseError(_("there is no file {file}").format(file=file))
        if file.stat().st_size > MOST:
            raise DuecourseError(_("{file} is too large for a certificate").format(file=file))
        return file.read_bytes()
    except (OSError, ValueError) as error:
        text = _("{file} cannot be read: {problem}")
        raise DuecourseError(text.format(file=file, problem=error)) from error
