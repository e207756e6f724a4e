"""The key of an assignment: what its solved notebook answers when it is executed.

No expected value is written down anywhere else. Cells tagged ``mistake`` compute the known wrong
answers in the same run, by calling `mistake`.
"""

import asyncio
import copy
import json
import os
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode

from duecourse.answers import MIME, UNSEEN, read
from duecourse.contents import forbidden
from duecourse.errors import DuecourseError
from duecourse.keeping import GRADING
from duecourse.tasks import (
    FILE,
    MessageTask,
    PredictionsTask,
    TextTask,
    TreatmentsTask,
    load,
)
from duecourse.worlds import VARIABLE
from grader import temporary
from grader.assignments import Assignment
from grader.cases import place
from grader.conversations import basis_for
from grader.kernels import WARM, announce
from grader.outcome import proven
from grader.worlds import Worlds, worlds_of

MISTAKE_MIME: Final = "application/vnd.duecourse.mistake+json"
_SECONDS: Final = 600
_AT_A_TIME: Final = 2
"""Keys that are executed side by side: a kernel keeps a core busy, and two are there at least."""


@dataclass(frozen=True)
class Mistake:
    """A known wrong answer: its value, the share of the points it earns, what the learner reads."""

    value: Any
    share: float
    text: dict[str, str]


@dataclass(frozen=True)
class KeyedTask:
    """What is right for one task.

    Attributes:
        value: the right answer as plain JSON; None for a written answer.
        mistakes: the known wrong ones.
        labels: for predictions, the outcome (1: bad) by id.
        truth: for treatments, what each does for each account in this world.
        case: for calls and codings, the part of the case's files that they are marked by.
    """

    value: Any
    mistakes: tuple[Mistake, ...] = ()
    labels: dict[str, int] | None = None
    truth: dict[str, Any] | None = None
    case: dict[str, Any] | None = None


@dataclass(frozen=True)
class Key:
    """The right answers of an assignment by task, and the digest of what they came from.

    Attributes:
        world: the number of the world that they are right in; None where everybody has the same.
    """

    assignment: str
    digest: str
    tasks: dict[str, KeyedTask]
    world: int | None = None


def mistake(task: str, value: Any, *, share: float, en: str, zh: str) -> None:
    """Record a known wrong answer; for cells tagged ``mistake`` in a solved notebook.

    Args:
        task: the task that it is a wrong answer to.
        value: the wrong answer, of the same kind as the right one.
        share: the share of the points that it earns, in [0, 1).
        en: what the learner is told: what went wrong, without giving the answer away.
        zh: the same in Chinese.

    Raises:
        DuecourseError: the value has not the task's form, or the share is out of range.
    """
    from IPython.display import publish_display_data

    found = read(load(Path.cwd())[task], value)
    if found.blank or found.problems:
        why = "; ".join(found.problems) or "it is None"
        raise DuecourseError(f"mistake of '{task}': {why}")
    if not 0 <= share < 1:
        raise DuecourseError(f"mistake of '{task}': share {share} is not in [0, 1)")
    record = {"task": task, "value": found.value, "share": share, "text": {"en": en, "zh": zh}}
    publish_display_data({"text/plain": f"mistake of {task}", MISTAKE_MIME: record})


def key_of(assignment: Assignment, cache: Path, world: int | None = None) -> Key:
    """Return the key of an assignment, executing its solved notebooks if they changed.

    Args:
        assignment: the assignment.
        cache: the folder where executed keys are kept by their content.
        world: the number of the world; the first by default, and of no matter where there is none.

    Raises:
        DuecourseError: there is no such world, a solved notebook fails, or it leaves a task without
            a whole answer.
    """
    worlds = worlds_of(assignment, cache)
    number = (world or 1) if worlds else None
    digest, ending = assignment.digest, ""
    if worlds and number:
        digest, ending = f"{digest}{worlds.content(number)}", f"-{number}"
    file = cache / f"{assignment.name}-{digest}{ending}.json"
    if file.is_file():
        return _load(file)
    key = Key(assignment.name, digest, _execute(assignment, worlds, number), number)
    cache.mkdir(parents=True, exist_ok=True)
    cache.chmod(0o700)
    part = file.with_suffix(f".{os.getpid()}.part")
    part.write_text(json.dumps(asdict(key), ensure_ascii=False), "utf-8")
    part.replace(file)
    alike = f"{assignment.name}-{'[0-9a-f]' * len(digest)}{ending}.json"
    for older in set(cache.glob(alike)) - {file}:
        older.unlink(missing_ok=True)
    return key


def keys_of(assignment: Assignment, cache: Path, worlds: Iterable[int]) -> dict[int, Key]:
    """Return the keys of several worlds by number; what must be executed runs two at a time.

    Raises:
        DuecourseError: as `key_of`.
    """
    numbers = list(worlds)
    with ThreadPoolExecutor(_AT_A_TIME) as pool:
        keys = pool.map(lambda number: key_of(assignment, cache, number), numbers)
        return dict(zip(numbers, keys, strict=True))


def _load(file: Path) -> Key:
    data = json.loads(file.read_text("utf-8"))
    tasks = {
        name: KeyedTask(
            task["value"],
            tuple(Mistake(**one) for one in task["mistakes"]),
            task["labels"],
            task["truth"],
            task["case"],
        )
        for name, task in data["tasks"].items()
    }
    return Key(data["assignment"], data["digest"], tasks, data["world"])


