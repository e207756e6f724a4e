"""Time and peak memory of auditing contact logs of several sizes: ``python benchmarks/rules.py``.

Every size runs in a process of its own, one after the other, so that no size inherits the memory of
another. Nothing is asserted: times belong to the machine.
"""  # noqa: INP001 - a script, no package

import argparse
import json
import subprocess
import sys
import time

SIZES = (("CN", 10_000), ("CN", 100_000), ("CN", 1_000_000), ("US", 1_000_000), ("UK", 1_000_000))


def log(events: int) -> tuple[object, object]:
    """Return a made-up contact log with most columns that the tests know, and its accounts.

    About five events an account and month, one in fifty at night, one in twenty with a third person.
    """
    import numpy as np
    import pandas as pd

    rng = np.random.default_rng(7)
    accounts = max(events // 20, 1)
    minutes = rng.integers(0, 120 * 24 * 60, events)
    hour = np.where(rng.random(events) < 0.02, 23, rng.integers(8, 22, events))
    minutes = minutes // 1440 * 1440 + hour * 60 + minutes % 60
    start = np.datetime64("2026-01-01", "m")
    account = rng.integers(1, accounts + 1, events)

    def words(*choices: str, odds: list[float]) -> object:
        return pd.Series(np.array(choices, dtype=object)[rng.choice(len(choices), events, p=odds)])

    outcomes = ("no_answer", "right_party", "voicemail", "wrong_party", "refused")
    table = pd.DataFrame(
        {
            "event_id": np.arange(events),
            "account_id": account,
            "at": start + minutes,
            "agent": rng.integers(1, 200, events),
            "party": words("lender", "agency", odds=[0.6, 0.4]),
            "channel": words("call", "sms", "letter", "visit", odds=[0.8, 0.15, 0.04, 0.01]),
            "number": account * 10 + rng.integers(0, 2, events),
            "role": words("debtor", "third_party", "guarantor", odds=[0.94, 0.05, 0.01]),
            "outcome": words(*outcomes, odds=[0.6, 0.2, 0.1, 0.08, 0.02]),
            "mode": words("interactive", "notification", odds=[0.9, 0.1]),
            "purpose": words("collect", "locate", "inform", odds=[0.9, 0.05, 0.05]),
            "content": words("", "threat", "court_threat;insult", odds=[0.99, 0.005, 0.005]),
            "identified": rng.random(events) < 0.98,
            "disclosed": rng.random(events) < 0.01,
            "debtor_unreachable": rng.random(events) < 0.5,
            "opted_out": rng.random(events) < 0.005,
            "staff": 2.0,
            "recorded": True,
        }
    )
    known = pd.DataFrame(
        {
            "account_id": np.arange(1, accounts + 1),
            "product": "credit_card",
            "time_barred": rng.random(accounts) < 0.1,
            "letters_only": rng.random(accounts) < 0.02,
            "moratorium_from": pd.Timestamp("2026-02-01"),
        }
    )
    return table, known


def measure(jurisdiction: str, events: int) -> dict[str, float | str]:
    """Audit one log here and return its seconds by clock and by processor, peak memory and findings."""
    from duecourse.rules import audit

    table, accounts = log(events)
    before, begun, busy = _peak(), time.perf_counter(), time.process_time()
    found = audit(table, jurisdiction, accounts)
    seconds, processor = time.perf_counter() - begun, time.process_time() - busy
    return {
        "jurisdiction": jurisdiction,
        "events": events,
        "findings": len(found),
        "tests": len(found.tested),
        "seconds": seconds,
        "processor": processor,
        "before": before,
        "peak": _peak(),
    }


def _peak() -> float:
    import resource

    unit = 2**20 if sys.platform == "darwin" else 2**10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


def _apart(jurisdiction: str, events: int) -> dict[str, float]:
    """Return what `measure` says in a process of its own."""
    done = subprocess.run(  # noqa: S603 - this very file
        [sys.executable, __file__, "--one", jurisdiction, str(events)],
        check=True,
        capture_output=True,
        text=True,
    )
    found: dict[str, float] = json.loads(done.stdout)
    return found


def main() -> None:
    """Print a table of all sizes."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--one", nargs=2, metavar=("JURISDICTION", "EVENTS"))
    chosen = arguments.parse_args().one
    if chosen:
        print(json.dumps(measure(chosen[0], int(chosen[1]))))
        return
    print(
        f"{'rules':>5} {'events':>9} {'tests':>5} {'findings':>8} {'seconds':>8} {'of CPU':>7} ",
        end="",
    )
    print(f"{'µs/event':>8} {'peak MiB':>9} {'before':>7}")
    for size in SIZES:
        one = _apart(*size)
        print(
            f"{one['jurisdiction']:>5} {one['events']:>9,} {one['tests']:>5} {one['findings']:>8,} "
            f"{one['seconds']:>8.2f} {one['processor']:>7.2f} {one['seconds'] / one['events'] * 1e6:>8.2f} "
            f"{one['peak']:>9,.0f} {one['before']:>7,.0f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
