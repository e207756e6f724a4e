"""One text in two languages, and which of them is spoken."""

import ast
import re
from pathlib import Path

import pytest

import duecourse
import grader
from duecourse.errors import DuecourseError
from duecourse.language import _, catalogue, current, pick, speaking, use


def test_the_environment_chooses_the_language(monkeypatch):
    monkeypatch.setenv("DUECOURSE_LANGUAGE", "zh_CN.UTF-8")
    assert current() == "zh"


def test_a_chosen_language_comes_before_the_environment():
    use("zh")
    assert current() == "zh"
    with speaking("en"):
        assert current() == "en"
    assert current() == "zh"


@pytest.mark.parametrize(("file", "place"), [("tasks.yaml", "."), ("course.yaml", "..")])
def test_the_folder_chooses_where_nothing_else_does(tmp_path, monkeypatch, file, place):
    monkeypatch.delenv("DUECOURSE_LANGUAGE")
    inner = tmp_path / "inner"
    inner.mkdir()
    (inner / place / file).write_text("minutes: 5\nlanguage: zh\n")
    monkeypatch.chdir(inner)
    assert current() == "zh"


def test_the_system_chooses_last(tmp_path, monkeypatch):
    monkeypatch.delenv("DUECOURSE_LANGUAGE")
    monkeypatch.delenv("LC_ALL", raising=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LANG", "zh_CN.UTF-8")
    assert current() == "zh"
    monkeypatch.setenv("LANG", "C.UTF-8")
    assert current() == "en"


def test_another_language_is_refused():
    with pytest.raises(DuecourseError, match="speaks en and zh, not 'fr'"):
        use("fr")


def test_pick_takes_the_language_or_what_there_is():
    assert pick({"en": "debt", "zh": "债务"}) == "debt"
    assert pick({"zh": "债务"}) == "债务"
    assert pick("as it is") == "as it is"
    use("zh")
    assert pick({"en": "debt", "zh": "债务"}) == "债务"


def test_an_unknown_text_is_shown_as_it_is():
    use("zh")
    assert _("no such text") == "no such text"


def spoken_texts():
    """Return every text of the code that goes through ``_``, with its place."""
    for package in (duecourse, grader):
        for file in sorted(Path(package.__file__).parent.rglob("*.py")):
            for node in ast.walk(ast.parse(file.read_text("utf-8"))):
                if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "_":
                    [text] = node.args
                    if isinstance(text, ast.Constant):
                        yield text.value, f"{file.name}:{node.lineno}"
        for page in sorted(Path(package.__file__).parent.rglob("*.j2")):
            said = r'_\(\s*"([^"]+)"\s*\)|"([^"]+)" \| said'
            for one, other in re.findall(said, page.read_text("utf-8")):
                yield one or other, page.name


def test_every_text_of_the_code_has_its_chinese():
    known = catalogue()
    missing = {text: place for text, place in spoken_texts() if not known.get(text)}
    assert missing == {}


def test_both_languages_fill_in_the_same_fields():
    import string

    def fields(text):
        return sorted(name for _text, name, *_rest in string.Formatter().parse(text) if name)

    wrong = {
        english: chinese
        for english, chinese in catalogue().items()
        if fields(english) != fields(chinese)
    }
    assert wrong == {}


def test_the_catalogue_holds_nothing_that_nobody_says():
    spoken = {text for text, _place in spoken_texts()}
    units = {"share", "percent", "yuan", "days", "months", "count", "points", "ratio"}
    nbgraders = {"No response."}
    assert set(catalogue()) - spoken - units - nbgraders == set()
