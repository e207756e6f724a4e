"""Finding and reading the files of a case.

A case is looked for beside the notebook (``cases/SLUG``, where an assignment brings it) and then
in the ``case_studies`` of the folders above.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from duecourse.cases.case import Case
from duecourse.cases.key import CaseKey
from duecourse.errors import DuecourseError
from duecourse.language import _
from duecourse.tasks import complaints, did_you_mean

if TYPE_CHECKING:
    from pandas import DataFrame

CASE: Final = "case.yaml"
KEY: Final = "key.yaml"
BESIDE: Final = "cases"
SHELF: Final = "case_studies"
_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True)
class CaseFile:
    """A case with its files.

    Attributes:
        folder: where they lie; the folder's name is the case's slug.
        case: the facts.
        key: what an expert reads in it; None where it is kept by the instructor.
    """

    folder: Path
    case: Case
    key: CaseKey | None

    @property
    def slug(self) -> str:
        """The name of its folder, by which notebooks and other cases know it."""
        return self.folder.name

    def rows(self, table: str) -> list[dict[str, str]]:
        """Return the rows of an attached table as they stand in its file.

        Raises:
            DuecourseError: there is no such table.
        """
        with self._file(table).open(encoding="utf-8-sig", newline="") as file:
            return list(csv.DictReader(file))

    def table(self, table: str) -> "DataFrame":
        """Return an attached table; columns that hold nothing but days or times are such.

        Raises:
            DuecourseError: there is no such table.
        """
        import pandas as pd

        found = pd.read_csv(self._file(table))
        for name in found.select_dtypes(exclude="number").columns:
            texts = found[name].dropna()
            if len(texts) and texts.astype(str).str.fullmatch(_DAY).all():
                found[name] = pd.to_datetime(found[name], format="ISO8601")
        return found

    def _file(self, table: str) -> Path:
        known = {one.id: one.file for one in self.case.tables}
        if table not in known:
            text = _("There is no table '{name}' in the case '{case}'.")
            text = text.format(name=table, case=self.slug)
            raise DuecourseError(text + did_you_mean(table, list(known)))
        return self.folder / known[table]


_DAY: Final = r"\d{4}-\d{2}-\d{2}([ T]\d{2}:\d{2}(:\d{2})?)?"


def find(slug: str, start: Path | None = None) -> CaseFile:
    """Return the case whose folder has this name.

    Args:
        slug: the name of its folder.
        start: where to look from; the current folder by default.

    Raises:
        DuecourseError: there is none, or its files are not as they should be.
    """
    folders = {folder.name: folder for folder in reversed(list(folders_from(start or Path.cwd())))}
    if slug not in folders:
        text = _("There is no case '{name}' here.").format(name=slug)
        raise DuecourseError(text + did_you_mean(slug, sorted(folders)))
    return read(folders[slug])


def folders_from(start: Path) -> Iterator[Path]:
    """Yield the folders of all cases that a notebook in `start` can open, the nearest first."""
    for file in sorted(start.glob(f"{BESIDE}/*/{CASE}")):
        yield file.parent
    for above in (start, *start.resolve().parents):
        if (shelf := above / SHELF).is_dir():
            for file in sorted(shelf.glob(f"*/*/{CASE}")):
                yield file.parent
            return


def read(folder: Path) -> CaseFile:
    """Read the case in a folder.

    Raises:
        DuecourseError: a file is missing, is no YAML, or holds what is not allowed; the message
            names file, path in the file, what was found and what is allowed.
    """
    if not (folder / CASE).is_file():
        raise DuecourseError(_("There is no {file} in {folder}.").format(file=CASE, folder=folder))
    key = folder / KEY
    return CaseFile(
        folder, _read(folder / CASE, Case), _read(key, CaseKey) if key.is_file() else None
    )


def _read(file: Path, model: type[Model]) -> Model:
    return parse(file.read_text("utf-8-sig"), model, str(file))


def parse(text: str, model: type[Model], name: str) -> Model:
    """Read a case or a key from YAML text; ``name`` stands for it in messages.

    Raises:
        DuecourseError: as `read`.
    """
    try:
        found = _parsed(text, model)
    except yaml.YAMLError as error:
        raise DuecourseError(f"{name} is not readable as YAML: {error}") from error
    except ValidationError as error:
        raise DuecourseError("\n".join(complaints(error, name))) from error
    assert isinstance(found, model)
    return found


@lru_cache(maxsize=64)
def _parsed(text: str, model: type[BaseModel]) -> BaseModel:
    """Read once: every cell of a lesson asks for its case, and YAML is slow."""
    return model.model_validate(yaml.load(text, Loader=_LOADER))  # noqa: S506  # a safe loader
