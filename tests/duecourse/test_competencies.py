"""Whatever is marked belongs to a competency, and a competency names nothing that does not exist."""

import nbformat
import pytest
import yaml

from duecourse.competencies import FILE, course_map, matrix, read
from duecourse.errors import DuecourseError
from duecourse.language import speaking
from duecourse.rules import rules
from duecourse.tasks import load
from tests.conftest import ROOT

ASSIGNMENTS = {
    file.parent.name: load(file.parent) for file in ROOT.glob("assignments/*/tasks.yaml")
}
LESSONS = {file.stem: file for file in ROOT.glob("notebooks/*.ipynb")}
CASES = {file.parent.name: file for file in ROOT.glob("case_studies/*/*/case.yaml")}
RULES = {rule.id for place in ("CN", "US", "UK") for rule in rules(place)}


def named(kind):
    return {name for one in matrix().competencies for name in getattr(one, kind)}


@pytest.mark.parametrize("assignment", sorted(ASSIGNMENTS))
def test_every_task_says_something_about_a_competency(assignment):
    for task in ASSIGNMENTS[assignment]:
        assert task.topics, task.id
        for topic in task.topics:
            assert topic in matrix().of_topic(topic).topics


def test_no_topic_is_named_that_no_task_has():
    topics = {topic for tasks in ASSIGNMENTS.values() for task in tasks for topic in task.topics}
    assert named("topics") == topics


def test_a_topic_stands_in_one_competency_only():
    topics = [topic for one in matrix().competencies for topic in one.topics]
    assert len(topics) == len(set(topics))


@pytest.mark.parametrize(
    ("kind", "there"),
    [("lessons", LESSONS), ("cases", CASES), ("assignments", ASSIGNMENTS)],
)
def test_every_lesson_case_and_assignment_is_reached_and_no_other_named(kind, there):
    assert named(kind) == set(there)
    assert set(getattr(matrix(), kind)) == set(there)


def test_the_assignments_of_a_competency_are_those_whose_tasks_have_its_topics():
    for one in matrix().competencies:
        shown = {
            name
            for name, tasks in ASSIGNMENTS.items()
            if any(set(task.topics) & set(one.topics) for task in tasks)
        }
        assert set(one.assignments) == shown, one.id


def test_every_rule_belongs_to_a_competency_and_no_other_is_named():
    assert named("rules") == RULES


def test_titles_are_those_of_the_notebooks_the_cases_and_the_assignments():
    known = matrix()
    for name, file in LESSONS.items():
        cells = nbformat.read(file, 4).cells
        for lang, title in known.lessons[name].items():
            head = next(cell.source for cell in cells if cell.metadata.get("lang") == lang)
            assert head.splitlines()[0] == f"# {title}", name
    for name, file in CASES.items():
        assert yaml.safe_load(file.read_text("utf-8"))["title"] == known.cases[name]
    for name, tasks in ASSIGNMENTS.items():
        assert dict(tasks.title) == known.assignments[name]


def test_everything_is_said_in_both_languages():
    known = matrix()
    texts = [text for one in known.competencies for text in (one.title, one.about)]
    texts += [one.title for one in (*known.roles, *known.levels.values())]
    texts += [*known.lessons.values(), *known.cases.values(), *known.assignments.values()]
    assert all(set(text) == {"en", "zh"} and all(text.values()) for text in texts)


def test_there_are_four_roles_and_a_team_lead_needs_no_less_of_the_law_than_anybody_else():
    assert [role.id for role in matrix().roles] == [
        "new-collector",
        "working-collector",
        "analyst",
        "team-lead",
    ]
    for one in ("red-lines", "law", "contact", "conversation"):
        most = max(role.needs[one] for role in matrix().roles)
        assert matrix().role("team-lead").needs[one] == most == 3


def test_every_competency_is_needed_by_somebody():
    for one in matrix().competencies:
        assert any(role.needs[one.id] for role in matrix().roles), one.id


