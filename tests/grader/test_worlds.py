"""Exam worlds: made from hidden seeds, dealt evenly, each learner graded in the own one."""

import json
import shutil
import subprocess
import sys
from collections import Counter

import nbformat
import pandas as pd
import pyarrow.parquet
import pytest
import yaml
from nbformat.v4 import new_code_cell

from duecourse.errors import DuecourseError
from duecourse.language import speaking
from duecourse.worlds import digest, my_world, number_of
from grader import worlds as worlds_module
from grader.course import Course
from grader.dealing import deal, dealt, in_use, known_learners, roster, world_of
from grader.findings import elsewhere
from grader.grading import autograde
from grader.key import key_of, keys_of
from grader.marking import other_world
from grader.release import lay_out, release
from grader.reporting.files import as_csv
from grader.reporting.tables import learners as learners_table
from grader.reporting.writing import write
from grader.results import collect
from grader.worlds import Worlds, worlds_of, write_table
from tests.conftest import cell_of, mark_of, scores, submit
from tests.grader.many_worlds import (
    PLAN,
    POINTS,
    SEEDS,
    SOLUTIONS,
    answered,
    checkout,
    solved_notebook,
)


@pytest.fixture
def many(tmp_path):
    """A checkout that holds only the assignment of three worlds."""
    return checkout(tmp_path / "checkout")


def change(course, name, **more):
    file = course.root / "assignments" / "many" / name
    data = {**yaml.safe_load(file.read_text("utf-8")), **more}
    file.write_text(yaml.safe_dump({k: v for k, v in data.items() if v is not None}), "utf-8")


def worlds(course):
    return Worlds(course.assignment("many"), course.keys)


# Files


def test_an_assignment_without_a_plan_has_no_worlds(many):
    (many.root / "assignments" / "many" / "world.yaml").unlink()
    assert worlds_of(many.assignment("many"), many.keys) is None


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"accounts": 0}, r"world\.yaml: accounts: .*greater than 0"),
        ({"until": "2024-02-28"}, r"2024-02-28 is not the last day of a month"),
        ({"tables": {}}, r"world\.yaml: tables: "),
        ({"seed": 4}, r"world\.yaml: seed: Extra inputs"),
        ({"months": None}, r"world\.yaml: months: Field required"),
    ],
)
def test_a_plan_says_where_it_is_wrong(many, wrong, message):
    change(many, "world.yaml", **wrong)
    with pytest.raises(DuecourseError, match=message):
        _ = worlds(many).plan


def test_a_leap_day_ends_a_month(many):
    change(many, "world.yaml", until="2024-02-29")
    assert worlds(many).plan.until.day == 29


@pytest.mark.parametrize(
    ("seeds", "message"),
    [
        (SEEDS[:2], "3 different seeds are needed.*there are 2"),
        ([SEEDS[0]] * 3, "3 different seeds are needed.*there are 1"),
        ([1, 2, 3], r"seeds\.0: .*greater than or equal to 4294967296"),
    ],
)
def test_seeds_are_large_different_and_one_a_world(many, seeds, message):
    change(many, "key/worlds.yaml", seeds=seeds)
    with pytest.raises(DuecourseError, match=message):
        _ = worlds(many).seeds


def test_a_file_of_seeds_that_is_missing_or_broken_is_named(many):
    file = many.root / "assignments" / "many" / "key" / "worlds.yaml"
    file.write_text("seeds: [", "utf-8")
    with pytest.raises(DuecourseError, match=r"worlds\.yaml is not readable as YAML"):
        _ = worlds(many).seeds
    file.unlink()
    with pytest.raises(DuecourseError, match=r"There is no .*worlds\.yaml"):
        _ = worlds(many).seeds


@pytest.mark.parametrize(
    ("tables", "message"),
    [
        ({"acounts": "all"}, r"no table 'acounts'.*Did you mean 'accounts'"),
        ({"accounts": ["account_id", "incom"]}, r"tables\.accounts: .*Did you mean 'income'"),
    ],
)
def test_a_table_or_column_that_a_world_lacks_is_named(many, tables, message):
    change(many, "world.yaml", tables=tables)
    with pytest.raises(DuecourseError, match=message):
        worlds(many).folder(1)


# Making and keeping


def test_a_world_holds_the_tables_and_columns_of_its_plan(many):
    folder = worlds(many).folder(2)
    found = {file.stem: pd.read_parquet(file) for file in folder.iterdir()}
    assert set(found) == set(PLAN["tables"])
    assert list(found["monthly_snapshot"].columns) == PLAN["tables"]["monthly_snapshot"]
    assert len(found["accounts"]) == 600
    assert found["monthly_snapshot"]["month"].max() == pd.Timestamp("2025-12-31")


