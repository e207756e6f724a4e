"""A document as DOCX, for word processors."""

import io
from datetime import datetime
from typing import Any, Final

from grader.training.paper import Heading, Paper, Paragraph, Points, Table

_WIDE: Final = 5
"""From so many columns on, the page lies on its side."""


def as_word(paper: Paper, written: datetime) -> bytes:
    """Return a document as DOCX.

    Args:
        paper: the document.
        written: when it was written, as its properties say.
    """
    from docx import Document
    from docx.enum.section import WD_ORIENT
    from docx.shared import Cm, Pt

    document = Document()
    chinese = paper.language == "zh"
    _fonts(document.styles, chinese=chinese)
    properties = document.core_properties
    properties.title, properties.language = paper.title, "zh-CN" if chinese else "en"
    properties.author = properties.comments = properties.last_modified_by = ""
    properties.created = properties.modified = written.replace(tzinfo=None)
    section = document.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    if any(isinstance(one, Table) and len(one.head) >= _WIDE for one in paper.pieces):
        section.orientation = WD_ORIENT.LANDSCAPE
        section.page_width, section.page_height = section.page_height, section.page_width
    section.left_margin = section.right_margin = Cm(2)
    section.top_margin = section.bottom_margin = Cm(1.8)
    width = section.page_width - section.left_margin - section.right_margin
    document.add_heading(paper.title, level=0)
    for piece in paper.pieces:
        match piece:
            case Heading(text, level):
                document.add_heading(text, level=level)
            case Paragraph(text):
                document.add_paragraph(text)
            case Points(items):
                for item in items:
                    document.add_paragraph(item, style="List Bullet")
            case Table():
                _table(document, piece, width)
                document.add_paragraph().paragraph_format.space_after = Pt(2)
    if paper.foot:
        run = document.add_paragraph().add_run(paper.foot)
        run.italic, run.font.size = True, Pt(9)
    kept = io.BytesIO()
    document.save(kept)
    return kept.getvalue()


def _fonts(styles: Any, *, chinese: bool) -> None:
    from docx.oxml.ns import qn
    from docx.shared import Pt, RGBColor

    for name in ("Normal", "Title", "Heading 1", "Heading 2", "Heading 3"):
        style = styles[name]
        style.font.name = "Calibri"
        style.font.color.rgb = RGBColor(0x1F, 0x2A, 0x37)
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
            # a theme's font would win over the one that is named
            fonts.attrib.pop(qn(f"w:{theme}"), None)
        fonts.set(qn("w:hAnsi"), "Calibri")
        fonts.set(qn("w:eastAsia"), "Microsoft YaHei" if chinese else "Calibri")
    styles["Normal"].font.size = Pt(10.5)
    styles["Title"].font.size = Pt(20)


def _table(document: Any, table: Table, width: int) -> None:
    from docx.oxml import OxmlElement
    from docx.shared import Emu, Pt

    made = document.add_table(rows=1, cols=len(table.head), style="Table Grid")
    made.autofit = False
    shares = table.widths or (1.0,) * len(table.head)
    for column, share in zip(made.columns, shares, strict=True):
        column.width = Emu(int(width * share / sum(shares)))
    # the head is repeated on every page
    made.rows[0]._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))  # noqa: SLF001
    lines = [table.head, *table.rows]
    for _row in table.rows:
        made.add_row()
    # a table's cells are looked up anew each time they are asked for, which is slow
    cells = made._cells  # noqa: SLF001
    for number, line in enumerate(lines):
        for at, text in enumerate(line):
            cell = cells[number * len(table.head) + at]
            cell.width = Emu(int(width * shares[at] / sum(shares)))
            paragraph = cell.paragraphs[0]
            paragraph.paragraph_format.space_after = Pt(0)
            run = paragraph.add_run(text)
            run.font.size, run.bold = Pt(9), number == 0 or None
