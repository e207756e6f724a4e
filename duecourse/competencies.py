"""What a collector or an analyst should be able to do: where it is learnt, and who needs how much.

The matrix is data, `data/competencies.yaml`. Every topic of a task belongs to exactly one competency,
so whatever is marked says something about one of them. What a role needs, and from which share of the
points a level counts as shown, are conventions of the kit and no standard.
"""

import html
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Annotated, Final, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from duecourse.errors import DuecourseError
from duecourse.language import _, pick
from duecourse.tasks import Name, Text, complaints, did_you_mean

FILE: Final = Path(__file__).parent / "data" / "competencies.yaml"
LEVELS: Final = (0, 1, 2, 3)
"""None, knows, applies, teaches and judges."""

_CELL: Final = "text-align:left;vertical-align:top;padding:.25em 1em .25em 0"

Level = Annotated[int, Field(ge=0, le=3)]
RoleId = Literal["new-collector", "working-collector", "analyst", "team-lead"]
Source = Annotated[str, Field(pattern=r"^00[0-4] \S")]
Rule = Annotated[str, Field(pattern=r"^(CN|US|UK)-\d\d$")]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Competency(_Part):
    """Something that can be learnt, practised and shown."""

    id: Name
    title: Text
    about: Text
    """What somebody does who has it."""
    source: Annotated[tuple[Source, ...], Field(min_length=1)]
    """Items of the training documents that ask for it."""
    topics: Annotated[tuple[Name, ...], Field(min_length=1)]
    lessons: Annotated[tuple[Name, ...], Field(min_length=1)]
    """Notebooks, without their ending."""
    cases: tuple[Name, ...] = ()
    """Names of the cases' folders."""
    assignments: Annotated[tuple[Name, ...], Field(min_length=1)]
    rules: tuple[Rule, ...] = ()
    """Ids of rules, as in `duecourse.rules`."""


class Role(_Part):
    """Somebody's work, and the level of each competency that it needs."""

    id: RoleId
    title: Text
    needs: dict[str, Level]


class Threshold(_Part):
    """From when on a level counts as shown."""

    share: float = Field(gt=0, le=1)
    """Share of the points of the competency's tasks."""
    tasks: int = Field(ge=1)
    """How many tasks that share must rest upon."""
    title: Text


class Matrix(_Part):
    """Competencies and roles, and the titles of what teaches them."""

    levels: dict[Literal[1, 2, 3], Threshold]
    competencies: Annotated[tuple[Competency, ...], Field(min_length=1)]
    roles: Annotated[tuple[Role, ...], Field(min_length=1)]
    lessons: dict[Name, Text]
    cases: dict[Name, Text]
    assignments: dict[Name, Text]

    @model_validator(mode="after")
    def _everything_is_named_once_and_exists(self) -> "Matrix":
        ids = [one.id for one in self.competencies]
        _once("competencies", ids)
        _once("topics", (topic for one in self.competencies for topic in one.topics))
        _once("roles", (role.id for role in self.roles))
        for role in self.roles:
            if set(role.needs) != set(ids):
                lost = sorted(set(role.needs) ^ set(ids))
                raise ValueError(f"the needs of {role.id} and the competencies differ in {lost}")
        for one in self.competencies:
            for kind in ("lessons", "cases", "assignments"):
                if lost := sorted(set(getattr(one, kind)) - set(getattr(self, kind))):
                    raise ValueError(f"{one.id} names {kind} that have no title: {lost}")
        shares = [self.levels[level].share for level in (1, 2, 3) if level in self.levels]
        if len(shares) != 3 or shares != sorted(set(shares)):
            raise ValueError("levels are 1, 2 and 3, with ascending shares")
        return self

    def __getitem__(self, name: str) -> Competency:
        for one in self.competencies:
            if one.id == name:
                return one
        text = _("There is no competency '{name}'.").format(name=name)
        raise DuecourseError(text + did_you_mean(name, [one.id for one in self.competencies]))

    def of_topic(self, topic: str) -> Competency:
        """Return the competency that a task's topic belongs to.

        Raises:
            DuecourseError: it belongs to none.
        """
        for one in self.competencies:
            if topic in one.topics:
                return one
        known = [name for one in self.competencies for name in one.topics]
        text = _("The topic '{name}' belongs to no competency.").format(name=topic)
        raise DuecourseError(text + did_you_mean(topic, known))

    def of_topics(self, topics: Iterable[str]) -> tuple[Competency, ...]:
        """Return the competencies of a task's topics, each once, in their own order.

        Raises:
            DuecourseError: a topic belongs to none.
        """
        found = {self.of_topic(topic).id for topic in topics}
        return tuple(one for one in self.competencies if one.id in found)

    def role(self, name: str) -> Role:
        """Return a role by its id.

        Raises:
            DuecourseError: there is no such role; the message names those that there are.
        """
        for one in self.roles:
            if one.id == name:
                return one
        text = _("There is no role '{name}'.").format(name=name)
        raise DuecourseError(text + did_you_mean(name, [one.id for one in self.roles]))

    def shown(self, share: float, tasks: int) -> int | None:
        """Return the level that results show, 0 to 3; None where there is no task to go by.

        Args:
            share: share of the points won in the competency's tasks, in [0, 1].
            tasks: how many tasks that rests upon. Few tasks can show a low level only.
        """
        if tasks == 0:
            return None
        reached = (
            level
            for level, one in self.levels.items()
            if share >= one.share - 1e-9 and tasks >= one.tasks
        )
        return max(reached, default=0)

    def level_name(self, level: int) -> str:
        """Return the name of a level in the language spoken now."""
        for known, one in self.levels.items():
            if known == level:
                return pick(dict(one.title))
        return _("none")


