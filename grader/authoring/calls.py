"""Checking the script of a call and what its choices are worth."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from duecourse.calls.courses import Survey, shortfall, strangers, survey
from duecourse.cases.files import CASE, KEY
from duecourse.cases.key import CallKey
from duecourse.cases.scripts import CallScript
from grader.authoring.findings import Finding, found

_NODES: Final = 12
_ENDS: Final = 3


def lint_call(script: CallScript, key: CallKey, folder: Path) -> Iterator[Finding]:
    """Yield what is wrong with a call of the case in a folder, or could be better."""
    file, place = folder / CASE, f"calls.{script.id}"
    looked = survey(script)
    yield from _ways(looked, file, place)
    kinds = len(set(script.ends.values()))
    if kinds < _ENDS:
        yield found("K126", file, place, count=kinds)
    if len(script.nodes) < _NODES:
        yield found("K127", file, place, count=len(script.nodes))
    lost = strangers(script, key)
    for name in lost:
        yield found("K125", folder / KEY, place, name=name)
    if not lost and not looked.circle and (why := shortfall(script, key)):
        yield found("K124", folder / KEY, f"{place}.best", why=why)


def _ways(looked: Survey, file: Path, place: str) -> Iterator[Finding]:
    for node in looked.unreachable:
        yield found("K121", file, f"{place}.{node}", node=node)
    for node in looked.dead_ends:
        yield found("K122", file, f"{place}.{node}", node=node)
    if looked.circle:
        yield found("K123", file, place, circle=" → ".join(looked.circle))
    for option in looked.never:
        yield found("K128", file, f"{place}.{option}", option=option)
    for branch in looked.idle:
        yield found("K129", file, f"{place}.{branch}", branch=branch)
