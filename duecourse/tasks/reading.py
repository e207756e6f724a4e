"""Reading ``tasks.yaml``, and saying what is wrong in it."""

import difflib
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import yaml
from pydantic import Field, ValidationError, model_validator

from duecourse.errors import DuecourseError
from duecourse.language import _
from duecourse.tasks.forms import CallTask, CodingTask, Name, Part, Task, Text

FILE: Final = "tasks.yaml"
_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The same as the safe loader, ten times as fast where its C library is there."""


class Tasks(Part):
    """Everything that ``tasks.yaml`` holds."""

    title: Text
    minutes: int = Field(gt=0)
    language: Literal["en", "zh"] | None = None
    """The language that a release kept."""
    cases: tuple[Name, ...] = ()
    """Cases that are handed out beside the notebook although no task names them."""
    tasks: Annotated[list[Task], Field(min_length=1)]

    @model_validator(mode="after")
    def _ids_are_unique(self) -> "Tasks":
        ids = [task.id for task in self.tasks]
        if twice := sorted({name for name in ids if ids.count(name) > 1}):
            raise ValueError(f"these ids stand twice: {twice}")
        return self

    @property
    def all_cases(self) -> tuple[str, ...]:
        """The cases that are handed out, by the names of their folders."""
        named = [task.case for task in self.tasks if isinstance(task, CallTask | CodingTask)]
        return tuple(dict.fromkeys([*self.cases, *named]))

    def __iter__(self) -> Iterator[Task]:  # type: ignore[override]  # a model iterates over fields
        """Iterate over the tasks in their order."""
        return iter(self.tasks)

    def __contains__(self, name: object) -> bool:
        return any(task.id == name for task in self.tasks)

    def __getitem__(self, name: str) -> Task:
        for task in self.tasks:
            if task.id == name:
                return task
        text = _("There is no task '{name}' in {file}.").format(name=name, file=FILE)
        raise DuecourseError(text + did_you_mean(name, [task.id for task in self.tasks]))


def did_you_mean(name: str, known: list[str]) -> str:
    """Return what exists, and the nearest of it, as the end of an error message."""
    near = difflib.get_close_matches(name, known, n=1)
    there = _("It has: {names}.").format(names=", ".join(known))
    guess = _("Did you mean '{name}'?").format(name=near[0]) if near else ""
    return _(" {there} {guess}").format(there=there, guess=guess).rstrip()


def load(folder: Path) -> Tasks:
    """Read the tasks of the assignment in ``folder``.

    Raises:
        DuecourseError: the file is missing, or something in it is not allowed; the message names
            the file, the place in it, what was found and what is allowed.
    """
    file = folder / FILE
    if not file.is_file():
        text = _(
            "There is no {file} in {folder}. "
            "Open the notebook from the folder that it was handed out in."
        )
        raise DuecourseError(text.format(file=FILE, folder=folder.resolve()))
    return parse(file.read_text("utf-8"), str(file))


def parse(text: str, name: str) -> Tasks:
    """Read tasks from YAML text; ``name`` stands for it in messages.

    Raises:
        DuecourseError: as `load`.
    """
    try:
        return _parsed(text)
    except yaml.YAMLError as error:
        raise DuecourseError(f"{name} is not readable as YAML: {error}") from error
    except ValidationError as error:
        raise DuecourseError("\n".join(complaints(error, name))) from error


@lru_cache(maxsize=16)
def _parsed(text: str) -> Tasks:
    """Read tasks once: every check and every mark asks for them, and YAML is slow."""
    return Tasks.model_validate(yaml.load(text, Loader=_LOADER))  # noqa: S506  # a safe loader


def complaints(error: ValidationError, name: str) -> list[str]:
    """Return one line for everything that pydantic found wrong in the file ``name``."""

    def line(found: Mapping[str, Any]) -> str:
        where = ".".join(str(step) for step in found["loc"]) or "the file"
        shown = repr(found["input"])
        return f"{name}: {where}: {found['msg']}; found {shown[:80]}"

    return [line(found) for found in error.errors()]
