"""What invented learners write where a task asks for prose: the model answer, more or less of it."""

import random
import re
from collections.abc import Iterable, Mapping, Sequence
from math import ceil
from typing import Final

from duecourse.language import Language

_OPENINGS: Final[Mapping[Language, Sequence[str]]] = {
    "en": (
        "Here is how I see it after working through the numbers.",
        "My answer first, then the reasons.",
        "I looked at the results above once more before writing this.",
        "",
    ),
    "zh": (
        "做完前面的计算之后，我的看法如下。",
        "先说结论，再说理由。",
        "动笔之前，我又看了一遍前面的结果。",
        "",
    ),
}
_UNFINISHED: Final[Mapping[Language, str]] = {
    "en": "I ran out of time and would still have to add the figures.",
    "zh": "时间不够，具体数字还没有补上。",
}
_EVASIVE: Final[Mapping[Language, str]] = {
    "en": "It depends. Every customer is different, so one has to look at each of them.",
    "zh": "这要看具体情况，每位客户都不一样，只能逐个来看。",
}


def written_answer(model: str, language: Language, quality: int, rng: random.Random) -> str:
    """Write a learner's answer out of the model answer: the better, the more of it is there.

    Args:
        model: the model answer, in one language or in both, paragraph by paragraph.
        language: the language to keep.
        quality: 3 (whole), 2 (the larger part of every paragraph), 1 (a start), 0 (evasive).
        rng: decides about the opening words.
    """
    paragraphs = [
        _sentences(paragraph)
        for paragraph in re.split(r"\n\s*\n", re.sub(r"<!--.*?-->", "", model).strip())
        if paragraph.strip() and _is_chinese(paragraph) == (language == "zh")
    ]
    opening = rng.choice(_OPENINGS[language])
    if quality == 0 or not paragraphs:
        return _EVASIVE[language]
    if quality == 1:
        return _join((opening, paragraphs[0][0], _UNFINISHED[language]), language)
    kept = [
        _join(sentences if quality > 2 else sentences[: ceil(len(sentences) * 0.6)], language)
        for sentences in paragraphs
    ]
    return "\n\n".join(paragraph for paragraph in (opening, *kept) if paragraph)


def _is_chinese(text: str) -> bool:
    characters = re.findall(r"[\u4e00-\u9fff]", text)
    return len(characters) > len(re.findall(r"[A-Za-z]+", text))


def _sentences(paragraph: str) -> list[str]:
    if re.search(r"^\s*([-*#|>]|\d+\.)", paragraph, flags=re.MULTILINE):
        return [paragraph]
    flat = " ".join(line.strip() for line in paragraph.split("\n"))
    return [part for part in re.split(r"(?<=[.!?])\s+|(?<=[。！？])\s*", flat) if part]


def _join(sentences: Iterable[str], language: Language) -> str:
    return ("" if language == "zh" else " ").join(part for part in sentences if part)
