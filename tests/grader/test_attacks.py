"""Every attack on one class, graded once here and once by plain nbgrader: nobody gains, nobody loses.

`attacks/` says what is tried and what must come of it. The same probes look at both sides, so what
finds nothing here is shown to find something there.
"""

import hashlib
import json
import os
import subprocess
import sys
from contextlib import closing, contextmanager
from pathlib import Path

import nbformat
import pytest

from grader.grading import autograde
from grader.handback import feedback
from grader.key import key_of
from tests.conftest import ROOT, cell_of, scores
from tests.grader.attacks import ATTACKS, archives, probes
from tests.grader.attacks.attack import ATTEMPTED
from tests.grader.attacks.classroom import PROGRAMS, Ours, Stock, hand_in
from tests.grader.attacks.scene import BYSTANDER, CANARIES
from tests.isolated import needs_isolation

pytestmark = [pytest.mark.kernel, pytest.mark.timeout(900)]

FULL = {
    "total": 4,
    "best": 2,
    "several": 4,
    "order": 3,
    "bands": 8,
    "line": 2,
    "doubler": 4,
    "forecast": 5,
    "why": "by hand",
}
HONEST = FULL | {"total": 0}
ENDED = dict.fromkeys(FULL, 0) | {"why": "by hand"}
UNREAD = dict.fromkeys(FULL, 0)
IS_ROOT = os.geteuid() == 0
POSSIBLE = [attack for attack in ATTACKS if IS_ROOT or not attack.root]
ON_STOCK = [attack for attack in POSSIBLE if attack.stock.succeeds is not None]
PAGES = [attack for attack in ATTACKS if attack.covers == "hostile pages"]
LIST = {
    "archives",
    "reading what is kept",
    "writing outside",
    "leaving things in the folder",
    "the network",
    "other processes",
    "forging marks",
    "the kernel's messages",
    "processes and memory",
    "the disk",
    "output without end",
    "running without end",
    "tampered metadata",
    "broken notebooks",
    "links and special files",
    "names and paths",
    "hostile pages",
}


def named(attacks):
    return [pytest.param(attack, id=attack.name) for attack in attacks]


@contextmanager
def written_to(file):
    """Let what this process and its children write to a terminal go into a file."""
    sys.stdout.flush()
    before = [os.dup(number) for number in (1, 2)]
    with file.open("ab") as stream:
        for number in (1, 2):
            os.dup2(stream.fileno(), number)
    try:
        yield
    finally:
        for number, old in zip((1, 2), before, strict=True):
            os.dup2(old, number)
            os.close(old)


def digests(folder, *inner):
    """Return what tells whether anything below some folders was changed."""
    found = {}
    for name in inner:
        for file in sorted((folder / name).rglob("*")):
            if file.is_file() and not file.is_symlink():
                found[str(file)] = hashlib.sha256(file.read_bytes()).hexdigest()
            else:
                found[str(file)] = oct(file.lstat().st_mode)
    return found


@pytest.fixture(scope="module")
def stock(tmp_path_factory):
    """The class in a plain course; it is graded in a process of its own meanwhile."""
    home = tmp_path_factory.mktemp("plain")
    scene = Stock(home / "stock")
    # a kernel that believes to be under pytest behaves otherwise
    surroundings = {name: text for name, text in os.environ.items() if "PYTEST" not in name} | {
        "PATH": PROGRAMS,
        "HOME": str(home),
        "IPYTHONDIR": str(home / "ipython"),
        "JUPYTER_RUNTIME_DIR": str(scene.runtime),
        "PASSWORD": scene.secrets["environment"],
    }
    try:
        scene.release()
        hand_in(scene, ON_STOCK)
        learners = [CANARIES[0], *(attack.who for attack in ON_STOCK), BYSTANDER, CANARIES[1]]
        program = [sys.executable, "-m", "tests.grader.attacks.stock_run", str(scene.root)]
        with scene.terminal.open("ab") as stream:
            scene.grading = subprocess.Popen(
                [*program, *learners],
                cwd=ROOT,
                env=surroundings,
                stdout=stream,
                stderr=stream,
                start_new_session=True,
            )
        yield scene
    finally:
        if grading := getattr(scene, "grading", None):
            grading.kill()
            grading.wait()
        scene.close()


@pytest.fixture(scope="module")
def on_stock(stock):
    """What plain nbgrader made of the class: the scene, success and score by learner."""
    assert stock.grading.wait(600) == 0, stock.terminal.read_text("utf-8", "replace")[-3000:]
    lines = (stock.root / "results.jsonl").read_text("utf-8").splitlines()
    graded = {learner: done for learner, done, _log in map(json.loads, lines)}
    api = stock.api()
    for attack in ON_STOCK:
        if attack in PAGES:
            assert api.generate_feedback("tiny", attack.who)["success"]
    assert api.generate_feedback("tiny", CANARIES[0])["success"]
    found = {}
    with api.gradebook as gradebook:
        for submission in gradebook.assignment_submissions("tiny"):
            grades = {g.name: g.score for n in submission.notebooks for g in n.grades}
            found[submission.student.id] = grades
    return stock, graded, found


