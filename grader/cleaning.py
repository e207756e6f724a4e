"""Pages that show learners' work: nothing of it may run or reach the network there.

What a learner wrote or put out is markup for the pages of the formgrader and of the feedback.
bleach keeps what is needed to read it; pictures that are drawings become images, in which no script
runs.
"""

import base64
import re
import secrets
from typing import Any, Final

from bleach import clean
from bleach.css_sanitizer import CSSSanitizer
from nbconvert.preprocessors.sanitize import SanitizeHTML
from nbformat import NotebookNode

from duecourse.answers import MIME
from grader.feedback import MARK_MIME

_TAGS: Final = frozenset(
    [
        "a",
        "abbr",
        "b",
        "blockquote",
        "br",
        "caption",
        "code",
        "col",
        "colgroup",
        "dd",
        "del",
        "details",
        "div",
        "dl",
        "dt",
        "em",
        "figcaption",
        "figure",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "hr",
        "i",
        "kbd",
        "li",
        "ol",
        "p",
        "pre",
        "s",
        "section",
        "small",
        "span",
        "strong",
        "sub",
        "summary",
        "sup",
        "table",
        "tbody",
        "td",
        "tfoot",
        "th",
        "thead",
        "tr",
        "u",
        "ul",
    ]
)
_ATTRIBUTES: Final = {
    "*": ["class", "lang", "dir", "style", "title"],
    "a": ["href"],
    "ol": ["start"],
    "td": ["colspan", "rowspan"],
    "th": ["colspan", "rowspan", "scope"],
}
_STYLES: Final = [
    "background-color",
    "border",
    "border-bottom",
    "border-collapse",
    "border-color",
    "border-left",
    "border-radius",
    "border-right",
    "border-top",
    "color",
    "display",
    "font-family",
    "font-size",
    "font-style",
    "font-weight",
    "line-height",
    "margin",
    "margin-bottom",
    "margin-left",
    "margin-right",
    "margin-top",
    "max-width",
    "opacity",
    "overflow",
    "padding",
    "padding-bottom",
    "padding-left",
    "padding-right",
    "padding-top",
    "text-align",
    "text-decoration",
    "vertical-align",
    "white-space",
    "width",
]
_CODE: Final = re.compile(r"<(style|script)\b.*?</\1\s*>", re.DOTALL | re.IGNORECASE)
_DRAWING: Final = re.compile(r"<svg\b.*?</svg\s*>", re.DOTALL | re.IGNORECASE)
_BASE64: Final = re.compile(r"[A-Za-z0-9+/=\s]*")
_ATTACHED: Final = re.compile(r"attachment:([^)\s\"']+)")
_PICTURES: Final = frozenset({"image/png", "image/jpeg"})
_SVG: Final = "image/svg+xml"


class CleanPages(SanitizeHTML):
    """Keeps of a notebook what can be shown without danger: for exporters of HTML pages."""

    def preprocess_cell(
        self,
        cell: NotebookNode,
        resources: Any,
        cell_index: int,  # noqa: ARG002  # nbconvert's signature
    ) -> tuple[NotebookNode, Any]:
        """Clean one cell: its text or its outputs."""
        if cell.cell_type == "code":
            cell.outputs = self.sanitize_code_outputs(cell.outputs)
        else:
            # nothing begins with a >, and quotations of Markdown do
            cell.source = self.sanitize_html_tags(cell.source).replace("&gt;", ">")
            if cell.cell_type == "markdown":
                cell["attachments"] = _attachments(cell)
        return cell, resources

    def sanitize_code_outputs(self, outputs: list[Any]) -> list[Any]:
        """Clean what a cell put out; what cannot be cleaned is left out."""
        for output in outputs:
            if output["output_type"] not in {"stream", "error"}:
                output.data = NotebookNode(self._shown(output.data))
        return outputs

    def sanitize_html_tags(self, html_str: str) -> str:
        """Return markup with what is allowed in it; the rest is shown as the text that it is."""
        return str(
            clean(
                html_str,
                tags=_TAGS,
                attributes=_ATTRIBUTES,
                css_sanitizer=CSSSanitizer(allowed_css_properties=_STYLES),
            )
        )

    def _shown(self, data: Any) -> dict[str, Any]:
        shown: dict[str, Any] = {}
        for kind, content in data.items():
            if kind in {"text/plain", MIME, MARK_MIME}:
                shown[kind] = content
            elif kind == "text/html":
                shown[kind] = self._page(_text(content))
            elif kind == "text/markdown":
                shown[kind] = self.sanitize_html_tags(_text(content))
            elif kind == _SVG:
                shown.setdefault("text/html", _image(_text(content)))
            elif kind in _PICTURES and _BASE64.fullmatch(_text(content)):
                shown[kind] = content
        return shown

    def _page(self, markup: str) -> str:
        drawings: dict[str, str] = {}

        def taken_out(found: re.Match[str]) -> str:
            name = f"drawing-{secrets.token_hex(16)}"
            drawings[name] = _image(found[0])
            return name

        cleaned = self.sanitize_html_tags(_CODE.sub("", _DRAWING.sub(taken_out, markup)))
        for name, image in drawings.items():
            cleaned = cleaned.replace(name, image)
        return cleaned


def _attachments(cell: NotebookNode) -> NotebookNode:
    """Return the attached pictures; one that is none, or is missing, becomes an empty one."""
    there = cell.get("attachments")
    named = {**there} if isinstance(there, dict) else {}
    for name in (*named, *_ATTACHED.findall(cell.source)):
        bundle = named.get(name)
        kinds = bundle.items() if isinstance(bundle, dict) else ()
        pictures = {
            kind: content
            for kind, content in kinds
            if kind in _PICTURES and _BASE64.fullmatch(_text(content))
        }
        named[name] = pictures or {"image/png": ""}
    return NotebookNode(named)


def _text(content: Any) -> str:
    return "".join(map(str, content)) if isinstance(content, list) else str(content)


def _image(drawing: str) -> str:
    if "xmlns=" not in drawing:
        drawing = re.sub(r"<svg\b", '<svg xmlns="http://www.w3.org/2000/svg"', drawing, count=1)
    encoded = base64.b64encode(drawing.encode("utf-8", "replace")).decode()
    return f'<img style="max-width:100%" alt="" src="data:{_SVG};base64,{encoded}">'
