"""Letters for a page: a small font with exactly the characters of the page, Chinese ones too.

A PDF that is to look the same everywhere carries its own letters. The fonts that hold Chinese have
outlines that reportlab does not embed (CFF), so those of the characters in use are redrawn as
TrueType. Without such a font on the machine, the reader's own Chinese font is named instead, where
Chinese is to be written.
"""

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any, Final

import matplotlib as mpl
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.cu2quPen import Cu2QuPen
from fontTools.pens.recordingPen import DecomposingRecordingPen
from fontTools.pens.transformPen import TransformPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTCollection, TTFont, TTLibError
from reportlab.pdfbase import pdfmetrics, ttfonts
from reportlab.pdfbase.cidfonts import UnicodeCIDFont

PLACES: Final = (
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/noto-cjk/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/google-noto-cjk/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/opentype/noto/NotoSansCJKsc-Regular.otf",
    "/usr/share/fonts/opentype/source-han-sans/SourceHanSansSC-Regular.otf",
    "/Library/Fonts/NotoSansCJK-Regular.ttc",
    "/Library/Fonts/NotoSansCJKsc-Regular.otf",
    "C:/Windows/Fonts/NotoSansSC-Regular.otf",
)
"""Where free fonts with Chinese letters lie; they may be embedded in any document."""
UNEMBEDDED: Final = "STSong-Light"
"""A font that readers of PDF bring for simplified Chinese."""
_CHINA: Final = "SC"
_EXACT: Final = 1.0
"""Most distance between a redrawn outline and its own, in a thousandth of the letter's height."""


@dataclass(frozen=True)
class Lettering:
    """A font that a page can be written in.

    Attributes:
        name: as reportlab knows it.
        embedded: whether the page carries it.
        lacking: characters that it does not have; they show as empty boxes.
    """

    name: str
    embedded: bool
    lacking: str = ""


def lettering(text: str, places: tuple[str, ...] = PLACES) -> Lettering:
    """Return a font with the characters of a text, ready for reportlab.

    Args:
        text: everything that will be written with it.
        places: files of fonts with Chinese letters, the first that is there is taken.
    """
    wanted = sorted({letter for letter in text if letter.strip()} | {" "})
    chinese = next((Path(place) for place in places if Path(place).is_file()), None)
    sources = [_source(file) for file in (chinese, _latin()) if file]
    # One font for all of it looks better than letters of two.
    alone = [one for one in sources if all(ord(letter) in one.getBestCmap() for letter in wanted)]
    if not (alone or chinese):
        pdfmetrics.registerFont(UnicodeCIDFont(UNEMBEDDED))
        return Lettering(UNEMBEDDED, embedded=False)
    taken = alone[:1] or sources
    letters: dict[int, tuple[Any, str]] = {}
    for source in reversed(taken):
        known = source.getBestCmap()
        letters |= {ord(one): (source, known[ord(one)]) for one in wanted if ord(one) in known}
    mixed = [taken[0]["name"].getDebugName(6), *sorted(letters), len(taken)]
    name = f"duecourse-{hashlib.sha256(str(mixed).encode()).hexdigest()[:12]}"
    if name not in pdfmetrics.getRegisteredFontNames():
        font = ttfonts.TTFont(name, BytesIO(_small(taken[0], letters, name)))
        pdfmetrics.registerFont(font)
    lacking = "".join(letter for letter in wanted if ord(letter) not in letters)
    return Lettering(name, embedded=True, lacking=lacking)


def _latin() -> Path:
    """Return a font with the letters of Europe's languages; the one for Chinese lacks many of them."""
    return Path(mpl.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf"


@lru_cache(maxsize=4)
def _source(file: Path) -> Any:
    """Open a font; of a collection the one for the mainland, whose forms of letters are meant."""
    content = file.read_bytes()
    try:
        fonts: list[Any] = list(TTCollection(BytesIO(content), lazy=True).fonts)
    except TTLibError:
        return TTFont(BytesIO(content), lazy=True)
    ours = [font for font in fonts if f" {_CHINA}" in (font["name"].getDebugName(4) or "")]
    return (ours or fonts)[0]


def _small(first: Any, letters: dict[int, tuple[Any, str]], name: str) -> bytes:
    """Return a TrueType font with letters of other fonts.

    Args:
        first: the font whose measures it has.
        letters: by code point, the font and the name of the glyph there.
        name: the new font's name.
    """
    height = first["head"].unitsPerEm
    drawn = {".notdef": _outline(first, ".notdef", height)}
    drawn |= {f"u{code:04X}": _outline(*one, height) for code, one in letters.items()}
    builder = FontBuilder(height, isTTF=True)
    builder.setupGlyphOrder(list(drawn))
    builder.setupCharacterMap({code: f"u{code:04X}" for code in letters})
    builder.setupGlyf({glyph: outline for glyph, (outline, _width) in drawn.items()})
    lefts = builder.font["glyf"]
    builder.setupHorizontalMetrics(
        {glyph: (width, getattr(lefts[glyph], "xMin", 0)) for glyph, (_o, width) in drawn.items()}
    )
    ascent, descent = first["hhea"].ascent, first["hhea"].descent
    builder.setupHorizontalHeader(ascent=ascent, descent=descent)
    builder.setupNameTable({"familyName": name, "styleName": "Regular", "psName": name})
    builder.setupOS2(sTypoAscender=ascent, sTypoDescender=descent, usWinAscent=ascent)
    builder.setupPost()
    # the same letters give the same bytes, whenever they are drawn
    builder.font["head"].created = builder.font["head"].modified = 0
    builder.font.recalcTimestamp = False
    stream = BytesIO()
    builder.save(stream)
    return stream.getvalue()


def _outline(source: Any, glyph: str, height: int) -> tuple[Any, int]:
    """Return a glyph of a font as TrueType, at another font's height, and its width."""
    record = DecomposingRecordingPen(source.getGlyphSet())
    source.getGlyphSet()[glyph].draw(record)
    scale = height / source["head"].unitsPerEm
    pen = TTGlyphPen(None)
    # outlines of the two kinds run in opposite directions
    quadratic = Cu2QuPen(pen, _EXACT * height / 1000, reverse_direction="glyf" not in source)
    record.replay(TransformPen(quadratic, (scale, 0, 0, scale, 0, 0)))
    return pen.glyph(), round(scale * source["hmtx"][glyph][0])
