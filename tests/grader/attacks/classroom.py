"""The class: honest learners and every attacker, in a course of ours and in one of plain nbgrader."""

import os
import shutil
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from traitlets.config import Config

from grader.course import Course
from tests.conftest import answered, nbgrader, submit
from tests.grader.attacks.scene import BYSTANDER, CANARIES, Scene

KERNEL = {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}
PROGRAMS = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
LIMITS = """
c.ExecuteToTheEnd.timeout = 6
c.ExecuteToTheEnd.total_seconds = 20
"""


class Ours(Scene):
    """The small assignment of the kit, with `duecourse autograde`."""

    def __init__(self, released, root, *, isolated) -> None:
        shutil.copytree(released, root)
        with (root / "nbgrader_config.py").open("a") as config:
            config.write(LIMITS)
        self.course = Course(root, "course", "en")
        self.folder = self.course.folder
        super().__init__(root, isolated=isolated)
        source = root / "assignments" / "tiny"
        self.gradebook = self.folder / "gradebook.db"
        self.source, self.hidden = source / "tiny.ipynb", source / "key" / "secret.txt"
        self.key = self.course.keys / "secret.txt"
        text = self.source.read_text("utf-8")
        self.source.write_text(text.replace("secret-hint", self.secrets["source"]), "utf-8")
        self.hidden.write_text(self.secrets["hidden"])
        self.key.write_text(self.secrets["key"])
        with self.course.gradebook() as gradebook:
            gradebook.update_or_create_student(CANARIES[0], last_name=self.secrets["gradebook"])

    def honest(self):
        return answered(self.course, total="total = 1")

    def config(self):
        return self.course.config()

    def right(self):
        return answered(self.course, why=self.secrets["submission"])


class Stock(Scene):
    """A course in nbgrader's classic style, with nothing of the kit's configured."""

    stock = True

    def __init__(self, root) -> None:
        root.mkdir()
        self.folder = root
        super().__init__(root, isolated=False)
        self.gradebook = root / "gradebook.db"
        self.source = root / "source" / "tiny" / "tiny.ipynb"
        self.hidden, self.key = root / "instructor" / "secret.txt", root / "keys" / "secret.txt"
        for name in ("hidden", "key"):
            file = getattr(self, name)
            file.parent.mkdir()
            file.write_text(self.secrets[name])
        cells = [
            new_code_cell("import math", metadata={"nbgrader": nbgrader("setup", locked=True)}),
            new_code_cell(
                f"### BEGIN SOLUTION\n# {self.secrets['source']}\n"
                "def total():\n    return 4712.25\n### END SOLUTION",
                metadata={"nbgrader": nbgrader("total-answer", solution=True)},
            ),
            new_code_cell(
                "assert total() == 4712.25\n### BEGIN HIDDEN TESTS\n"
                "assert total() > 4000\n### END HIDDEN TESTS",
                metadata={"nbgrader": nbgrader("total", points=4)},
            ),
            new_code_cell(
                '### BEGIN SOLUTION\ndef best():\n    return "b"\n### END SOLUTION',
                metadata={"nbgrader": nbgrader("best-answer", solution=True)},
            ),
            new_code_cell(
                'assert best() == "b"', metadata={"nbgrader": nbgrader("best", points=2)}
            ),
            new_markdown_cell(
                "Your answer", metadata={"nbgrader": nbgrader("why", points=4, solution=True)}
            ),
        ]
        notebook = new_notebook(cells=cells, metadata={"kernelspec": KERNEL})
        self.source.parent.mkdir(parents=True)
        nbformat.write(notebook, self.source)

    def config(self):
        config = Config()
        config.CourseDirectory.root = str(self.root)
        config.CourseDirectory.db_url = f"sqlite:///{self.gradebook}"
        config.Exchange.root = str(self.root / "exchange")
        return config

    def api(self):
        from nbgrader.apps import NbGraderAPI
        from nbgrader.coursedir import CourseDirectory

        return NbGraderAPI(CourseDirectory(config=self.config()), config=self.config())

    def release(self):
        """Release the assignment, and write the secret into the gradebook."""
        with pytest.MonkeyPatch.context() as patch:
            # nbgrader calls the command `alembic` of its own environment by its bare name
            patch.setenv("PATH", PROGRAMS)
            done = self.api().generate_assignment(self.assignment)
        assert done["success"], done["log"]
        with self.api().gradebook as gradebook:
            gradebook.update_or_create_student(CANARIES[0], last_name=self.secrets["gradebook"])

    def _answered(self, value):
        notebook = nbformat.read(self.root / "release" / "tiny" / "tiny.ipynb", 4)
        for cell in notebook.cells:
            name = cell.metadata.get("nbgrader", {}).get("grade_id")
            if name in ("total-answer", "best-answer"):
                result = value if name == "total-answer" else '"b"'
                cell.source = f"def {name.removesuffix('-answer')}():\n    return {result}"
            if name == "why":
                cell.source = self.secrets["submission"] if value == 4712.25 else "Because."
        return notebook

    def honest(self):
        return self._answered(1)

    def right(self):
        return self._answered(4712.25)


def hand_in(scene, attacks):
    """Let the honest learners and the attackers hand in."""
    for learner in (*CANARIES, BYSTANDER):
        _submit(scene, learner, scene.right())
    scene.spare.write_text(scene.SPARE)
    scene.disposable.write_text("")
    for attack in attacks:
        content = attack.notebook(scene)
        folder = _submit(scene, attack.who, content)
        if attack.place:
            attack.place(scene, folder)


def _submit(scene, learner, content):
    return submit(scene, learner, content, scene.assignment)
