"""A book as a folder of files, Parquet or CSV, and back.

Beside the tables lies ``book.yaml``, written last: it says the form and how many rows each table has,
so that a file cut off or mixed up is noticed.
"""

import shutil
import tempfile
from pathlib import Path
from typing import Annotated, Final, Literal

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from duecourse.errors import DuecourseError
from duecourse.language import _
from duecourse.portfolio.book import TABLES, Book
from duecourse.portfolio.files import Unreadable, read_table, write_table
from duecourse.portfolio.schemas import InvalidBook, validate

Form = Literal["parquet", "csv"]
MANIFEST: Final = "book.yaml"
_BY_THE_SYSTEM: Final = (".DS_Store", "Thumbs.db", "desktop.ini")
_KIND: Final = "duecourse book"


def _all(rows: dict[str, int]) -> dict[str, int]:
    if set(rows) != set(TABLES):
        raise ValueError(f"it names {', '.join(rows)}; a book has {', '.join(TABLES)}")
    return rows


class _Manifest(BaseModel):
    model_config = ConfigDict(extra="forbid")

    kind: Literal["duecourse book"]
    version: Literal[1]
    form: Form
    rows: Annotated[dict[str, Annotated[int, Field(ge=0)]], AfterValidator(_all)]


def write(book: Book, folder: Path | str, form: Form = "parquet") -> Path:
    """Write the tables of a book into a folder of their own.

    A book that lies there already is replaced only when the new one is whole; if anything goes wrong,
    the old one stays.

    Args:
        book: the book.
        folder: where; it is made if it does not exist.
        form: ``parquet``, or ``csv`` for Excel, which shows at most 1,048,576 rows of a table.

    Returns:
        the folder.

    Raises:
        InvalidBook: the book is not one.
        DuecourseError: there is no such form, or the folder holds something else.
    """
    if form not in ("parquet", "csv"):
        raise DuecourseError(
            _("A book is written as 'parquet' or 'csv', not as '{form}'.").format(form=form)
        )
    validate(book)
    to = Path(folder).absolute()
    _only_a_book(to)
    to.parent.mkdir(parents=True, exist_ok=True)
    part = Path(tempfile.mkdtemp(dir=to.parent, prefix=f".{to.name}-"))
    try:
        for name, table in book.tables().items():
            write_table(table, name, part / f"{name}.{form}")
        rows = {name: len(table) for name, table in book.tables().items()}
        about = {"kind": _KIND, "version": 1, "form": form, "rows": rows}
        (part / MANIFEST).write_text(yaml.safe_dump(about, sort_keys=False), "utf-8")
        part.chmod(0o755)
        _swap(part, to)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return Path(folder)


def read(folder: Path | str) -> Book:
    """Read a book from a folder that `write` wrote, and validate it.

    Returns:
        the book, with the types of `portfolio.world`: texts as categories, dates without a time zone.

    Raises:
        Unreadable: a file is missing, empty, damaged, too large, or of another kind.
        InvalidBook: the tables are no book.
    """
    place = Path(folder)
    about = _manifest(place)
    tables = {}
    for name in TABLES:
        file = place / f"{name}.{about.form}"
        table = read_table(file, name)
        if len(table) != about.rows[name]:
            text = _(
                "{file} has {found} rows, and {manifest} says {wanted}: the file is cut off, or of another "
                "book. Write the book again."
            )
            raise Unreadable(
                text.format(file=file, found=len(table), manifest=MANIFEST, wanted=about.rows[name])
            )
        tables[name] = table
    try:
        return validate(Book(**tables))
    except InvalidBook as error:
        raise InvalidBook(
            _("{folder} holds no valid book.").format(folder=place) + f"\n{error}"
        ) from error


def _only_a_book(folder: Path) -> None:
    """Raise DuecourseError unless the folder is free or holds a book and nothing else."""
    if not folder.exists():
        return
    ours = {
        *_BY_THE_SYSTEM,
        MANIFEST,
        *(f"{name}.{form}" for name in TABLES for form in ("parquet", "csv")),
    }
    others = (
        sorted(one.name for one in folder.iterdir() if one.name not in ours)
        if folder.is_dir()
        else [folder.name]
    )
    if others:
        raise DuecourseError(
            _("{folder} holds something else: {names}. A book needs a folder of its own.").format(
                folder=folder, names=", ".join(others[:5])
            )
        )


def _swap(part: Path, to: Path) -> None:
    """Put the new folder in the place of the old one."""
    if not to.exists():
        part.rename(to)
        return
    old = Path(tempfile.mkdtemp(dir=to.parent, prefix=f".{to.name}-"))
    try:
        to.rename(old / to.name)
        try:
            part.rename(to)
        except BaseException:
            (old / to.name).rename(to)
            raise
    finally:
        shutil.rmtree(old, ignore_errors=True)


def _manifest(folder: Path) -> _Manifest:
    if not folder.is_dir():
        raise Unreadable(_("There is no folder {folder}.").format(folder=folder))
    file = folder / MANIFEST
    if not file.is_file():
        there = ", ".join(sorted(one.name for one in folder.iterdir())[:8]) or "-"
        raise Unreadable(
            _("{folder} holds no book: there is no {manifest}. It holds: {names}.").format(
                folder=folder, manifest=MANIFEST, names=there
            )
        )
    try:
        return _Manifest.model_validate(yaml.safe_load(file.read_text("utf-8")))
    except (ValueError, yaml.YAMLError, OSError) as error:
        raise Unreadable(
            _("{file} is damaged or describes no book. Write the book again.").format(file=file)
        ) from error