def test_the_same_seeds_make_the_same_worlds_and_each_is_another(many, tmp_path):
    again = Worlds(many.assignment("many"), tmp_path / "elsewhere")
    ours = worlds(many)
    contents = [ours.content(number) for number in ours.numbers]
    assert contents == [again.content(number) for number in again.numbers]
    assert len(set(contents)) == 3


def test_a_world_that_does_not_exist_is_refused(many):
    with pytest.raises(DuecourseError, match="has the worlds 1 to 3, not 4"):
        worlds(many).folder(4)


def test_other_code_makes_a_world_anew_until_it_is_released(many, monkeypatch):
    made = []
    monkeypatch.setattr(
        Worlds, "_make", lambda self, number: made.append(number) or real(self, number)
    )
    real = _make
    worlds(many).folder(1)
    worlds(many).folder(1)
    assert made == [1]
    monkeypatch.setattr(worlds_module, "_code", lambda: "newer")
    worlds(many).folder(1)
    assert made == [1, 1]
    worlds(many).renew()
    assert made == [1, 1, 2, 3]
    monkeypatch.setattr(worlds_module, "_code", lambda: "newest")
    worlds(many).folder(1)
    assert made == [1, 1, 2, 3]
    worlds(many).renew()
    assert made == [1, 1, 2, 3, 1, 2, 3]


_make = Worlds._make


def test_another_plan_is_kept_elsewhere_and_a_release_drops_the_old(many):
    before = worlds(many)
    before.renew()
    change(many, "world.yaml", accounts=300)
    after = worlds(many)
    assert after.store != before.store
    after.renew()
    assert not before.store.exists()
    assert after.folder(1).is_dir()


def test_one_world_and_only_it_is_laid_beside_a_notebook(many, tmp_path):
    (tmp_path / "worlds" / "9").mkdir(parents=True)
    folder = worlds(many).place(2, tmp_path)
    assert [one.name for one in folder.iterdir()] == ["2"]


def test_what_is_laid_out_never_follows_a_learners_link(many, tmp_path):
    (tmp_path / "precious").mkdir()
    (tmp_path / "precious" / "file").write_text("kept")
    (tmp_path / "beside").mkdir()
    (tmp_path / "beside" / "worlds").symlink_to(tmp_path / "precious")
    worlds(many).place(1, tmp_path / "beside")
    assert (tmp_path / "precious" / "file").read_text() == "kept"
    assert not (tmp_path / "beside" / "worlds").is_symlink()


def test_a_table_is_written_without_index_attributes_and_categories(tmp_path):
    table = pd.DataFrame(
        {
            "name": pd.Categorical(["李明", None]),
            "reverses": pd.array([7, None], dtype="Int64"),
            "on": pd.to_datetime(["2024-02-29", None]),
        },
        index=[5, 3],
    )
    table.attrs["seed"] = 918_273_645_546
    write_table(table, tmp_path / "t.parquet")
    read = pd.read_parquet(tmp_path / "t.parquet")
    assert read["name"].iloc[0] == "李明"
    assert not isinstance(read["name"].dtype, pd.CategoricalDtype)
    assert str(read["reverses"].dtype) == "Int64"
    assert list(read.index) == [0, 1]
    metadata = pyarrow.parquet.read_schema(tmp_path / "t.parquet").metadata
    assert b"918273645546" not in b"".join(metadata.values())
    assert table.attrs == {"seed": 918_273_645_546}


# Dealing


def hand_in(course, *learners):
    for learner in learners:
        submit(course, learner, None, "many")


def test_worlds_are_dealt_evenly_and_kept(many):
    class_ = [f"learner-{number}" for number in range(24)]
    first = deal(many.folder, worlds(many), class_)
    assert Counter(first.values()) == {1: 8, 2: 8, 3: 8}
    again = deal(many.folder, worlds(many), [*class_, "late", "later", "latest"])
    assert {one: again[one] for one in first} == first
    assert Counter(again.values()) == {1: 9, 2: 9, 3: 9}
    assert dealt(many.folder, many.assignment("many")) == again
    assert deal(many.folder, worlds(many), []) == again


def test_one_learner_written_in_two_ways_has_one_world(many):
    have = deal(many.folder, worlds(many), ["Amy", "amy ", "ＡＭＹ", ""])
    assert list(have) == ["amy"]
    assert world_of(many.folder, worlds(many), " AMY") == have["amy"]


