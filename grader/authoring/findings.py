"""What a check of content can find: coded, documented, in both languages."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, Literal

import yaml
from pydantic import BaseModel, ConfigDict

from duecourse.language import pick
from duecourse.tasks import Text

_FILE: Final = Path(__file__).parent / "codes.yaml"


class Code(BaseModel):
    """A kind of finding: how bad it is, what it says, and how it is mended."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    level: Literal["error", "warning"]
    text: Text
    """With named fields for what was found."""
    mend: Text


@dataclass(frozen=True, order=True)
class Finding:
    """Something in a file that must or should be mended.

    Attributes:
        file: the file.
        place: where in it, such as ``calls.hardship.open``.
        code: the kind of finding.
        fields: what the text of the kind is filled with.
    """

    file: Path
    place: str
    code: str
    fields: tuple[tuple[str, str], ...] = ()

    @property
    def error(self) -> bool:
        """Whether it must be mended."""
        return codes()[self.code].level == "error"

    @property
    def text(self) -> str:
        """What was found, in the current language."""
        return pick(codes()[self.code].text).format(**dict(self.fields))

    @property
    def mend(self) -> str:
        """What to do about it, in the current language."""
        return pick(codes()[self.code].mend)


def found(code: str, file: Path, place: str = "", /, **fields: Any) -> Finding:
    """Return a finding; the fields fill its text."""
    texts = ((name, str(value)) for name, value in fields.items())
    return Finding(file, place, code, tuple(texts))


@lru_cache(maxsize=1)
def codes() -> dict[str, Code]:
    """Return all kinds of findings by code."""
    data = yaml.safe_load(_FILE.read_text("utf-8"))
    return {code: Code.model_validate(one) for code, one in data.items()}
