"""What an examination of an installation finds, and how it is shown."""

import html
import unicodedata
from dataclasses import dataclass

from duecourse.language import _


@dataclass(frozen=True)
class Check:
    """One thing looked at."""

    name: str
    ok: bool | None
    """True: fine. None: works, but read the advice. False: something needed is broken."""
    found: str
    advice: str = ""

    @property
    def verdict(self) -> str:
        """The outcome in one word."""
        return _("note") if self.ok is None else _("ok") if self.ok else _("BROKEN")


@dataclass(frozen=True)
class Examination:
    """All checks; a table in a notebook, lines of text elsewhere."""

    checks: tuple[Check, ...]

    @property
    def healthy(self) -> bool:
        """Whether nothing that is needed is broken."""
        return all(check.ok is not False for check in self.checks)

    @property
    def summary(self) -> str:
        """What it comes to, in one sentence."""
        broken = sum(check.ok is False for check in self.checks)
        if broken:
            return _("To be mended: {number}. The advice stands beside it.").format(number=broken)
        return _("All is ready.")

    def __repr__(self) -> str:
        wide = max((_width(check.name) for check in self.checks), default=0)
        lines = []
        for check in self.checks:
            gap = " " * (wide - _width(check.name) + 2)
            mark = check.verdict + " " * (8 - _width(check.verdict))
            lines.append(f"{mark}{check.name}{gap}{check.found}".rstrip())
            if check.advice:
                lines.append(" " * (wide + 10) + check.advice)
        return "\n".join([*lines, "", self.summary])

    def _repr_html_(self) -> str:
        rows = "".join(
            "<tr>"
            f'<td style="text-align:left;white-space:nowrap">{html.escape(check.verdict)}</td>'
            + "".join(
                f'<td style="text-align:left">{html.escape(text)}</td>'
                for text in (check.name, check.found, check.advice)
            )
            + "</tr>"
            for check in self.checks
        )
        heads = "".join(
            f'<th style="text-align:left">{html.escape(text)}</th>'
            for text in (_("Verdict"), _("Looked at"), _("Found"), _("What to do"))
        )
        return (
            f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"
            f"<p>{html.escape(self.summary)}</p>"
        )


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)
