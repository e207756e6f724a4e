"""A rule explained: what it asks, on which texts it rests, how well they are known, and its history."""

import html
from collections.abc import Iterator
from dataclasses import dataclass

from duecourse.language import _, pick, tag
from duecourse.rules.book import Day, rule
from duecourse.rules.models import Entry, Source, Version
from duecourse.rules.names import evidence_name, force_name, severity_name
from duecourse.rules.shelf import book
from duecourse.rules.standing import NotInForce, Rule

_TERM = "padding:0.15em 1em 0.15em 0;text-align:left;vertical-align:top;font-weight:600;white-space:nowrap"
_TEXT = "padding:0.15em 0;text-align:left;white-space:normal"


def explain(rule_id: str, on: Day | None = None) -> "Explanation":
    """Return a rule explained, as it stood on a day; without a day, as its newest version.

    Args:
        rule_id: such as "CN-05".
        on: the day of the event that is judged. Where the rule did not hold on it, the explanation
            says so and shows the history alone.

    Returns:
        an object that shows itself in a notebook, and as text by `print`.

    Raises:
        UnknownRule: there is no rule with this id; the message names the nearest.
        DuecourseError: the day is none.
    """
    return Explanation(rule(rule_id) if on is None else rule(rule_id, on))


@dataclass(frozen=True)
class Explanation:
    """A rule in words; its text follows the language that is spoken when it is shown.

    Attributes:
        rule: the rule, or why there was none on that day.
    """

    rule: Rule | NotInForce

    @property
    def title(self) -> str:
        """Id and title, or that the rule was not in force."""
        return str(self.rule)

    @property
    def parts(self) -> list[tuple[str, str]]:
        """What there is to say, each part with its name."""
        return list(self._parts())

    @property
    def history(self) -> list[str]:
        """One line a version: its days and its texts."""
        return [_line(self.rule.entry, version) for version in self.rule.entry.versions]

    def _parts(self) -> Iterator[tuple[str, str]]:
        if isinstance(self.rule, NotInForce):
            return
        found = self.rule
        yield _("Duty"), pick(found.duty)
        yield _("Binds"), pick(found.binds)
        yield _("Applies to"), pick(found.applies_to)
        laws = [_source(found.entry, one) for one in found.version.sources]
        yield _("Source"), "\n".join(laws)
        yield _("Force"), force_name(found.force)
        yield _("In force"), _days(found.entry, found.version)
        yield _("Weight of a breach"), severity_name(found.severity)
        known = evidence_name(found.evidence)
        if found.provisional:
            known = _("{evidence}; provisional: to be checked in the text before real use")
            known = known.format(evidence=evidence_name(found.evidence))
        yield _("Evidence"), known
        if found.notes:
            yield _("Note"), pick(found.notes)

    def __str__(self) -> str:
        """Return the explanation as lines of text."""
        lines = [self.title]
        for name, text in self.parts:
            lines += [_("{name}: {text}").format(name=name, text=one) for one in text.splitlines()]
        lines.append(_("{name}:").format(name=_("History")))
        lines += [f"  {line}" for line in self.history]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        """Return the explanation as a table for notebooks and reports."""
        rows = [*self.parts, (_("History"), "\n".join(self.history))]
        body = "".join(
            f'<tr><th scope="row" style="{_TERM}">{html.escape(name)}</th>'
            f'<td style="{_TEXT}">{"<br>".join(html.escape(text).splitlines())}</td></tr>'
            for name, text in rows
        )
        look = "text-align:left;font-weight:600;font-size:1.1em;padding-bottom:0.3em"
        head = f'<caption style="{look}">{html.escape(self.title)}</caption>'
        frame = "border-collapse:collapse;max-width:60em;margin:0.3em 0"
        about = html.escape(_("Training material, no legal advice."))
        return (
            f'<div lang="{tag()}"><table style="{frame}">{head}{body}</table>'
            f'<p style="margin:0.2em 0"><small>{about}</small></p></div>'
        )


def _source(entry: Entry, source: Source) -> str:
    """Return a source with its articles and how well it is known."""
    name = pick(book(entry.jurisdiction).laws[source.law].name)
    if source.articles:
        name = _("{law}, {articles}").format(law=name, articles=pick(source.articles))
    return _("{source} ({evidence})").format(source=name, evidence=evidence_name(source.evidence))


def _days(entry: Entry, version: Version) -> str:
    """Return the days on which a version holds."""
    last = entry.last_day(version)
    text = _("{first} to {last}") if last else _("from {first}")
    if version.dated != "verified":
        text = (
            _("{first} to {last} (first day from memory)")
            if last
            else _("from {first} (day from memory)")
        )
    return text.format(first=version.start, last=last)


def _line(entry: Entry, version: Version) -> str:
    """Return a line of the history."""
    laws = book(entry.jurisdiction).laws
    names = dict.fromkeys(pick(laws[one.law].name) for one in version.sources)
    text = _("{days}: {sources}")
    return text.format(days=_days(entry, version), sources=_("; ").join(names))