def test_somebody_unknown_is_graded_in_the_world_that_the_id_leads_to(many, tmp_path, monkeypatch):
    monkeypatch.delenv("DUECOURSE_WORLD", raising=False)
    deal(many.folder, worlds(many), ["amy"])
    (tmp_path / "worlds" / "1").mkdir(parents=True)
    about = {"assignment": "many", "worlds": 3, "learners": None}
    (tmp_path / "worlds" / "class.yaml").write_text(yaml.safe_dump(about))
    for one in ("stranger", "李明", "x"):
        assert (world_of(many.folder, worlds(many), one), False) == number_of(one, tmp_path)


def test_who_handed_in_unlisted_keeps_that_world_when_listed(many):
    strangers = [f"stranger-{number}" for number in range(9)]
    before = {one: world_of(many.folder, worlds(many), one) for one in strangers}
    hand_in(many, *strangers)
    assert deal(many.folder, worlds(many), strangers) == before


def test_worlds_in_use_are_those_of_who_handed_in(many):
    have = deal(many.folder, worlds(many), ["amy", "bob", "eve"])
    hand_in(many, "amy", "eve")
    assert in_use(many.folder, worlds(many)) == sorted({have["amy"], have["eve"]})


def test_known_are_gradebook_roster_and_submissions(many):
    many.folder.mkdir()
    assert roster(many.folder) == []
    (many.folder / "learners.txt").write_text(
        "\ufeff# evening class\nli-ming,李明\n\n  amy  \n", "utf-8"
    )
    hand_in(many, "eve")
    assert known_learners(many.folder, ["bob"]) == ["bob", "li-ming", "amy", "eve"]


# Release, keys and grading


@pytest.fixture(scope="module")
def once(tmp_path_factory):
    """A released checkout whose keys are executed, with amy, bob and li-ming known."""
    course = checkout(tmp_path_factory.mktemp("many") / "checkout")
    course.folder.mkdir()
    (course.folder / "learners.txt").write_text("amy\nbob\n李明\n", "utf-8")
    release(course, "many")
    keys_of(course.assignment("many"), course.keys, [1, 2, 3])
    return course


@pytest.fixture
def dealt_out(once, tmp_path):
    """A copy of the released checkout."""
    root = tmp_path / "copy"
    shutil.copytree(once.root, root)
    return Course(root, "course", "en")


def world(course, learner):
    return world_of(course.folder, worlds(course), learner)


@pytest.mark.kernel
def test_a_release_holds_all_worlds_and_who_works_in_which_without_a_name(once, tmp_path):
    lay_out(once, tmp_path)
    folder = tmp_path / "assignments" / "many"
    assert sorted(one.name for one in (folder / "worlds").iterdir()) == [
        "1",
        "2",
        "3",
        "class.yaml",
    ]
    text = (folder / "worlds" / "class.yaml").read_text("utf-8")
    for name in ("amy", "bob", "李明"):
        assert name not in text
        assert digest("many", name) in text
        assert my_world(name, folder).number == world(once, name)
    assert {world(once, name) for name in ("amy", "bob", "李明")} == {1, 2, 3}


@pytest.mark.kernel
def test_a_second_release_changes_nothing_and_deals_the_new(dealt_out):
    folder = dealt_out.folder / "release" / "many" / "worlds"
    before = {file: file.read_bytes() for file in folder.rglob("*.parquet")}
    known = dealt(dealt_out.folder, dealt_out.assignment("many"))
    with dealt_out.gradebook() as gradebook:
        gradebook.add_student("zoe")
    release(dealt_out, "many")
    assert {file: file.read_bytes() for file in folder.rglob("*.parquet")} == before
    now = dealt(dealt_out.folder, dealt_out.assignment("many"))
    assert now == known | {"zoe": now["zoe"]}


@pytest.mark.kernel
def test_nbgraders_own_command_gives_the_same_worlds_out(dealt_out):
    folder = dealt_out.folder / "release" / "many"
    ours = {file: file.read_bytes() for file in folder.rglob("*") if file.is_file()}
    shutil.rmtree(folder)
    program = [sys.executable, "-m", "nbgrader", "generate_assignment", "many", "--force"]
    with dealt_out.environment():
        subprocess.run(program, cwd=dealt_out.root, check=True, capture_output=True)
    assert {file: file.read_bytes() for file in folder.rglob("*") if file.is_file()} == ours


