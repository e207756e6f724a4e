"""What the debtor's clock shows."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from duecourse.rules.clock import UnknownZone, local, zone

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)


def test_a_time_without_a_zone_is_the_debtors_own():
    plain = NOON.replace(tzinfo=None)
    assert local(plain, "US", None) == (plain, None)


def test_universal_time_needs_a_zone():
    assert local(NOON, "CN", None)[0].hour == 20
    assert local(NOON, "UK", None)[0].hour == 13  # summer time
    assert local(NOON, "US", "America/New_York")[0].hour == 8
    with pytest.raises(UnknownZone, match="universal time"):
        local(NOON, "US", None)


def test_a_zone_of_its_own_is_kept():
    there = NOON.astimezone(ZoneInfo("America/Chicago"))
    shown, kept = local(there, "US", None)
    assert shown.hour == 7
    assert kept == ZoneInfo("America/Chicago")


def test_an_unknown_zone_is_refused():
    with pytest.raises(UnknownZone, match="no time zone 'Nowhere/At_All'"):
        zone("Nowhere/At_All")
    with pytest.raises(UnknownZone):
        zone("../etc/passwd")
