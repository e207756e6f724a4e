"""A small class whose written answers are graded and wait for a person."""

import shutil

import yaml

from grader.course import Course
from grader.grading import autograde
from grader.kernels.jail import missing
from tests.conftest import answered, submit

WRITTEN = {
    "ann": "ann here: I would ask what happened first. My annual plan follows.",
    "bo": "I would call the family until somebody pays.",
    "王芳": "先问发生了什么，再谈方案。\n\n" + "方案要留有余地，不能让人家还不起。" * 30,
    "dora": "Ask, listen, and offer a plan that leaves a buffer.",
}
BLANK = "emil"


def two(english, chinese):
    return {"en": english, "zh": chinese}


def level(points, english, chinese):
    return {"points": points, "text": two(english, chinese)}


RUBRIC = [
    {
        "id": "reason",
        "title": two("Reason", "理由"),
        "levels": [
            level(0, "None.", "没有。"),
            level(1, "A reason is named.", "写了理由。"),
            level(2, "A reason that follows from the facts.", "理由由事实得出。"),
        ],
    },
    {
        "id": "people",
        "title": two("People", "待人"),
        "levels": [
            level(0, "Pressure.", "施压。"),
            level(1, "Polite.", "有礼貌。"),
            level(2, "Asks, and leaves a buffer.", "先问，并留有缓冲。"),
        ],
    },
]
GUIDE = {
    "tasks": {
        "why": {
            "examples": {
                "reason": [two(f"reason {n}", f"理由例{n}") for n in range(3)],
                "people": [two(f"people {n}", f"待人例{n}") for n in range(3)],
            },
            "comments": [
                {"id": "why-so", "criterion": "reason", "text": two("Say why.", "请说明理由。")},
                {"id": "ask", "criterion": "people", "text": two("Ask first.", "请先问。")},
                {"id": "good", "text": two("Well done.", "写得好。")},
            ],
        }
    }
}


def with_rubric(root):
    """Give the small assignment of a checkout a rubric of two criteria, and its guide."""
    folder = root / "assignments" / "tiny"
    tasks = yaml.safe_load((folder / "tasks.yaml").read_text("utf-8"))
    next(task for task in tasks["tasks"] if task["id"] == "why")["rubric"] = RUBRIC
    (folder / "tasks.yaml").write_text(yaml.safe_dump(tasks, allow_unicode=True), "utf-8")
    (folder / "key" / "rubric.yaml").write_text(yaml.safe_dump(GUIDE, allow_unicode=True), "utf-8")


def graded_class(released, root):
    """Build the class in a folder from a released checkout, and grade it."""
    shutil.copytree(released, root)
    with_rubric(root)
    course = Course(root, "course", "en")
    for learner, text in WRITTEN.items():
        submit(course, learner, answered(course, why=text))
    submit(course, BLANK, answered(course, why=None))
    grade_again(course)
    return course


def grade_again(course, **options):
    """Grade the class, and fail unless everybody is graded."""
    done = list(autograde(course, "tiny", isolated=not missing(), **options))
    assert {one.state for one in done} <= {"graded", "unchanged"}, done
    return done


def in_book(course, learner):
    """Return what the gradebook says of a written answer: points, whether it waits, the comment."""
    with course.gradebook() as book:
        grade = book.find_grade("why", "tiny", "tiny", learner)
        comment = book.find_comment("why", "tiny", "tiny", learner)
        return grade.manual_score, grade.needs_manual_grade, comment.manual_comment
