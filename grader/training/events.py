"""Sessions as an iCalendar file, to be taken into anybody's calendar."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from hashlib import sha256


@dataclass(frozen=True)
class Event:
    """Something in a calendar.

    Attributes:
        key: what stays the same when the event is moved; a calendar then moves it too.
        begins: its beginning, at the place where it is held.
        ends: its end.
        title: what it is.
        text: more about it; no names, since calendars are handed on.
    """

    key: str
    begins: datetime
    ends: datetime
    title: str
    text: str = ""


def as_calendar(
    name: str, events: Iterable[Event], written: datetime, zone: tzinfo | None = None
) -> bytes:
    """Return events as an iCalendar file (RFC 5545).

    Args:
        name: the calendar's name.
        events: what is in it.
        written: when it was written; a later file with the same keys replaces the events.
        zone: the time zone of the place; without one, the hours hold wherever the reader is.
    """
    from icalendar import Calendar
    from icalendar import Event as Entry

    calendar = Calendar()
    calendar.add("prodid", "-//duecourse//training plan//EN")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", name)
    stamp = written.astimezone(UTC)
    for one in events:
        entry = Entry()
        entry.add("uid", f"{sha256(one.key.encode()).hexdigest()[:32]}@duecourse")
        entry.add("dtstamp", stamp)
        entry.add("last-modified", stamp)
        entry.add("sequence", int(stamp.timestamp()) // 60 % 2**31)
        entry.add("dtstart", one.begins.replace(tzinfo=zone))
        entry.add("dtend", one.ends.replace(tzinfo=zone))
        entry.add("summary", one.title)
        if one.text:
            entry.add("description", one.text)
        calendar.add_component(entry)
    if zone is not None:
        calendar.add_missing_timezones()
    return bytes(calendar.to_ical())
