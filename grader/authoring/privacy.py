"""Finding what looks like real personal data in a text."""

import re
from collections.abc import Callable, Iterator
from typing import Final

_MOBILE: Final = re.compile(r"(?<![\d.-])(?:\+?86[- ]?)?1[3-9]\d[- ]?\d{4}[- ]?\d{4}(?![\d.-])")
_LANDLINE: Final = re.compile(r"(?<![\d.-])0[1-9]\d{1,2}-[2-8]\d{6,7}(?!\d)")
_UK: Final = re.compile(r"(?<!\d)(?:\+44 ?|0)7\d{3} ?\d{6}(?!\d)")
_UK_INVENTED: Final = re.compile(r"7700 ?900\d{3}")
"""Numbers that the British regulator keeps for films."""
_US: Final = re.compile(r"(?<![\d-])[2-9]\d{2}-[2-9]\d{2}-\d{4}(?![\d-])")
_US_INVENTED: Final = "-555-01"
_IDENTITY: Final = re.compile(r"(?<!\d)[1-9]\d{16}[\dXx](?![\dXx])")
_CARD: Final = re.compile(r"(?<![\d-])\d(?:[ -]?\d){14,18}(?![\d-])")
_MAIL: Final = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_RESERVED: Final = re.compile(r"[@.](?:example\.(?:com|org|net|cn)|example|test|invalid)$")
_FACTORS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_SIGNS: Final = "10X98765432"


def personal(text: str) -> Iterator[tuple[str, str]]:
    """Yield what looks like somebody's real data: its kind, and the text itself.

    Chinese, British and American telephone numbers outside the invented ranges, Chinese identity
    numbers whose check digit is right (GB 11643-1999), payment card numbers that pass Luhn's test
    (ISO/IEC 7812-1), mail addresses outside the reserved domains (RFC 2606).
    """
    taken: set[str] = set()
    for kind, pattern, looks_real in _KINDS:
        for one in pattern.finditer(text):
            if looks_real(one[0]) and one[0] not in taken:
                taken.add(one[0])
                yield kind, one[0]


def _is_identity(number: str) -> bool:
    total = sum(int(digit) * factor for digit, factor in zip(number[:17], _FACTORS, strict=True))
    return _SIGNS[total % 11] == number[17].upper()


def _is_card(number: str) -> bool:
    digits = [int(sign) for sign in number if sign.isdigit()]
    if len(set(digits)) == 1:
        return False
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[-2::-2]]
    return (sum(doubled) + sum(digits[-1::-2])) % 10 == 0


_KINDS: Final[tuple[tuple[str, re.Pattern[str], Callable[[str], bool]], ...]] = (
    ("identity number", _IDENTITY, _is_identity),
    ("telephone", _MOBILE, bool),
    ("telephone", _LANDLINE, bool),
    ("telephone", _UK, lambda number: not _UK_INVENTED.search(number)),
    ("telephone", _US, lambda number: _US_INVENTED not in number),
    ("card number", _CARD, _is_card),
    ("mail address", _MAIL, lambda address: not _RESERVED.search(address.lower())),
)