@pytest.mark.kernel
def test_each_world_has_its_own_key_and_the_first_is_meant_without_a_number(once):
    assignment = once.assignment("many")
    keys = keys_of(assignment, once.keys, [1, 2, 3])
    owed = {key.tasks["owed"].value for key in keys.values()}
    assert len(owed) == 3
    assert [key.world for key in keys.values()] == [1, 2, 3]
    assert key_of(assignment, once.keys) == keys[1]
    book = pd.read_parquet(worlds(once).folder(2) / "monthly_snapshot.parquet")
    last = book[(book["month"] == "2025-12-31") & (book["status"] == "active")]
    assert keys[2].tasks["late"].value == int((last["bucket"] > 0).sum())


@pytest.mark.kernel
def test_a_key_is_executed_once_and_only_for_the_world_that_is_asked_for(dealt_out, monkeypatch):
    monkeypatch.setattr("grader.key.run", lambda *_a, **_k: pytest.fail("executed again"))
    assignment = dealt_out.assignment("many")
    assert set(keys_of(assignment, dealt_out.keys, [3, 1])) == {1, 3}
    for file in dealt_out.keys.glob("many-*-2.json"):
        file.unlink()
    assert key_of(assignment, dealt_out.keys, 3).world == 3
    with pytest.raises(pytest.fail.Exception):
        key_of(assignment, dealt_out.keys, 2)


@pytest.mark.kernel
def test_a_solution_that_fails_in_a_world_names_the_world(many):
    file = many.root / "assignments" / "many" / "many.ipynb"
    notebook = solved_notebook()
    cell_of(notebook, "late-answer").source += "\nlate = 0 if book.number == 1 else 1 / 0"
    nbformat.write(notebook, file)
    with pytest.raises(DuecourseError, match=r"many/many in world 3 does not run to its end"):
        key_of(many.assignment("many"), many.keys, 3)


@pytest.fixture(scope="module")
def graded(once, tmp_path_factory):
    """Grade a class: right, copying from another world, forging, unlisted, damaged."""
    root = tmp_path_factory.mktemp("class") / "checkout"
    shutil.copytree(once.root, root)
    course = Course(root, "course", "en")
    amys = key_of(course.assignment("many"), course.keys, world(course, "amy")).tasks
    submit(course, "amy", answered(course, "amy"), "many")
    copied = {
        "late": f"late = {amys['late'].value}",
        "owed": f"owed = {amys['owed'].value}",
        "order": f"order = {amys['order'].value}",
        "policy": 'policy = pd.Series("call", index=behind.account_id)',
    }
    submit(course, "bob", answered(course, "amy", **copied), "many")
    cheat = answered(course, "李明")
    cheat.cells.insert(1, new_code_cell("import os\nos.environ['DUECOURSE_WORLD'] = '1'"))
    looks = (
        "import os, json\nprint(json.dumps([os.environ['DUECOURSE_WORLD'], os.listdir('worlds')]))"
    )
    cheat.cells.insert(1, new_code_cell(looks))
    submit(course, "李明", cheat, "many")
    folder = course.folder / "submitted" / "李明" / "many" / "worlds" / "1"
    folder.mkdir(parents=True)
    (folder / "accounts.parquet").write_bytes(b"forged")
    wrong = SOLUTIONS["owed"].replace("behind", "last")
    submit(course, "nameless", answered(course, "", owed=wrong), "many")
    submit(course, "damaged", b"{", "many")
    states = {one.learner: one for one in autograde(course, "many")}
    return course, states, scores(course, "many")


@pytest.mark.kernel
def test_the_solution_earns_everything_in_the_learners_own_world(graded):
    course, _states, found = graded
    assert found["amy"] == POINTS
    assert mark_of(course, "amy", "late", "many")["world"] == world(course, "amy")


@pytest.mark.kernel
def test_an_unlisted_learner_without_an_id_is_graded_like_everybody(graded):
    course, _states, found = graded
    assert found["nameless"] == POINTS | {"owed": 1}
    assert mark_of(course, "nameless", "owed", "many")["mistake_text"] == "These are all accounts."


@pytest.mark.kernel
def test_the_kernel_sees_its_own_world_and_no_other(graded):
    course, _states, _found = graded
    file = course.folder / "autograded" / "李明" / "many" / "many.ipynb"
    said = [
        output.text
        for cell in nbformat.read(file, 4).cells
        for output in cell.get("outputs", [])
        if output.output_type == "stream"
    ]
    own = str(world(course, "李明"))
    assert json.loads(said[0]) == [own, [own]]
    # who points at another world finds none
    assert own == "1" or graded[2]["李明"] == dict.fromkeys(POINTS, 0)


@pytest.mark.kernel
def test_worlds_are_gone_after_grading_and_come_back_from_nobody(graded):
    course = graded[0]
    assert not list((course.folder / "autograded").rglob("worlds"))
    assert not list((course.folder / "autograded").rglob("*.parquet"))


