"""What a message to a debtor must not say, as far as plain words give it away.

A search for phrases, no judgement: what it finds is worth a second look, what it does not find may
still be wrong.
"""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import yaml

from duecourse.language import _
from duecourse.rules.columns import word

_FILE: Final = Path(__file__).with_suffix(".yaml")


@dataclass(frozen=True)
class Content:
    """A phrase that stands for content which must not be there.

    Attributes:
        label: what kind of content, as in contact logs.
        phrase: the words that were found.
    """

    label: str
    phrase: str

    @property
    def name(self) -> str:
        """What the kind of content is called, in the current language."""
        return (
            _("disclosure to others") if self.label == "disclosure" else word("content", self.label)
        )


def labels() -> tuple[str, ...]:
    """Return all kinds of content that can be found."""
    return tuple(_patterns())


def forbidden(text: str) -> tuple[Content, ...]:
    """Return the forbidden content that plain words of a text give away, each kind once.

    Args:
        text: a message in English or Chinese.
    """
    found = []
    for label, pattern in _patterns().items():
        if one := pattern.search(text):
            found.append(Content(label, " ".join(one[0].split())))
    return tuple(found)


@cache
def _patterns() -> dict[str, re.Pattern[str]]:
    data = yaml.safe_load(_FILE.read_text("utf-8"))
    # A line break in a message is as good as a space.
    return {
        label: re.compile(
            "|".join(f"(?:{one})".replace(" ", r"\s+") for one in phrases), re.IGNORECASE
        )
        for label, phrases in data.items()
    }