def _once(what: str, names: Iterable[str]) -> None:
    if twice := sorted(name for name, count in Counter(names).items() if count > 1):
        raise ValueError(f"these {what} stand twice: {twice}")


@cache
def matrix() -> Matrix:
    """Return the competency matrix of the kit."""
    return read(FILE)


def read(file: Path) -> Matrix:
    """Read a competency matrix.

    Raises:
        DuecourseError: it is not readable, or something in it is not allowed; the message names
            file, place in the file, what was found and what is allowed.
    """
    try:
        found = yaml.safe_load(file.read_text("utf-8"))
        return Matrix.model_validate(found)
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise DuecourseError(f"{file} is not readable as YAML: {error}") from error
    except ValidationError as error:
        raise DuecourseError("\n".join(complaints(error, str(file)))) from error


def course_map(role: str | None = None) -> "CourseMap":
    """Return the map of the course: what teaches and shows each competency, and who needs it.

    Args:
        role: id of a role; its competencies alone, with the level that it needs. None shows all.

    Raises:
        DuecourseError: there is no such role.
    """
    return CourseMap(matrix(), None if role is None else matrix().role(role))


class CourseMap:
    """The map as a notebook shows it: one row a competency.

    Attributes:
        matrix: the competencies and the titles of what teaches them.
        role: the role whose needs are shown; None shows all roles.
    """

    def __init__(self, shown: Matrix, role: Role | None) -> None:
        self.matrix, self.role = shown, role

    def __repr__(self) -> str:
        return "\n".join([self._title(), *(f"- {'; '.join(row)}" for row in self._lines())])

    def _repr_html_(self) -> str:
        names = [pick(dict(role.title)) for role in self._roles()]
        head = [_("Competency"), *names, _("Lessons"), _("Cases"), _("Assignments")]
        top = "".join(f'<th scope="col" style="{_CELL}">{html.escape(name)}</th>' for name in head)
        lines = [f"<tr>{top}</tr>"]
        for one in self._competencies():
            title, about = (html.escape(pick(dict(text))) for text in (one.title, one.about))
            levels = (html.escape(self._level(role.needs[one.id])) for role in self._roles())
            rest = [
                *levels,
                "<br>".join(self._link(stem) for stem in one.lessons),
                "<br>".join(map(html.escape, self._titles("cases", one.cases))) or "–",
                "<br>".join(f"<i>{html.escape(name)}</i>" for name in one.assignments),
            ]
            # titles may break, levels and names may not
            whole = [";white-space:nowrap"] * len(rest)
            whole[-3:-1] = "", ""
            cells = "".join(
                f'<td style="{_CELL}{kept}">{text}</td>'
                for kept, text in zip(whole, rest, strict=True)
            )
            wide = f"{_CELL};font-weight:normal;min-width:16em"
            first = f'<th scope="row" style="{wide}"><b>{title}</b><br>{about}</th>'
            lines.append(f"<tr>{first}{cells}</tr>")
        return f"<p><b>{html.escape(self._title())}</b></p><table>{''.join(lines)}</table>"

    def _title(self) -> str:
        if self.role is None:
            return _("What each role needs, and where it is learnt")
        return _("{role}: what is needed, and where it is learnt").format(
            role=pick(dict(self.role.title))
        )

    def _roles(self) -> tuple[Role, ...]:
        return self.matrix.roles if self.role is None else (self.role,)

    def _competencies(self) -> Iterator[Competency]:
        for one in self.matrix.competencies:
            if any(role.needs[one.id] for role in self._roles()):
                yield one

    def _lines(self) -> Iterator[list[str]]:
        for one in self._competencies():
            names = (
                f"{pick(dict(r.title))}: {self._level(r.needs[one.id])}" for r in self._roles()
            )
            yield [
                pick(dict(one.title)),
                ", ".join(names),
                ", ".join(self._titles("lessons", one.lessons)),
                ", ".join(self._titles("cases", one.cases)) or "–",
                ", ".join(one.assignments),
            ]

    def _level(self, level: int) -> str:
        if not level:
            return "–"
        # Beside one another, four roles have room for the number only.
        return str(level) if self.role is None else f"{level} · {self.matrix.level_name(level)}"

    def _titles(self, kind: str, names: Iterable[str]) -> list[str]:
        return [pick(dict(getattr(self.matrix, kind)[name])) for name in names]

    def _link(self, stem: str) -> str:
        title = html.escape(pick(dict(self.matrix.lessons[stem])))
        # A link that leads nowhere is worse than none: the map may be shown away from the lessons.
        there = Path(f"{stem}.ipynb").is_file()
        return f'<a href="{html.escape(stem)}.ipynb">{title}</a>' if there else title
