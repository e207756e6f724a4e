"""The exam worlds of an assignment: made from hidden seeds, cut to what learners get, and kept.

``world.yaml`` is public: how large a world is and which tables and columns of it learners get.
``key/worlds.yaml`` holds the seeds and stays with the instructor.
"""

import datetime as dt
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Final, Literal, TypeVar

import pandas as pd
import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

import duecourse
from duecourse.errors import DuecourseError
from duecourse.tasks import TreatmentsTask, complaints, did_you_mean
from duecourse.worlds import FOLDER
from grader.assignments import KEY, Assignment
from grader.outcome import truth_of

PLAN: Final = "world.yaml"
SEEDS: Final = "worlds.yaml"
_LEAST: Final = 2**32
"""Below this a seed could be found by trying."""
_MAKERS: Final = ("portfolio/*", "strategy.py", "treatments.*", "affordability.py")
"""What of the package decides about a world and what treatments are worth in it."""

Seed = Annotated[int, Field(ge=_LEAST)]
M = TypeVar("M", bound=BaseModel)


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Plan(_Part):
    """What ``world.yaml`` says: how large each world is, and what of it learners get."""

    accounts: int = Field(gt=0)
    months: int = Field(gt=0)
    until: dt.date
    """The last day that learners see, the end of a month."""
    worlds: int = Field(default=8, gt=0)
    tables: Annotated[
        dict[str, Literal["all"] | Annotated[list[str], Field(min_length=1)]], Field(min_length=1)
    ]
    """The columns of every table, or all of them."""

    @model_validator(mode="after")
    def _a_month_ends(self) -> "Plan":
        if (self.until + dt.timedelta(days=1)).day != 1:
            raise ValueError(f"until: {self.until} is not the last day of a month")
        return self


class Seeds(_Part):
    """What ``key/worlds.yaml`` says: what each world grows from. Who knows it knows the truth."""

    seeds: list[Seed]


