"""English and Chinese: which one is spoken here, and every text in it.

The English text in the code is the key; the Chinese one stands beside it in
``locale/zh/LC_MESSAGES/duecourse.po`` and is read from there directly, so there is no compiled
catalogue that could grow old.
"""

import locale
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal, get_args

from duecourse.errors import DuecourseError

Language = Literal["en", "zh"]
LANGUAGES: Final[tuple[Language, ...]] = get_args(Language)
VARIABLE: Final = "DUECOURSE_LANGUAGE"

CATALOGUES: Final = Path(__file__).parent / "locale" / "zh" / "LC_MESSAGES"
"""Folder of the Chinese catalogues, one file for each part of the kit."""
_DECLARED: Final = re.compile(r"^language:\s*(en|zh)\s*$", re.MULTILINE)
_chosen: dict[str, Language] = {}


def use(language: str | None) -> None:
    """Speak this language from now on; None returns to what the surroundings say.

    Raises:
        DuecourseError: the language is neither "en" nor "zh".
    """
    if language is None:
        _chosen.clear()
    else:
        _chosen["language"] = known(language)


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Speak this language inside a ``with`` block."""
    before = _chosen.get("language")
    use(language)
    try:
        yield
    finally:
        use(before)


def known(language: str) -> Language:
    """Return the language if the kit speaks it; ``zh_CN.UTF-8`` and the like count as ``zh``.

    Raises:
        DuecourseError: it does not.
    """
    for ours in LANGUAGES:
        if language == ours or re.match(rf"{ours}[-_.]", language):
            return ours
    raise DuecourseError(f"The kit speaks en and zh, not '{language}'.")


def current() -> Language:
    """Return the language spoken now.

    What `use` chose comes first, then the variable ``DUECOURSE_LANGUAGE``, then the ``language:``
    of the assignment's ``tasks.yaml`` or of the learner folder's ``course.yaml``, then the
    system's own language, and English at last.
    """
    if _chosen:
        return _chosen["language"]
    if named := os.environ.get(VARIABLE):
        return known(named)
    return declared(Path.cwd()) or _of_the_system()


def declared(folder: Path) -> Language | None:
    """Return the language that a folder of an assignment, a learner or a course says it is in."""
    for file in (folder / "tasks.yaml", *(up / "course.yaml" for up in (folder, *folder.parents))):
        if file.is_file() and (found := _DECLARED.search(file.read_text("utf-8", "replace"))):
            return known(found.group(1))
    return None


def _of_the_system() -> Language:
    name = os.environ.get("LC_ALL") or os.environ.get("LANG") or locale.getlocale()[0] or "en"
    return "zh" if name.startswith(("zh", "Chinese")) else "en"


@cache
def catalogue() -> Mapping[str, str]:
    """Return the Chinese texts by their English ones."""
    from babel.messages.pofile import read_po

    texts = {}
    for path in sorted(CATALOGUES.glob("*.po")):
        with path.open("rb") as file:
            texts.update({str(one.id): str(one.string) for one in read_po(file) if one.id})
    return texts


def _(text: str) -> str:
    """Return the text in the current language; without a translation, as it is."""
    return (catalogue().get(text) or text) if current() == "zh" else text


def tag() -> str:
    """Return the current language as HTML's ``lang`` attribute names it."""
    return {"en": "en", "zh": "zh-CN"}[current()]


def pick(texts: Mapping[Any, str] | str) -> str:
    """Return the text of the current language out of ``{"en": ..., "zh": ...}``.

    A released file holds one language only; then that one is returned.
    """
    if isinstance(texts, str):
        return texts
    return texts.get(current()) or next(iter(texts.values()), "")