@pytest.fixture(scope="module")
def here(_released, stock, tmp_path_factory):
    """The class here, graded in isolation: the scene, states and scores by learner."""
    scene = Ours(_released, tmp_path_factory.mktemp("class") / "checkout", isolated=True)
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("PASSWORD", scene.secrets["environment"])
            patch.setenv("DUECOURSE_LANGUAGE", "en")
            hand_in(scene, POSSIBLE)
            untouched = ("assignments", "course/release", "course/submitted", "course/keys")
            key_of(scene.course.assignment("tiny"), scene.course.keys)
            scene.before = digests(scene.root, *untouched)
            with written_to(scene.terminal):
                states = {one.learner: one for one in autograde(scene.course, "tiny")}
            scene.after = digests(scene.root, *untouched)
            readers = [CANARIES[0], *(attack.who for attack in PAGES)]
            assert all(one.pages for one in feedback(scene.course, "tiny", readers, early=True))
        yield scene, states, scores(scene.course)
    finally:
        scene.close()


def shown(scene, learner):
    """Return what was printed in a learner's graded notebook."""
    notebook = nbformat.read(scene.notebook_file(learner), 4)
    return "\n".join(
        output.text
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if output.output_type == "stream"
    )


def reason_of(scene, learner, task):
    """Return what a learner reads about a lost answer."""
    [output] = cell_of(nbformat.read(scene.notebook_file(learner), 4), task).outputs
    return output.data["application/vnd.duecourse.mark+json"]["reason"] or ""


# The class


@needs_isolation
def test_honest_learners_beside_the_attackers_keep_their_exact_marks(here):
    _scene, states, found = here
    for learner in (*CANARIES, BYSTANDER):
        assert states[learner].state == "graded"
        assert found[learner] == FULL


@needs_isolation
def test_the_class_goes_on_and_everybody_has_a_mark(here):
    _scene, states, found = here
    everybody = {*CANARIES, BYSTANDER, *(attack.who for attack in POSSIBLE)}
    assert set(states) == set(found) == everybody
    assert [one for one in states.values() if one.state == "failed"] == []


@needs_isolation
def test_nothing_of_the_course_was_changed(here):
    scene = here[0]
    assert scene.after == scene.before


@needs_isolation
def test_no_process_of_any_attack_is_left(here):
    scene = here[0]
    assert probes.running(scene.token) == []
    assert scene.victim.poll() is None


@needs_isolation
def test_no_attack_left_a_file_outside_its_own_folder(here):
    scene = here[0]
    left = [
        path
        for place in {Path("/tmp"), Path("/var/tmp"), Path("/dev/shm"), Path("/run")}
        for path in place.glob(f"*{scene.token}*")
    ]
    assert left == []
    assert list(scene.marks.iterdir()) == []


@needs_isolation
@pytest.mark.parametrize("attack", named(POSSIBLE))
def test_no_secret_stands_in_what_an_attacker_gets_back(attack, here):
    assert probes.loot(here[0], attack.who) == []


# One by one


@needs_isolation
@pytest.mark.parametrize("attack", named(POSSIBLE))
def test_an_attack_gains_nothing_here(attack, here):
    scene, states, found = here
    marks, lost = found[attack.who], attack.here.lost
    if lost == "all":
        wanted = [UNREAD if attack.here.state == "explained" else ENDED]
    elif lost == "readable":
        wanted = [HONEST, UNREAD]
    elif lost in ("either", "some"):
        # a kernel may be ended late: what was answered before counts
        wanted = [{task: 0 if marks[task] == 0 else HONEST[task] for task in HONEST}]
        assert lost == "either" or marks != HONEST
    else:
        wanted = [HONEST | dict.fromkeys(lost, 0)]
    assert marks in wanted
    if lost != "readable":
        assert states[attack.who].state == attack.here.state
    if attack.probe:
        assert attack.probe(scene, attack.who) == []


@needs_isolation
@pytest.mark.parametrize("attack", named(POSSIBLE))
def test_what_an_attack_costs_its_learner_is_explained(attack, here):
    scene, states, found = here
    if attack.here.state == "explained" or states[attack.who].state == "explained":
        assert attack.here.why in states[attack.who].reason
        assert states[attack.who].reason
        return
    marks = found[attack.who]
    lost = [task for task in HONEST if marks[task] == 0 and task != "total"]
    assert all(reason_of(scene, attack.who, task) for task in lost)
    if lost and attack.here.why:
        assert attack.here.why in reason_of(scene, attack.who, lost[-1])


