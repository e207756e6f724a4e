"""The issuer's keys: a private one that never leaves the course's folder, public ones for everybody."""

import hashlib
import os
import sys
from pathlib import Path
from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from duecourse.errors import DuecourseError
from duecourse.language import _

FOLDER: Final = "certificates"
"""Folder of a course that holds everything about certificates."""
PRIVATE: Final = "private-key.pem"
PUBLIC: Final = "public-key-*.pem"
_MOST: Final = 10_000


def fingerprint(key: Ed25519PublicKey) -> str:
    """Return the first 16 hexadecimal digits of SHA-256 of the key's 32 bytes."""
    raw = key.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    return hashlib.sha256(raw).hexdigest()[:16]


def private_key(folder: Path, *, new: bool = False) -> tuple[Ed25519PrivateKey, list[str]]:
    """Return the key that a course signs with; it is made on first use.

    Args:
        folder: the course's folder.
        new: make one where an earlier one is lost; the public keys of earlier ones stay.

    Returns:
        The key, and what its owner should know about it now, line by line.

    Raises:
        DuecourseError: it is lost, cannot be read, or others of this machine can read it.
    """
    file = folder / FOLDER / PRIVATE
    if file.exists():
        if new:
            text = _("The private key {file} is there: a new one is for where it is lost.")
            raise DuecourseError(text.format(file=file))
        return _kept(file), []
    if not new and public_keys(folder):
        text = _(
            "The private key {file} is gone. Put it back from your copy. If there is none: "
            "duecourse certify --new-key. What was issued before stays verifiable."
        )
        raise DuecourseError(text.format(file=file))
    key = Ed25519PrivateKey.generate()
    file.parent.mkdir(parents=True, exist_ok=True)
    public = file.with_name(f"public-key-{fingerprint(key.public_key())[:8]}.pem")
    # The public one comes first: a private key without it would sign what nobody can verify.
    _write(public, _public_pem(key.public_key()), 0o644)
    _write(file, _private_pem(key), 0o600)
    return key, [
        _("A private key was made: {file}").format(file=file),
        _(
            "Keep a copy of it in a safe place outside this machine, and never send it on: whoever "
            "has it can issue certificates in your name, and without it you can issue none."
        ),
        _("Those who verify need this file: {file}").format(file=public),
    ]


def public_keys(folder: Path) -> dict[str, Ed25519PublicKey]:
    """Return the public keys of a course by their fingerprints, those of lost private keys too.

    Raises:
        DuecourseError: a file holds none.
    """
    files = sorted((folder / FOLDER).glob(PUBLIC))
    return {fingerprint(key): key for key in map(public_key, files)}


def public_key(file: Path) -> Ed25519PublicKey:
    """Return the public key in a PEM file.

    Raises:
        DuecourseError: there is no such file, or it holds no public Ed25519 key.
    """
    try:
        with file.open("rb") as stream:
            key = serialization.load_pem_public_key(stream.read(_MOST))
    except OSError as error:
        text = _("The public key {file} cannot be read: {problem}")
        raise DuecourseError(text.format(file=file, problem=error.strerror or error)) from error
    except (ValueError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PublicKey):
        text = _("{file} holds no public key of duecourse. Ask the issuer for public-key-….pem.")
        raise DuecourseError(text.format(file=file))
    return key


def _kept(file: Path) -> Ed25519PrivateKey:
    # Windows has no such bits; there the folder's own rights count.
    if sys.platform != "win32" and file.stat().st_mode & 0o077:
        text = _("Others on this machine can read the private key. First: chmod 600 {file}")
        raise DuecourseError(text.format(file=file))
    try:
        key = serialization.load_pem_private_key(file.read_bytes(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        text = _("{file} holds no private key of duecourse. Put it back from your copy.")
        raise DuecourseError(text.format(file=file))
    return key


def _private_pem(key: Ed25519PrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def _public_pem(key: Ed25519PublicKey) -> bytes:
    return key.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def _write(file: Path, content: bytes, mode: int) -> None:
    """Write a file whole or not at all, readable by nobody else at any moment."""
    part = file.with_name(f"{file.name}.part")
    part.unlink(missing_ok=True)
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(handle, "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    part.replace(file)