@pytest.mark.kernel
def test_a_damaged_submission_is_an_explained_zero_here_too(graded):
    _course, states, found = graded
    assert states["damaged"].state == "explained"
    assert set(found["damaged"].values()) == {0}


@pytest.mark.kernel
def test_answers_of_another_world_are_noted_and_cost_nothing_more(graded):
    course, _states, found = graded
    amys = world(course, "amy")
    for task in ("late", "owed", "order"):
        mark = mark_of(course, "bob", task, "many")
        assert mark["other_world"] == amys, task
    assert found["bob"]["late"] == 0
    assert found["bob"]["buckets"] == POINTS["buckets"]
    assert mark_of(course, "bob", "policy", "many")["other_world"] is None
    assert mark_of(course, "bob", "buckets", "many")["other_world"] is None
    assert mark_of(course, "nameless", "owed", "many")["other_world"] is None


@pytest.mark.kernel
def test_the_report_and_its_table_list_what_is_worth_a_look(graded):
    course = graded[0]
    results = collect(course, "many")
    [row] = elsewhere(results).to_dict("records")
    assert (row["learner"], row["world"], row["other_world"]) == (
        "bob",
        world(course, "bob"),
        world(course, "amy"),
    )
    assert row["titles"] == ["Title of late", "Title of owed", "Title of order"]
    assert "amy" in row["names"]
    assert "worth a look, right in another world: 3" in as_csv(learners_table(results))
    page = write(course, "many").read_text("utf-8")
    assert "Worth a look: right in another world" in page
    with speaking("zh"):
        assert "值得留意，在另一个世界里是正确答案：3" in as_csv(learners_table(results))


@pytest.mark.kernel
def test_the_learner_is_not_told_of_other_worlds(graded):
    course = graded[0]
    with course.environment():
        assert course.api().generate_feedback("many", "bob")["success"]
    [page] = (course.folder / "feedback" / "bob").rglob("*.html")
    text = page.read_text("utf-8")
    assert "other_world" not in text
    assert "another world" not in text
    assert not list((course.folder / "feedback").rglob("*.parquet"))


@pytest.mark.kernel
def test_treatments_name_the_rules_that_they_break(graded):
    mark = mark_of(graded[0], "bob", "policy", "many")
    names = [part["name"] for part in mark["parts"]]
    assert names[0] == "net benefit"
    assert mark["points"] < POINTS["policy"]
    assert any(part["note"].startswith("places: 10;") for part in mark["parts"])


@pytest.mark.kernel
def test_marking_again_uses_each_learners_world(graded, monkeypatch):
    course, _states, found = graded
    monkeypatch.setattr("grader.key.run", lambda *_args: pytest.fail("executed"))
    states = {one.learner: one.state for one in autograde(course, "many", remark=True)}
    assert set(states.values()) == {"remarked", "explained"}
    assert scores(course, "many") == found
    assert mark_of(course, "bob", "late", "many")["other_world"] == world(course, "amy")


@pytest.mark.kernel
def test_orders_of_fewer_than_five_and_choices_are_not_compared(once):
    assignment = once.assignment("many")
    keys = keys_of(assignment, once.keys, [1, 2])
    from grader.marking import Marked

    task = assignment.tasks["most"]
    record = {"version": 1, "task": "most", "kind": "choice", "value": keys[2].tasks["most"].value}
    others = [(2, keys[2].tasks["most"])]
    assert other_world(task, record, Marked(0.0), others) is None
    order = assignment.tasks["order"]
    few = order.model_copy(update={"options": dict(list(order.options.items())[:4])})
    record = {
        "version": 1,
        "task": "order",
        "kind": "ordering",
        "value": keys[2].tasks["order"].value,
    }
    others = [(2, keys[2].tasks["order"])]
    assert other_world(order, record, Marked(0.0), others) == 2
    assert other_world(few, record, Marked(0.0), others) is None
    assert other_world(order, record, Marked(1.0), others) is None


@pytest.mark.kernel
def test_a_released_notebook_runs_in_a_learners_folder_and_asks_for_the_id(once, tmp_path):
    from grader.key import run

    lay_out(once, tmp_path)
    folder = tmp_path / "assignments" / "many"
    with pytest.raises(DuecourseError, match=r"Write your id into the cell above"):
        run(nbformat.read(folder / "many.ipynb", 4), folder, "many")
    notebook = run(answered(once, "amy"), folder, "many")
    said = [
        output.data["text/plain"]
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if "data" in output
    ]
    assert [one.split(":")[0] for one in said] == ["Recorded"] * 6