def _execute(
    assignment: Assignment, worlds: Worlds | None, number: int | None
) -> dict[str, KeyedTask]:
    answers: dict[str, Any] = {}
    mistakes: dict[str, list[Mistake]] = {}
    where = f" in world {number}" if number else ""
    with temporary.folder("key") as place:
        folder = place / "notebook"
        folder.mkdir()
        lay_out(assignment, folder)
        if worlds and number:
            worlds.place(number, folder)
        for title, notebook in assignment.notebooks.items():
            name = f"{assignment.name}/{title}{where}"
            for cell in run(notebook, folder, name, number, kept=False).cells:
                for data in _published(cell):
                    if record := data.get(MIME):
                        answers[record["task"]] = record
                    if wrong := data.get(MISTAKE_MIME):
                        found = Mistake(wrong["value"], wrong["share"], wrong["text"])
                        mistakes.setdefault(wrong["task"], []).append(found)
    truths = {}
    if worlds and number:
        treated = [task.id for task in assignment.tasks if isinstance(task, TreatmentsTask)]
        truths = {name: worlds.truth(number, name) for name in treated}
    try:
        return _checked(assignment, answers, mistakes, truths)
    except DuecourseError as error:
        raise DuecourseError(f"{assignment.name}{where}: {error}") from error


def lay_out(assignment: Assignment, folder: Path) -> None:
    """Put everything that a solved notebook reads into ``folder``: unseen inputs and keys too."""
    for file in (assignment.folder / FILE, *assignment.public_files()):
        to = folder / file.relative_to(assignment.folder)
        to.parent.mkdir(parents=True, exist_ok=True)
        to.write_bytes(file.read_bytes())
    (folder / UNSEEN).mkdir(exist_ok=True)
    for name, text in assignment.unseen().items():
        (folder / UNSEEN / name).write_text(text, "utf-8")
    place(assignment.cases.values(), folder, key=True)


def run(
    notebook: NotebookNode, folder: Path, name: str, world: int | None = None, *, kept: bool = True
) -> NotebookNode:
    """Execute a copy of a notebook in ``folder`` and return it with its outputs.

    Args:
        notebook: the notebook; it stays as it is.
        folder: the kernel's working directory.
        name: what a message calls the notebook.
        world: the number of the world that it opens, if it opens one.
        kept: whether answers last, as for a learner; a key starts every call anew.

    Raises:
        DuecourseError: a cell raises; the message names the notebook, the cell and the error.
    """
    announce()
    copied = copy.deepcopy(notebook)
    resources = {"metadata": {"path": str(folder)}}
    client = NotebookClient(
        copied,
        timeout=_SECONDS,
        resources=resources,
        kernel_name=WARM,
        extra_arguments=[
            "--HistoryManager.hist_file=:memory:",
            "--IPKernelApp.log_level=ERROR",
        ],
        shutdown_kernel="immediate",
    )
    surroundings = {name: value for name, value in os.environ.items() if name != VARIABLE}
    if world:
        surroundings[VARIABLE] = str(world)
    if not kept:
        surroundings[GRADING] = "key"
    try:
        return _executed(client, surroundings)
    except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
        text = str(error).strip()
        raise DuecourseError(f"The notebook {name} does not run to its end:\n{text}") from error


def _executed(client: NotebookClient, surroundings: dict[str, str]) -> NotebookNode:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        # nbclient would leave a loop of its own open in every thread.
        return asyncio.run(client.async_execute(env=surroundings))
    return client.execute(env=surroundings)


def _published(cell: NotebookNode) -> list[Any]:
    return [output.get("data", {}) for output in cell.get("outputs", [])]


def _checked(
    assignment: Assignment,
    answers: dict[str, Any],
    mistakes: dict[str, list[Mistake]],
    truths: dict[str, dict[str, Any]],
) -> dict[str, KeyedTask]:
    tasks: dict[str, KeyedTask] = {}
    for task in assignment.tasks:
        if isinstance(task, TextTask):
            tasks[task.id] = KeyedTask(None)
            continue
        record = answers.pop(task.id, None)
        if record is None or record.get("problems"):
            why = "; ".join(record["problems"]) if record else "its cell was not found"
            raise DuecourseError(f"no whole answer to '{task.id}': {why}")
        labels = assignment.labels(task) if isinstance(task, PredictionsTask) else None
        truth = truths.get(task.id)
        if isinstance(task, TreatmentsTask):
            if truth is None:
                raise DuecourseError(f"'{task.id}' needs a world.yaml")
            proven(task, record["value"], truth)
        if isinstance(task, MessageTask) and (said := forbidden(record["value"])):
            raise DuecourseError(f"the solution of '{task.id}' says '{said[0].phrase}'")
        case = basis_for(task, record["value"], assignment.cases)
        known = tuple(mistakes.pop(task.id, ()))
        tasks[task.id] = KeyedTask(record["value"], known, labels, truth, case)
    if stray := sorted({*answers, *mistakes}):
        raise DuecourseError(f"not in {FILE}: {', '.join(stray)}")
    return tasks
