"""Whose work something is: by an id or a name in its path, or by what stands inside.

A wrong guess would give one person another's marks, so a name must stand alone once the words are
gone that people and learning platforms add. What names two people is nobody's.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from duecourse.language import _
from duecourse.worlds import cleaned

# Moodle: "Li Ming_1234567_assignsubmission_file_", as a folder or before the file's own name; the
# number is its own.
_MOODLE: Final = re.compile(r"(?P<who>.+?)_\d+_assignsubmission_[a-z]+_?(?P<file>.*)")
# Canvas: "liming_LATE_1234_56789_work.ipynb", family name first or last; the numbers are its own.
_CANVAS: Final = re.compile(r"(?P<who>[^_]+)_(?:late_)?\d+_\d+_(?P<file>.+)")
_COPY: Final = re.compile(r"\(\d+\)|\[\d+\]|[-_ ]copy\d*(?=\W|_|$)|副本|拷贝")
_ENDING: Final = re.compile(r"\.(?:ipynb|zip|tar|tgz|gz|xz|bz2|json|jsonl|csv|txt|log)\b")
_SAID: Final = [
    "作业",
    "练习",
    "提交",
    "最终版",
    "终版",
    "最终",
    "最新版",
    "最新",
    "修改版",
    "修改",
    "新版",
    "学号",
    "姓名",
    "同学",
    "答案",
    "完成",
    "版",
    "的",
    "交",
    "homework",
    "assignment",
    "assignments",
    "submission",
    "submissions",
    "submitted",
    "submit",
    "work",
    "final",
    "version",
    "attempt",
    "late",
    "new",
    "latest",
    "corrected",
    "correction",
    "answers",
    "answer",
    "copy",
    "of",
    "my",
    "the",
    "from",
    "hw",
]
_DIGITS: Final = 4
"""A number shorter than this stands in names for many reasons; as an id it must stand alone."""


def plain(text: str) -> str:
    """Return a text as names are compared: NFKC and case-folded."""
    return unicodedata.normalize("NFKC", text).casefold()


@dataclass(frozen=True)
class Whose:
    """Whose something is.

    Attributes:
        learner: the id; empty where that is not clear.
        reason: why it is not clear, or what to know of it.
    """

    learner: str = ""
    reason: str = ""


class ClassList:
    """Everybody on the class list.

    Args:
        learners: the names of everybody by id; a name may be missing.
        said: titles and names of assignments, which stand in file names too.
    """

    def __init__(self, learners: Mapping[str, Iterable[str]], said: Iterable[str] = ()) -> None:
        self.learners = {one: [name for name in names if name] for one, names in learners.items()}
        words = sorted({plain(one) for one in said if one}, key=len, reverse=True)
        self._titles = [re.compile(rf"(?<![a-z0-9]){re.escape(one)}(?![a-z0-9])") for one in words]

    @cached_property
    def _ids(self) -> dict[str, str]:
        return {cleaned(one): one for one in sorted(self.learners)}

    @cached_property
    def _names(self) -> dict[str, set[str]]:
        """Ids by name without spaces, family name first and last."""
        found: dict[str, set[str]] = {}
        for one, names in self.learners.items():
            for name in names:
                words = _words(plain(name))
                for order in (words, words[::-1], [*words[-1:], *words[:-1]]):
                    if order:
                        found.setdefault("".join(order), set()).add(one)
        return found

    def by_id(self, text: str) -> str:
        """Return the learner whose id this is, in whatever case and width; "" if nobody's."""
        return self._ids.get(cleaned(text), "")

    def of(self, path: tuple[str, ...], inside: str = "") -> Whose:
        """Return whose something is.

        Args:
            path: where it was found, from the outside in.
            inside: the id that stands in the notebook, if any.
        """
        written = self.by_id(inside)
        found = {one for part in path for one in self._by_ids(part)}
        named = [names for part in path if (names := self._by_names(part))]
        # Of two people of one name it is the one whose id stands there too.
        found |= {one for names in named if not names & found for one in names}
        if len(found) > 1 and written in found and found in named:
            return Whose(written)
        if len(found) > 1:
            text = _("its path names more than one learner: {learners}")
            return Whose(reason=text.format(learners=", ".join(sorted(found))))
        if found:
            [learner] = found
            text = _("'{learner}' is written in the notebook")
            differs = written not in {"", learner}
            return Whose(learner, text.format(learner=written) if differs else "")
        if written:
            return Whose(written)
        if inside:
            text = _("its path names nobody on the class list; in the notebook stands '{learner}'")
            return Whose(reason=text.format(learner=inside))
        return Whose(reason=_("nothing in its path or in it names somebody on the class list"))

    def _by_ids(self, part: str) -> set[str]:
        """Return the learners whose ids stand in one part of a path."""
        text = plain(part)
        if match := _MOODLE.fullmatch(text) or _CANVAS.fullmatch(text):
            text = f"{match['who']} {match['file']}".strip()
        text = _COPY.sub(" ", _ENDING.sub(" ", text))
        if text.strip() in self._ids:
            return {self._ids[text.strip()]}
        return self._ids_in(text) or self._ids_in(self._without_words(text))

    def _ids_in(self, text: str) -> set[str]:
        found = set()
        for one in sorted(self._ids, key=len, reverse=True):
            if one.isdecimal() and len(one) < _DIGITS:
                continue
            pattern = _alone(one)
            if pattern.search(text):
                found.add(self._ids[one])
                text = pattern.sub(" ", text)
        return found

    def _by_names(self, part: str) -> set[str]:
        text = plain(part)
        if match := _MOODLE.fullmatch(text) or _CANVAS.fullmatch(text):
            text = match["who"]
        for said in (_COPY.sub(" ", _ENDING.sub(" ", text)), self._without_words(text)):
            if found := self._names.get("".join(_words(said))):
                return found
        return set()

    def _without_words(self, text: str) -> str:
        """Return a part of a path without what people, systems and platforms add to names."""
        text = _COPY.sub(" ", _ENDING.sub(" ", text))
        for title in self._titles:
            text = title.sub(" ", text)
        for word in _SAID:
            # Chinese has no spaces between words; an English word must not be part of another.
            pattern = rf"(?<![a-z0-9]){word}(?![a-z0-9])" if word.isascii() else word
            text = re.sub(pattern, " ", text)
        return text


def _alone(one: str) -> re.Pattern[str]:
    """Return a pattern for an id that is no part of another: li-ming is not in wang-li-ming."""
    before = r"(?<![a-z0-9])(?<![a-z0-9]-)" if one[0].isascii() else r"(?<![^\W\d_])"
    after = r"(?!-?[a-z0-9])" if one[-1].isascii() else r"(?![^\W\d_])"
    return re.compile(before + re.escape(one) + after)


def _words(text: str) -> list[str]:
    """Return the words of a text; numbers and marks are none."""
    return re.findall(r"[^\W\d_]+", text)
