"""An assignment as it is written, and its solved notebook run without a kernel in every world.

A file of facts about one assignment names it: ``WRITTEN = Written("account-ageing")``.
"""

import re
from functools import cache

import IPython.display
import pytest
import yaml

import duecourse.answers
import grader.key
from duecourse.answers import MIME, length
from duecourse.tasks import TextTask, TreatmentsTask, load
from duecourse.worlds import VARIABLE
from grader.assignments import find
from grader.key import MISTAKE_MIME, Mistake, lay_out
from grader.marking import mark
from grader.worlds import worlds_of
from tests.conftest import ROOT

WORLDS = range(1, 9)


class Written:
    """An assignment as its author wrote it: its tasks, its cells, their sources by id."""

    def __init__(self, name):
        self.assignment = find(ROOT, name)
        self.folder, self.tasks = self.assignment.folder, self.assignment.tasks
        self.marked = [task for task in self.tasks if not isinstance(task, TextTask)]
        self.cells = self.assignment.notebooks[name].cells
        self.source = {cell.id: cell.source for cell in self.cells}

    def texts(self, name):
        """Return the English and the Chinese of a text, or of a model answer, which holds both."""
        if f"{name}-en" in self.source:
            return self.source[f"{name}-en"], self.source[f"{name}-zh"]
        answer = re.sub("### (BEGIN|END) SOLUTION", "", self.source[name])
        paragraphs = answer.strip().split("\n\n")
        half = len(paragraphs) // 2
        return "\n\n".join(paragraphs[:half]), "\n\n".join(paragraphs[half:])

    def states(self, name, *figures):
        """Assert that both languages of a text state the figures; a pair is one for each."""
        for figure in figures:
            pair = figure if isinstance(figure, tuple) else (figure, figure)
            for text, wanted in zip(self.texts(name), pair, strict=True):
                assert re.search(rf"(?<![\d.,]){re.escape(wanted)}(?!\d)", text), (name, wanted)

    def states_its_points(self, by_hand):
        """Assert that each heading states its points; ``by_hand`` is that of the written answer."""
        for cell in self.assignment.graded:
            name = by_hand if cell.by_hand else f"{cell.task}-text"
            points = f"{cell.points:g} point{'s' * (cell.points != 1)}", f"{cell.points:g}分"
            for text, wanted, form in zip(
                self.texts(name), points, (r"\((\d+ points?)[);]", r"（(\d+分)[）；]"), strict=True
            ):
                found = re.search(form, text.split("\n")[0])
                assert found, (name, wanted)
                assert found[1] == wanted, name

    def has_both_languages(self):
        """Assert that every text for learners stands in English and in Chinese, in one order."""
        names, twins = (
            [cell.id for cell in self.cells if cell.metadata.get("lang") == spoken]
            for spoken in ("en", "zh")
        )
        assert [name.removesuffix("-en") for name in names] == [
            name.removesuffix("-zh") for name in twins
        ]

    def keeps_to_the_length(self, task):
        """Assert that both halves of a model answer are as long as is asked for."""
        least, most = self.tasks[task].words
        assert all(least <= length(text) <= most for text in self.texts(task))

    def hides_its_seeds(self):
        """Assert that no file that lies beside the notebook holds the seed of a world."""
        seeds = yaml.safe_load((self.folder / "key" / "worlds.yaml").read_text("utf-8"))["seeds"]
        handed = [file for file in self.folder.glob("*") if file.is_file()]
        for seed in seeds:
            assert seed > 10**12
            assert not [file.name for file in handed if str(seed) in file.read_text("utf-8")]


class Solved:
    """The solved notebook, run in one world; every name that its code leaves is an attribute.

    Attributes:
        number: the world's number.
        tables: the folder of the world's tables.
        records: what `check` recorded, by task.
        answers: the values of the records, by task.
        key: what is right and what is wrong, by task, as for marking.
    """

    def __init__(self, written, made, number, folder):
        self.written, self.number, self.tables = written, number, made.folder(number)
        lay_out(written.assignment, folder)
        made.place(number, folder)
        self.names, shown = {}, []
        with pytest.MonkeyPatch.context() as patch:
            patch.chdir(folder)
            patch.setenv(VARIABLE, str(number))
            patch.setattr(IPython.display, "publish_display_data", shown.append)
            # tasks.yaml is read for every answer; once is enough here
            patch.setattr(duecourse.answers, "load", cache(load))
            patch.setattr(grader.key, "load", cache(load))
            for cell in written.cells:
                if cell.cell_type == "code":
                    exec(compile(cell.source, cell.id, "exec"), self.names)
        self.records = {data[MIME]["task"]: data[MIME] for data in shown if MIME in data}
        self.answers = {task: record["value"] for task, record in self.records.items()}
        mistakes = {}
        for wrong in (data[MISTAKE_MIME] for data in shown if MISTAKE_MIME in data):
            assert all(wrong["text"].values()), wrong["task"]
            known = Mistake(wrong["value"], wrong["share"], wrong["text"])
            mistakes.setdefault(wrong["task"], []).append(known)
        treated = [task.id for task in written.tasks if isinstance(task, TreatmentsTask)]
        truths = {name: made.truth(number, name) for name in treated}
        self.key = grader.key._checked(written.assignment, {**self.records}, mistakes, truths)

    def __getattr__(self, name):
        try:
            return vars(self)["names"][name]
        except KeyError:
            raise AttributeError(name) from None

    def is_marked_as_it_should_be(self):
        """Assert that what is right is marked as whole, and each mistake as itself and no other."""
        for task in self.written.marked:
            right, record = self.key[task.id], self.records[task.id]
            assert mark(task, record, right).whole, (self.number, task.id)
            for known in right.mistakes:
                outcome = mark(task, {**record, "value": known.value}, right)
                assert outcome.mistake is known, (self.number, task.id, known.text["en"])


@pytest.fixture(scope="module")
def written(request):
    return request.module.WRITTEN


@pytest.fixture(scope="module")
def made(written, keys):
    """The worlds of the assignment."""
    return worlds_of(written.assignment, keys)


@pytest.fixture(scope="module")
def solve(written, made, tmp_path_factory):
    """Run the solved notebook in the world of a number."""
    return lambda number: Solved(written, made, number, tmp_path_factory.mktemp("solved"))


@pytest.fixture(scope="module", params=WORLDS)
def world(request, solve):
    """The solved notebook in one world after the other."""
    return solve(request.param)


@pytest.fixture(scope="module")
def worlds(solve):
    """The solved notebook in all worlds at once."""
    return [solve(number) for number in WORLDS]
