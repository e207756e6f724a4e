"""What the clock shows where the debtor is."""

from datetime import datetime, tzinfo
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from duecourse.errors import DuecourseError
from duecourse.language import _

ZONES: Final = {"CN": "Asia/Shanghai", "UK": "Europe/London"}
"""The one time zone of a jurisdiction; the United States have several."""

UNIVERSAL: Final = ("UTC", "utc")
"""Nobody's own time."""


class UnknownZone(DuecourseError, ValueError):
    """The time zone is not known, so neither is the debtor's own time."""


def zone(name: str) -> ZoneInfo:
    """Return a time zone.

    Raises:
        UnknownZone: there is none of this name.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        text = _("There is no time zone '{name}'. One is written as Asia/Shanghai.")
        raise UnknownZone(text.format(name=name)) from error


def local(at: datetime, jurisdiction: str, name: str | None) -> tuple[datetime, tzinfo | None]:
    """Return what the debtor's clock shows, without a zone, and the zone that it shows it in.

    Args:
        at: a moment; without a zone it is the debtor's own time already.
        jurisdiction: CN, US or UK.
        name: the debtor's time zone, where it is known.

    Raises:
        UnknownZone: it is universal time, and the debtor's time zone is not known.
    """
    if at.tzinfo is None:
        return at, None
    if name is None and str(at.tzinfo) not in UNIVERSAL:
        return at.replace(tzinfo=None), at.tzinfo
    usual = name or ZONES.get(jurisdiction)
    if usual is None:
        raise unknown_zone()
    moved = at.astimezone(zone(usual))
    return moved.replace(tzinfo=None), moved.tzinfo


def unknown_zone() -> UnknownZone:
    """Return the error that says how to give the time zone."""
    return UnknownZone(
        _(
            "'at' is in universal time, and it is unclear what the clock shows where the debtor is. Give the time "
            "zone, such as America/New_York: in the column 'timezone', or as timezone='America/New_York'."
        )
    )
