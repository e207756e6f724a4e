"""What hostile submissions try, as data: every attack with its outcome here and on stock."""

from tests.grader.attacks import (
    endless,
    exhausting,
    folders,
    forging,
    notebooks,
    pages,
    reaching,
    reading,
    writing,
)
from tests.grader.attacks.attack import Attack

ATTACKS: tuple[Attack, ...] = (
    *reading.ATTACKS,
    *writing.ATTACKS,
    *reaching.ATTACKS,
    *forging.ATTACKS,
    *exhausting.ATTACKS,
    *endless.ATTACKS,
    *notebooks.ATTACKS,
    *folders.ATTACKS,
    *pages.ATTACKS,
)
