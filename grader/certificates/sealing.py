"""A page that carries its certificate, and whose every byte is vouched for.

The signed document stands in the page's own description (its keywords). Behind the end of the file,
where readers of PDF do not look, stands a signature over all bytes before it: whoever changes the
name on the page, and not the document in it, is found out as well.
"""

import base64
import binascii
import hashlib
import re
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from duecourse.errors import DuecourseError
from duecourse.language import _
from grader.certificates.document import Signed, proven, stamp

PURPOSE: Final = "duecourse-page-1"
_CARRIED: Final = re.compile(rb"duecourse-certificate:((?:[A-Za-z0-9_=-]|\\\r?\n)+):")
_SEAL: Final = re.compile(rb"%duecourse-seal:([A-Za-z0-9+/]{86}==)\n\Z")


def carried(document: Signed) -> str:
    """Return a document as a word that can stand in the description of a page."""
    word = base64.urlsafe_b64encode(document.text().encode("ascii")).decode("ascii")
    return f"duecourse-certificate:{word}:"


def sealed(page: bytes, key: Ed25519PrivateKey) -> bytes:
    """Return a page with a signature over all of it."""
    page = page if page.endswith(b"\n") else page + b"\n"
    seal = stamp(key, PURPOSE, hashlib.sha256(page).digest())
    return page + f"%duecourse-seal:{seal}\n".encode("ascii")


def text_in(page: bytes) -> str:
    """Return the document that a page carries, as text.

    Raises:
        DuecourseError: it carries none.
    """
    found = _CARRIED.search(page)
    if not found:
        text = _(
            "this PDF carries no certificate of duecourse; if another program has saved it anew, "
            "ask for the file as it was issued"
        )
        raise DuecourseError(text)
    word = re.sub(rb"\\\r?\n", b"", found.group(1))
    try:
        return base64.b64decode(word, altchars=b"-_", validate=True).decode("ascii")
    except (binascii.Error, UnicodeDecodeError) as error:
        raise DuecourseError(_("the certificate in this PDF is damaged")) from error


def whole(page: bytes, key: Ed25519PublicKey) -> bool:
    """Whether every byte of a page is as the owner of the key has sealed it."""
    found = _SEAL.search(page)
    if not found:
        return False
    content = hashlib.sha256(page[: found.start()]).digest()
    return proven(key, PURPOSE, content, found.group(1).decode("ascii"))
