"""A call to test with, and the making of smaller ones."""

from pathlib import Path

from duecourse.cases.files import read
from duecourse.cases.key import CallKey
from duecourse.cases.scripts import CallScript

CASES = Path(__file__).parent / "cases"
SLUG, CALL = "evening-call", "hardship"
BEST = ["greet", "ask", "listen", "budget", "fitting", "recap"]
"""The best course of the example."""
HUNG_UP = ["blunt", "apologise", "ask", "listen", "borrow"]
"""A course with two rules broken and a critical step missed."""


def example():
    """Return script and key of the example."""
    case = read(CASES / SLUG)
    [script] = case.case.calls
    return script, case.key.calls[CALL]


def both(text):
    return {"en": text, "zh": f"{text}（中）"}


def option(name, to, **more):
    return {"id": name, "text": both(f"I say {name}."), "to": to, **more}


def small(nodes, *, facts=(), start="first", **more):
    """Return a script; nodes map to their options, or to how the call ends there."""
    return CallScript.model_validate(
        {
            "id": "small",
            "title": both("Small"),
            "brief": both("Nothing is known."),
            "at": "2026-03-25T18:10:00",
            "player": "lin",
            "partner": "zhou",
            "facts": {name: both(name) for name in facts},
            "start": start,
            "nodes": {
                name: {"end": node} if isinstance(node, str) else {"options": node}
                for name, node in nodes.items()
            },
            **more,
        }
    )


def key_of(best, ends, **choices):
    """Return a key; choices map ``node__option`` to what differs from the ordinary."""
    return CallKey.model_validate(
        {
            "best": best,
            "ends": ends,
            "choices": {
                name.replace("__", "."): {"why": both(f"About {name}."), **about}
                for name, about in choices.items()
            },
        }
    )