@dataclass(frozen=True)
class Worlds:
    """The worlds of one assignment.

    Attributes:
        assignment: the assignment; it has a ``world.yaml``.
        cache: the folder where executed keys and worlds are kept.
    """

    assignment: Assignment
    cache: Path

    @cached_property
    def plan(self) -> Plan:
        """What ``world.yaml`` says."""
        return _read(self.assignment.folder / PLAN, Plan)

    @cached_property
    def seeds(self) -> Seeds:
        """What ``key/worlds.yaml`` says."""
        file = self.assignment.folder / KEY / SEEDS
        seeds = _read(file, Seeds)
        if len(set(seeds.seeds)) != self.plan.worlds or len(seeds.seeds) != self.plan.worlds:
            raise DuecourseError(
                f"{file}: {self.plan.worlds} different seeds are needed, "
                f"one for each world of {PLAN}; there are {len(set(seeds.seeds))}."
            )
        return seeds

    @property
    def numbers(self) -> range:
        """The numbers of all worlds, from 1."""
        return range(1, self.plan.worlds + 1)

    @cached_property
    def _tasks(self) -> list[TreatmentsTask]:
        return [task for task in self.assignment.tasks if isinstance(task, TreatmentsTask)]

    @cached_property
    def store(self) -> Path:
        """Where these worlds are kept; other sizes, seeds or treatments lie elsewhere."""
        asked = [self.plan, self.seeds, *self._tasks]
        text = "\n".join(one.model_dump_json() for one in asked)
        mark = hashlib.sha256(text.encode()).hexdigest()[:12]
        return self.cache / FOLDER / f"{self.assignment.name}-{mark}"

    def folder(self, number: int) -> Path:
        """Return the folder with the tables of one world, making the world if it is not there.

        A world that was released stays what it is, even where newer code would make another.
        """
        if number not in self.numbers:
            raise DuecourseError(
                f"{self.assignment.name} has the worlds 1 to {self.plan.worlds}, not {number}."
            )
        folder = self.store / str(number)
        about = self._about(number)
        if not about or (about["code"] != _code() and not self._released.is_file()):
            self._make(number)
        return folder

    def content(self, number: int) -> str:
        """Return what tells this world's content from another's."""
        self.folder(number)
        return str(self._about(number)["content"])

    def truth(self, number: int, task: str) -> dict[str, Any]:
        """Return what each treatment of each account is worth in this world; see `grader.outcome`."""
        self.folder(number)
        found: dict[str, Any] = json.loads(self._truth(number, task).read_text("utf-8"))
        return found

    def renew(self) -> None:
        """Make every world that is missing, or that older code made, and keep them from now on."""
        self._released.unlink(missing_ok=True)
        for number in self.numbers:
            self.folder(number)
        for older in set(self.store.parent.glob(f"{self.assignment.name}-{'[0-9a-f]' * 12}")):
            if older != self.store:
                shutil.rmtree(older)
        self._released.touch()

    def files(self) -> dict[str, bytes]:
        """Return the tables of every world by their place beside the notebook."""
        return {
            f"{FOLDER}/{number}/{file.name}": file.read_bytes()
            for number in self.numbers
            for file in sorted(self.folder(number).glob("*.parquet"))
        }

    def place(self, number: int, beside: Path) -> Path:
        """Lay one world, and only it, beside a notebook.

        Returns:
            the folder of all worlds there, to be removed afterwards.
        """
        to = beside / FOLDER
        remove(to)
        shutil.copytree(self.folder(number), to / str(number))
        return to

    @property
    def _released(self) -> Path:
        return self.store / "released"

    def _truth(self, number: int, task: str) -> Path:
        return self.store / f"{number}-{task}.json"

    def _about(self, number: int) -> Any:
        file = self.store / f"{number}.json"
        return json.loads(file.read_text("utf-8")) if file.is_file() else None

    def _make(self, number: int) -> None:
        from duecourse import portfolio
        from duecourse.portfolio import future

        self.store.mkdir(parents=True, exist_ok=True)
        self.cache.chmod(0o700)
        plan = self.plan
        made = portfolio.simulate(
            self.seeds.seeds[number - 1], plan.accounts, plan.months, plan.until.isoformat()
        )
        tables = {**made.book.tables(), "instalments": made.book.instalments}
        for task in self._tasks:
            prospects = future.prospects(made, task.months)
            truth = truth_of(task, tables, prospects, plan.until)
            written(self._truth(number, task.id), json.dumps(truth))
        part = Path(tempfile.mkdtemp(dir=self.store, prefix=f"{number}-"))
        part.chmod(0o755)
        for name, table in self._cut(tables).items():
            write_table(table, part / f"{name}.parquet")
        folder = self.store / str(number)
        remove(folder)
        content = hashlib.sha256()
        for file in sorted(part.iterdir()):
            content.update(file.name.encode() + b"\0" + file.read_bytes())
        part.replace(folder)
        about = {"code": _code(), "content": content.hexdigest()[:20]}
        written(self.store / f"{number}.json", json.dumps(about))

    def _cut(self, tables: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
        cut: dict[str, pd.DataFrame] = {}
        for name, columns in self.plan.tables.items():
            if name not in tables:
                there = did_you_mean(name, list(tables))
                raise DuecourseError(
                    f"{self.assignment.name}/{PLAN}: tables: a world has no table '{name}'.{there}"
                )
            table = tables[name]
            have = [str(column) for column in table.columns]
            wanted = have if columns == "all" else list(columns)
            for column in wanted:
                if column not in have:
                    raise DuecourseError(
                        f"{self.assignment.name}/{PLAN}: tables.{name}: there is no column "
                        f"'{column}'.{did_you_mean(column, have)}"
                    )
            cut[name] = table[wanted]
        return cut


def worlds_of(assignment: Assignment, cache: Path) -> Worlds | None:
    """Return the worlds of an assignment; None if everybody works on the same files."""
    there = (assignment.folder / PLAN).is_file()
    return Worlds(assignment, cache) if there else None


def remove(folder: Path) -> None:
    """Remove a folder of worlds, or a learner's link or file of that name, if it is there."""
    if folder.is_symlink() or folder.is_file():
        folder.unlink()
    else:
        shutil.rmtree(folder, ignore_errors=True)


def write_table(table: pd.DataFrame, file: Path) -> None:
    """Write a table as Parquet: texts as texts, no index, nothing about where it came from."""
    plain = pd.DataFrame(table).reset_index(drop=True)
    plain.attrs = {}
    for name in plain.columns:
        if isinstance(plain[name].dtype, pd.CategoricalDtype):
            plain[name] = plain[name].astype(plain[name].cat.categories.dtype)
    plain.to_parquet(file, index=False, compression="zstd")


def _read(file: Path, form: type[M]) -> M:
    if not file.is_file():
        raise DuecourseError(f"There is no {file}.")
    try:
        return form.model_validate(yaml.safe_load(file.read_text("utf-8")))
    except yaml.YAMLError as error:
        raise DuecourseError(f"{file} is not readable as YAML: {error}") from error
    except ValidationError as error:
        raise DuecourseError("\n".join(complaints(error, str(file)))) from error


def _code() -> str:
    taken = hashlib.sha256()
    package = Path(duecourse.__file__).parent
    for file in sorted(file for pattern in _MAKERS for file in package.glob(pattern)):
        if file.suffix in {".py", ".yaml", ".csv"}:
            taken.update(file.name.encode() + b"\0" + file.read_bytes())
    return taken.hexdigest()[:20]


def written(file: Path, text: str) -> None:
    """Write a text whole or not at all."""
    part = file.with_name(f"{file.name}.{os.getpid()}.part")
    part.write_text(text, "utf-8")
    part.replace(file)