@needs_isolation
@pytest.mark.parametrize(
    "attack", named(attack for attack in POSSIBLE if attack.code and attack.here.ends)
)
def test_an_attack_was_tried_to_its_end(attack, here):
    assert ATTEMPTED in shown(here[0], attack.who)


@pytest.mark.parametrize("attack", named(ON_STOCK))
def test_what_the_same_attack_does_to_plain_nbgrader(attack, on_stock):
    stock, graded, found = on_stock
    assert graded[attack.who] is attack.stock.graded
    if not attack.stock.graded:
        return
    achieved = attack.probe(stock, attack.who) if attack.probe else []
    full = found[attack.who]["total"] == 4
    assert (bool(achieved) or full) is attack.stock.succeeds
    assert full is (attack.stock.text == "full points")
    if attack.code and attack.stock_code is None and attack.here.ends:
        assert ATTEMPTED in shown(stock, attack.who)


# What hostile work does to those who read it


@pytest.fixture(scope="module")
def window():
    """A Chromium that reaches nothing but files; yields what a page did when it was opened."""
    from playwright.sync_api import sync_playwright

    from tests.browser.conftest import OPTIONS, PROGRAM

    if PROGRAM is None:
        pytest.skip("there is no Chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=PROGRAM, args=[*OPTIONS, "--no-sandbox"]
        )
        context = browser.new_context()

        def did(text, folder):
            file = folder / "page.html"
            file.write_text(text, "utf-8")
            page, asked = context.new_page(), []
            page.on("request", lambda request: asked.append(request.url))
            page.on("dialog", lambda dialog: dialog.dismiss())
            page.goto(file.as_uri(), wait_until="load")
            page.evaluate(
                "() => document.querySelectorAll('#tempting').forEach(one => one.click())"
            )
            taken = page.evaluate("() => document.documentElement.dataset.taken || ''")
            page.close()
            return taken, [url for url in asked if "127.0.0.1:9" in url]

        yield did
        browser.close()


@needs_isolation
@pytest.mark.browser
@pytest.mark.parametrize("attack", named(PAGES))
@pytest.mark.parametrize("kind", ["feedback", "formgrader"])
def test_a_browser_runs_nothing_of_a_learners_work(attack, kind, here, window, tmp_path):
    scene = here[0]
    assert window(scene.pages(attack.who)[kind], tmp_path) == ("", [])


@pytest.mark.browser
def test_a_browser_runs_the_same_script_on_a_page_of_plain_nbgrader(on_stock, window, tmp_path):
    taken, asked = window(on_stock[0].pages("scripts-in-outputs")["feedback"], tmp_path)
    assert taken == "yes"
    assert asked


# Archives


@pytest.fixture(scope="module")
def both(_released, tmp_path_factory):
    """A course of each kind whose work comes in archives."""
    here, plain = (tmp_path_factory.mktemp(name) for name in ("here", "plain"))
    with (
        closing(Ours(_released, here / "checkout", isolated=False)) as ours,
        closing(Stock(plain / "stock")) as stock,
    ):
        stock.release()
        yield {"here": ours, "stock": stock}


@pytest.mark.parametrize("attack", named(archives.ATTACKS))
def test_an_archive_gains_nothing_and_the_class_is_collected(attack, both):
    scene = both["here"]
    collected = archives.collect(scene, attack)
    assert set(CANARIES) <= collected
    assert not attack.probe or attack.probe(scene, attack.who) == []


@pytest.mark.parametrize("attack", named(archives.ATTACKS))
def test_what_the_same_archive_does_to_plain_nbgrader(attack, both):
    scene = both["stock"]
    stopped = not set(CANARIES) <= archives.collect(scene, attack)
    achieved = bool(attack.probe and attack.probe(scene, attack.who))
    assert (stopped or achieved) is attack.stock.succeeds


# The list


def test_every_threat_of_the_list_is_tried_and_every_attack_has_its_own_name():
    everything = (*ATTACKS, *archives.ATTACKS)
    assert len(everything) >= 50
    assert {attack.covers for attack in everything} == LIST
    assert len({attack.name for attack in everything}) == len(everything)
    assert len({attack.who for attack in everything}) == len(everything)
    assert all(attack.tries for attack in everything)


def test_the_table_in_the_documents_says_what_the_tests_say():
    lines = (ROOT / "docs" / "attacks.md").read_text("utf-8").splitlines()
    rows, heading = [], ""
    for line in lines:
        if line.startswith("## "):
            heading = line.removeprefix("## ").lower()
        elif line.startswith("| `"):
            name, *columns = (part.strip() for part in line.strip("|").split("|"))
            rows.append((heading, name.strip("`"), *columns))
    assert rows == [
        (attack.covers, attack.name, attack.tries, attack.stock.text, attack.here.text)
        for attack in (*ATTACKS, *archives.ATTACKS)
    ]
