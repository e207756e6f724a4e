"""What the team has shown, taken from what is graded."""

from types import SimpleNamespace

import pandas as pd
import pytest

from grader.course import Course
from grader.training import needs

from .conftest import member


@pytest.fixture
def course(tmp_path):
    (tmp_path / "course" / "release" / "diagnosis").mkdir(parents=True)
    (tmp_path / "course" / "release" / "diagnosis" / "tasks.yaml").touch()
    return Course(tmp_path, "course", "en")


def test_where_nothing_is_released_nothing_is_known(tmp_path):
    assert needs.shown_by(Course(tmp_path, "course", "en"), [member("wu", "analyst")]) == {}


def test_levels_are_taken_and_what_was_never_marked_is_left_out(course, monkeypatch):
    rows = [("wu", "law", 2), ("wu", "talk", None), ("xu", "law", None), ("xu", "talk", 0)]
    table = pd.DataFrame(rows, columns=["learner", "competency", "shown"]).astype(
        {"shown": "Int64"}
    )
    asked = []

    def collect(of, role, roles):
        asked.append((of, role, roles))
        return SimpleNamespace(gaps=table)

    monkeypatch.setattr(needs, "collect", collect)
    found = needs.shown_by(course, [member("wu", "analyst"), member("xu", "team-lead")])
    assert found == {"wu": {"law": 2}, "xu": {"talk": 0}}
    assert asked == [(course, None, {"wu": "analyst", "xu": "team-lead"})]
