"""Time and peak memory of making books of several sizes: ``python benchmarks/portfolio.py``.

Every size runs in a process of its own, one after the other, so that no size inherits the memory of
another. Nothing is asserted: times belong to the machine.
"""  # noqa: INP001 - a script, no package

import argparse
import json
import subprocess
import sys
import time
from itertools import pairwise

SIZES = ((10_000, 24), (20_000, 36), (100_000, 24), (1_000_000, 24))


def measure(accounts: int, months: int) -> dict[str, float]:
    """Make one book here and return its seconds, peak memory and rows.

    Memory is what this process held at most, in MiB: the interpreter and its libraries included, and by
    themselves in ``before``.
    """
    from duecourse import portfolio

    before, begun = _peak(), time.perf_counter()
    book = portfolio.world(portfolio.PRACTICE, accounts, months)
    seconds = time.perf_counter() - begun
    rows = sum(len(table) for table in book.tables().values())
    held = sum(int(table.memory_usage(deep=True).sum()) for table in book.tables().values())
    return {
        "accounts": accounts,
        "months": months,
        "rows": rows,
        "seconds": seconds,
        "before": before,
        "peak": _peak(),
        "held": held / 2**20,
    }


def _peak() -> float:
    import resource

    unit = 2**20 if sys.platform == "darwin" else 2**10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


def _apart(accounts: int, months: int) -> dict[str, float]:
    """Return what `measure` says in a process of its own."""
    done = subprocess.run(  # noqa: S603 - this very file
        [sys.executable, __file__, "--one", str(accounts), str(months)],
        check=True,
        capture_output=True,
        text=True,
    )
    found: dict[str, float] = json.loads(done.stdout)
    return found


def main() -> None:
    """Print a table of all sizes, and how time and memory grow from one to the next."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--one", nargs=2, type=int, metavar=("ACCOUNTS", "MONTHS"))
    chosen = arguments.parse_args().one
    if chosen:
        print(json.dumps(measure(*chosen)))
        return
    print(f"{'accounts':>9} {'months':>6} {'rows':>11} {'seconds':>8} {'µs/row':>7} ", end="")
    print(f"{'peak MiB':>9} {'libraries':>9} {'tables':>7} {'bytes/row':>9}")
    found = []
    for size in SIZES:
        one = _apart(*size)
        found.append(one)
        grown = (one["peak"] - one["before"]) * 2**20 / one["rows"]
        print(
            f"{one['accounts']:>9,} {one['months']:>6} {one['rows']:>11,} {one['seconds']:>8.2f} "
            f"{one['seconds'] / one['rows'] * 1e6:>7.2f} {one['peak']:>9,.0f} {one['before']:>9,.0f} "
            f"{one['held']:>7,.0f} {grown:>9.0f}",
            flush=True,
        )
    print("\nfrom one size to the next")
    for small, large in pairwise(found):
        memory = (large["peak"] - large["before"]) / (small["peak"] - small["before"])
        print(
            f"  {small['accounts']:>9,} to {large['accounts']:>9,}: rows x{large['rows'] / small['rows']:.1f}, "
            f"time x{large['seconds'] / small['seconds']:.1f}, memory x{memory:.1f}"
        )


if __name__ == "__main__":
    main()
