"""The certificate as a document: a few plain facts, one way to write them down, and a signature.

Everything is ASCII, so that no code page, QR reader or spreadsheet can change a byte of it.
"""

import base64
import json
import secrets
from datetime import date
from typing import Annotated, Any, Final, Literal

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from duecourse.errors import DuecourseError
from duecourse.language import _
from grader.certificates.keys import fingerprint

FORMAT: Final = "duecourse-certificate-1"
PLAIN: Final = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Letters and digits of a number: none that is taken for another one."""
NUMBER: Final = rf"^DC-\d{{4}}-[{PLAIN}]{{4}}-[{PLAIN}]{{4}}$"
_Both = Annotated[dict[Literal["en", "zh"], str], Field(min_length=1)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Certificate(_Part):
    """What a certificate says; nothing else of the learner leaves the house.

    Attributes:
        number: its number; by chance, so that it tells nothing and cannot be guessed.
        name: of the person.
        programme: what was trained, in both languages.
        issuer: who answers for it, in both languages.
        percent: of the points, rounded down to one decimal: "87.4".
        needed: the percentage that was asked for.
        critical: how many critical items there were; all of them were right.
        issued: the day it was issued, and its first day.
        expires: its last day.
    """

    format: Literal["duecourse-certificate-1"] = FORMAT
    number: Annotated[str, Field(pattern=NUMBER)]
    name: Annotated[str, Field(min_length=1, max_length=200)]
    programme: _Both
    issuer: _Both
    percent: Annotated[str, Field(pattern=r"^\d{1,3}\.\d$")]
    needed: Annotated[str, Field(pattern=r"^\d{1,3}(\.\d)?$")]
    critical: Annotated[int, Field(ge=0)]
    issued: date
    expires: date


class Signed(_Part):
    """A certificate with its signature.

    Attributes:
        certificate: what is signed.
        key: fingerprint of the public key that it is verified with.
        signature: Ed25519, in base64.
    """

    certificate: Certificate
    key: Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]
    signature: Annotated[str, Field(pattern=r"^[A-Za-z0-9+/]{86}==$")]

    def text(self) -> str:
        """Return it as one line of ASCII."""
        return canonical(self.model_dump(mode="json"))

    def genuine(self, key: Ed25519PublicKey) -> bool:
        """Whether the owner of a key has signed exactly this."""
        return proven(key, FORMAT, _facts(self.certificate), self.signature)


def canonical(value: Any) -> str:
    """Return the one way in which a JSON value is written: keys in order, no spaces, ASCII."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True)


def sign(certificate: Certificate, key: Ed25519PrivateKey) -> Signed:
    """Sign a certificate."""
    return Signed(
        certificate=certificate,
        key=fingerprint(key.public_key()),
        signature=stamp(key, FORMAT, _facts(certificate)),
    )


def read(text: str) -> Signed:
    """Return the document that a text holds, whether or not it is genuine.

    Raises:
        DuecourseError: it holds none.
    """
    try:
        return Signed.model_validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        problem = f"{place}: {first['msg']}" if place else first["msg"]
        text = _("this is no certificate of duecourse, or not all of it ({problem})")
        raise DuecourseError(text.format(problem=problem)) from error


def number(on: date) -> str:
    """Return a new number, such as DC-2026-7K3M-92QF; two alike in 10 ** 11."""
    drawn = [secrets.choice(PLAIN) for _place in range(8)]
    return f"DC-{on.year}-{''.join(drawn[:4])}-{''.join(drawn[4:])}"


def stamp(key: Ed25519PrivateKey, purpose: str, content: bytes) -> str:
    """Return a signature in base64; one made for a purpose is worth nothing for another."""
    return base64.b64encode(key.sign(_bound(purpose, content))).decode("ascii")


def proven(key: Ed25519PublicKey, purpose: str, content: bytes, signature: str) -> bool:
    """Whether a signature in base64 was made with a key, for a purpose, of this content."""
    try:
        key.verify(base64.b64decode(signature, validate=True), _bound(purpose, content))
    except (InvalidSignature, ValueError):
        return False
    return True


def _bound(purpose: str, content: bytes) -> bytes:
    return purpose.encode("ascii") + b"\n" + content


def _facts(certificate: Certificate) -> bytes:
    return canonical(certificate.model_dump(mode="json")).encode("ascii")
