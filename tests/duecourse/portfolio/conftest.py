"""Books that several tests of the portfolio look at, made once."""

import pytest

from duecourse import portfolio


@pytest.fixture(scope="session")
def book():
    """A book in which everything happens: write-offs, recoveries, sales, complaints, plans."""
    return portfolio.world(4, 3_000, 30)


@pytest.fixture(scope="session")
def small():
    """A book that is quick to write and read."""
    return portfolio.world(8, 300, 14)