@pytest.mark.parametrize(
    ("share", "tasks", "level"),
    [
        (1.0, 0, None),
        (0.0, 3, 0),
        (0.39, 9, 0),
        (0.4, 1, 1),
        (1.0, 1, 1),
        (0.65, 2, 2),
        (1.0, 4, 2),
        (0.84, 9, 2),
        (0.85, 5, 3),
    ],
)
def test_few_tasks_show_a_low_level_only(share, tasks, level):
    assert matrix().shown(share, tasks) == level


def test_the_competencies_of_a_task_are_named_once_and_in_order():
    found = matrix().of_topics(["third-parties", "critical", "hours"])
    assert [one.id for one in found] == ["red-lines", "contact"]
    assert matrix().of_topics([]) == ()


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        (lambda known: known["laws"], "no competency 'laws'.*Did you mean 'law'"),
        (lambda known: known.role("lead"), "no role 'lead'.*team-lead"),
        (lambda known: known.of_topic("hour"), "'hour' belongs to no competency.*'hours'"),
        (lambda _known: course_map("boss"), "no role 'boss'"),
    ],
)
def test_an_unknown_name_is_answered_with_what_there_is(ask, said):
    with pytest.raises(DuecourseError, match=said):
        ask(matrix())


def changed(tmp_path, change):
    data = yaml.safe_load(FILE.read_text("utf-8"))
    change(data)
    file = tmp_path / "competencies.yaml"
    file.write_text(yaml.safe_dump(data, allow_unicode=True), "utf-8")
    return file


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda data: data["competencies"][1]["topics"].append("hours"), r"twice: \['hours'\]"),
        (lambda data: data["competencies"].append(data["competencies"][0]), "stand twice"),
        (lambda data: data["roles"][0]["needs"].pop("law"), r"new-collector .* \['law'\]"),
        (lambda data: data["roles"][0]["needs"].update(law=4), "roles.0.needs.law"),
        (lambda data: data["competencies"][0]["lessons"].append("99-x"), r"no title: \['99-x'\]"),
        (lambda data: data["levels"].pop(2), "levels are 1, 2 and 3"),
        (lambda data: data["levels"][3].update(share=0.1), "ascending shares"),
        (lambda data: data["competencies"][0].update(source=["hearsay"]), "source"),
    ],
)
def test_a_matrix_that_contradicts_itself_is_refused_and_the_place_named(tmp_path, change, said):
    file = changed(tmp_path, change)
    with pytest.raises(DuecourseError, match=said) as caught:
        read(file)
    assert str(file) in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"[]", b"a: [", b"\xff\xfe\x00", b"levels: {"])
def test_a_damaged_file_is_an_error_that_names_it(tmp_path, content):
    file = tmp_path / "competencies.yaml"
    file.write_bytes(content)
    with pytest.raises(DuecourseError, match=r"competencies\.yaml"):
        read(file)


def test_the_map_of_a_role_leaves_out_what_it_does_not_need():
    shown = repr(course_map("new-collector"))
    assert "Lawful contact; New collector: 2 · applies" in shown
    assert "Scores and models" not in shown
    assert "Scores and models; New collector: –" in repr(course_map())
    assert "Lawful contact; New collector: 2, Working collector: 2" in repr(course_map())


def test_the_map_speaks_chinese():
    with speaking("zh"):
        shown = course_map("analyst")
        assert repr(shown).startswith("信用风险分析师：需要什么能力")
        assert "第5课 · 早期预警" in shown._repr_html_()
        assert "Lesson" not in shown._repr_html_()


def test_the_map_links_to_lessons_that_lie_beside_it_and_to_no_others(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert "<a " not in course_map()._repr_html_()
    (tmp_path / "08-why-lawful-collection.ipynb").write_text("{}")
    page = course_map()._repr_html_()
    assert '<a href="08-why-lawful-collection.ipynb">Lesson 8' in page
    assert "09-the-course-of-a-case.ipynb" not in page


def test_the_map_is_a_table_of_one_row_a_competency():
    page = course_map()._repr_html_()
    assert page.count("<tr>") == page.count("</tr>") == 1 + len(matrix().competencies)
    assert page.count('<th scope="col"') == 1 + len(matrix().roles) + 3
