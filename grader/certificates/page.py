"""The page of a certificate: A4 across, in one language, to be read, printed and scanned."""

import html
from datetime import date
from io import BytesIO
from typing import Any, Final

import segno
from babel.dates import format_date
from reportlab.lib.colors import HexColor
from reportlab.lib.enums import TA_CENTER, TA_LEFT
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Paragraph

from duecourse.language import _, current, pick, speaking
from grader.certificates.document import Signed
from grader.certificates.lettering import Lettering, lettering
from grader.certificates.sealing import carried

WIDE, HIGH = landscape(A4)
INK, QUIET, ACCENT = HexColor("#1f2933"), HexColor("#5f6b7a"), HexColor("#0072b2")
_MARGIN: Final = 24 * mm
_CODE: Final = 44 * mm
"""Side of the square code with its quiet zone."""


def draw(document: Signed, language: str) -> tuple[bytes, Lettering]:
    """Return the page as a PDF, without its seal, and the letters that it is written in.

    Args:
        document: what the page shows and carries.
        language: en or zh.
    """
    with speaking(language):
        words = _words(document)
        letters = lettering("".join(words.values()))
        stream = BytesIO()
        canvas = Canvas(stream, pagesize=(WIDE, HIGH), pageCompression=1, invariant=1)
        held = document.certificate
        canvas.setTitle(f"{words['title']} {held.number}")
        canvas.setAuthor(pick(held.issuer))
        canvas.setSubject(pick(held.programme))
        canvas.setCreator("duecourse")
        canvas.setKeywords(carried(document))
        _frame(canvas)
        _write(canvas, words, letters.name)
        _code(canvas, document.text())
        canvas.showPage()
        canvas.save()
    return stream.getvalue(), letters


def _words(document: Signed) -> dict[str, str]:
    """Return all texts of the page by their place."""
    held = document.certificate
    passed = _("Points: {percent} % of all (needed: {needed} %).")
    passed = passed.format(percent=held.percent, needed=held.needed)
    if held.critical:
        text = _("Critical items: {count}, all of them right.")
        passed += " " + text.format(count=held.critical)
    return {
        "title": _("Certificate of training"),
        "before": _("This is to certify that"),
        "name": held.name,
        "after": _("has completed the training"),
        "programme": pick(held.programme),
        "passed": passed,
        "days": _("Issued on {issued}, valid until {expires} inclusive.").format(
            issued=_day(held.issued), expires=_day(held.expires)
        ),
        "issuer": _("Issued by: {issuer}").format(issuer=pick(held.issuer)),
        "number": _("No. {number}").format(number=held.number),
        "key": _("Key {key}").format(key=document.key),
        "code": _("The code holds the signed certificate. Check: duecourse verify"),
        "small": _(
            "This certifies internal training and is no licence or official qualification. "
            "Training material, no legal advice."
        ),
    }


def _day(day: date) -> str:
    return str(format_date(day, "long", locale={"en": "en_GB", "zh": "zh_Hans_CN"}[current()]))


def _frame(canvas: Any) -> None:
    canvas.setStrokeColor(ACCENT)
    canvas.setLineWidth(2)
    canvas.rect(10 * mm, 10 * mm, WIDE - 20 * mm, HIGH - 20 * mm)
    canvas.setLineWidth(0.5)
    canvas.rect(12 * mm, 12 * mm, WIDE - 24 * mm, HIGH - 24 * mm)


def _write(canvas: Any, words: dict[str, str], font: str) -> None:
    wide, top = WIDE - 2 * _MARGIN, HIGH - 24 * mm
    for name, size, colour, gap, high in (
        ("title", 30, ACCENT, 9, 16),
        ("before", 12, QUIET, 3, 10),
        ("name", 34, INK, 6, 24),
        ("after", 12, QUIET, 3, 10),
        ("programme", 22, INK, 8, 22),
        ("passed", 12, INK, 2, 12),
        ("days", 12, INK, 0, 12),
    ):
        text = _fitting(words[name], font, size, colour, (wide, high * mm), TA_CENTER)
        _width, used = text.wrap(wide, high * mm)
        text.drawOn(canvas, _MARGIN, top - used)
        top -= used + gap * mm
    left, beside = _MARGIN, WIDE - 2 * _MARGIN - _CODE - 6 * mm
    foot = 20 * mm
    for name, size in (("small", 8), ("key", 8), ("number", 11), ("issuer", 11)):
        text = _fitting(words[name], font, size, QUIET, (beside, 14 * mm), TA_LEFT)
        _width, used = text.wrap(beside, 14 * mm)
        text.drawOn(canvas, left, foot)
        foot += used + 1.2 * mm
    note = _fitting(words["code"], font, 7, QUIET, (_CODE, 8 * mm), TA_CENTER)
    _width, used = note.wrap(_CODE, 8 * mm)
    note.drawOn(canvas, WIDE - _MARGIN - _CODE + 4 * mm, 20 * mm - used)


def _fitting(
    text: str, font: str, size: float, colour: Any, room: tuple[float, float], side: int
) -> Any:
    """Return a paragraph that fits: a long name is written smaller, never cut."""
    wide, high = room
    while True:
        style = ParagraphStyle(
            "line",
            fontName=font,
            fontSize=size,
            leading=1.3 * size,
            textColor=colour,
            alignment=side,
            wordWrap="CJK" if current() == "zh" or _is_one_word(text) else None,
            splitLongWords=1,
        )
        paragraph = Paragraph(html.escape(text), style)
        if paragraph.wrap(wide, high)[1] <= high or size <= 5:
            return paragraph
        size *= 0.9


def _is_one_word(text: str) -> bool:
    return " " not in text.strip()


def _code(canvas: Any, text: str) -> None:
    """Draw the square code that holds the whole signed document."""
    matrix = segno.make(text, error="l", micro=False, boost_error=False).matrix
    step = _CODE / (len(matrix) + 8)
    left, low = WIDE - _MARGIN - _CODE + 4 * mm, 20 * mm
    canvas.setFillColor(HexColor("#000000"))
    path = canvas.beginPath()
    for row, line in enumerate(reversed(matrix)):
        for column, dark in enumerate(line):
            if dark:
                path.rect(left + (column + 4) * step, low + (row + 4) * step, step, step)
    canvas.drawPath(path, stroke=0, fill=1)
