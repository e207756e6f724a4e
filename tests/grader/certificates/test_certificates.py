import json
import stat
import sys
from dataclasses import replace
from datetime import date, datetime, timedelta
from io import BytesIO

import pytest
from pypdf import PdfReader

from duecourse.errors import DuecourseError
from grader.certificates import register
from grader.certificates.document import canonical, read, sign
from grader.certificates.issuing import certify, revoke
from grader.certificates.keys import FOLDER, PRIVATE, fingerprint, private_key, public_keys
from grader.certificates.lettering import lettering
from grader.certificates.page import draw
from grader.certificates.renewing import as_csv, due
from grader.certificates.sealing import sealed, text_in, whole
from grader.certificates.verifying import State, read_revoked, trusting, verify_one
from grader.results import collect
from grader.safekeeping import OtherRun, sole_run
from tests.grader.certificates.conftest import NOW

TODAY = NOW.date()


def public_file(course):
    [file] = (course.folder / FOLDER).glob("public-key-*.pem")
    return file


@pytest.fixture
def issued(course):
    """The course after its first certificates, and the one of li-ming."""
    done = certify(course, (), NOW)
    [one] = [one for one in done.people if one.standing.learner == "li-ming"]
    return course, one


def state(what, course, on=TODAY, **more):
    trust = trusting([public_file(course)], more.get("revoked"), None)
    return verify_one(str(what), trust, on).state


def test_those_who_have_earned_one_get_it_and_the_others_are_told_why(course):
    done = certify(course, (), NOW)
    assert {one.standing.learner for one in done.people if one.document} == {"li-ming", "just"}
    [said] = [str(one) for one in done.people if one.standing.learner == "slip"]
    assert said == (
        "no certificate: Sam Slip (slip)\n"
        "  - Diagnosis: the critical item “When to stop” is not right"
    )


def test_a_certificate_says_what_was_earned_and_nothing_else_of_the_learner(issued):
    _course, one = issued
    held = one.document.certificate
    assert (held.name, held.percent, held.needed, held.critical) == ("李明", "100.0", "80", 1)
    assert (held.issued, held.expires) == (date(2026, 3, 2), date(2027, 3, 1))
    assert "li-ming" not in one.document.text()
    assert one.document.text().isascii()


def test_the_files_verify_without_the_course(issued):
    course, one = issued
    assert {file.suffix for file in one.files} == {".json", ".pdf"}
    assert [state(file, course) for file in one.files] == [State.VALID] * 3


def test_the_signature_is_over_a_text_that_can_be_made_again(issued):
    _course, one = issued
    kept = json.loads(one.files[0].read_text("ascii"))
    # another order, spaces and escapes are the same document
    again = read(json.dumps(kept, indent=3, ensure_ascii=False))
    assert again == one.document
    assert canonical({"b": "值", "a": 1}) == '{"a":1,"b":"\\u503c"}'


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_page_can_be_read_and_carries_its_letters(issued, language):
    _course, one = issued
    [file] = [file for file in one.files if file.name.endswith(f"-{language}.pdf")]
    page = PdfReader(file)
    [sheet] = page.pages
    text = sheet.extract_text()
    held = one.document.certificate
    assert "李明" in text
    assert held.number in text
    assert {"en": "Certificate of training", "zh": "培训合格证书"}[language] in text
    assert {"en": "no legal advice", "zh": "不构成法律意见"}[language] in text.replace("\n", " ")
    assert page.metadata.author == held.issuer[language]
    fonts = [font.get_object() for font in sheet["/Resources"]["/Font"].values()]
    used = [font for font in fonts if "FontDescriptor" in str(font)]
    if lettering("李").embedded:
        assert used
        assert all("/FontFile2" in font["/FontDescriptor"] for font in used)


def test_drawing_the_same_certificate_again_gives_the_same_bytes(issued):
    _course, one = issued
    assert draw(one.document, "zh")[0] == draw(one.document, "zh")[0]


@pytest.mark.parametrize("name", ["W" * 200, "阿" * 200, "<b>&amp;</b>", "O'Neil (Zoë) Ærøskøbing"])
def test_a_long_or_strange_name_stays_on_the_page(issued, name):
    course, one = issued
    key, _lines = private_key(course.folder)
    document = sign(one.document.certificate.model_copy(update={"name": name}), key)
    page, _letters = draw(document, "en")
    reader = PdfReader(BytesIO(page))
    [sheet] = reader.pages
    text = sheet.extract_text()
    assert name.replace(" ", "") in "".join(text.split())
    # the number is still below everything else
    assert document.certificate.number in text


def test_letters_that_no_font_has_are_named():
    found = lettering("ab\U0001f9ff")
    assert found.lacking == ("\U0001f9ff" if found.embedded else "")


def test_letters_of_europe_are_there_even_beside_chinese_ones():
    for text in ("Tomáš Novotný", "培训 Tomáš Øyvind Łukasz"):
        found = lettering(text)
        assert found.lacking == ""


def test_without_a_chinese_font_the_readers_own_is_named():
    found = lettering("李明", places=("/no/such/font.ttc",))
    assert (found.name, found.embedded) == ("STSong-Light", False)
    assert lettering("Tomáš", places=("/no/such/font.ttc",)).embedded


def changed(text, **values):
    kept = json.loads(text)
    kept["certificate"] |= values
    return json.dumps(kept)


@pytest.mark.parametrize(
    "values",
    [
        {"name": "Somebody Else"},
        {"expires": "2099-01-01"},
        {"percent": "99.9"},
        {"number": "DC-2026-2222-2222"},
        {"issuer": {"en": "Another firm", "zh": "另一家"}},
    ],
)
def test_a_changed_fact_is_found_out(issued, tmp_path, values):
    course, one = issued
    file = tmp_path / "changed.json"
    file.write_text(changed(one.files[0].read_text("ascii"), **values))
    assert state(file, course) is State.CHANGED


def test_every_flipped_byte_of_a_page_is_found_out(issued, tmp_path):
    course, one = issued
    page = one.files[1].read_bytes()
    file = tmp_path / "changed.pdf"
    for place in [*range(0, len(page), max(1, len(page) // 60)), len(page) - 2]:
        file.write_bytes(page[:place] + bytes([page[place] ^ 1]) + page[place + 1 :])
        assert state(file, course) not in {State.VALID, State.EXPIRED}, place


def test_a_page_with_another_name_on_it_is_not_as_issued(issued, tmp_path):
    course, one = issued
    key, _lines = private_key(course.folder)
    held = one.document.certificate
    other = sign(held.model_copy(update={"name": "Somebody Else"}), key)
    page, _letters = draw(other, "en")
    mine, theirs = (bytes(doc.text(), "ascii") for doc in (one.document, other))
    assert mine != theirs
    # the genuine document is put into the page with the other name
    from grader.certificates.sealing import carried

    forged = page.replace(carried(other).encode(), carried(one.document).encode())
    file = tmp_path / "forged.pdf"
    seal = one.files[1].read_bytes()[-106:]
    file.write_bytes(forged + seal)
    assert text_in(forged) == one.document.text()
    assert state(file, course) is State.PAGE_CHANGED


def test_more_behind_the_end_of_a_page_is_found_out(issued, tmp_path):
    course, one = issued
    page = one.files[1].read_bytes()
    file = tmp_path / "longer.pdf"
    file.write_bytes(page + b"\n%%EOF\n")
    assert state(file, course) is State.PAGE_CHANGED
    file.write_bytes(page + page[-106:])
    assert state(file, course) is State.PAGE_CHANGED


def test_a_page_cut_off_anywhere_is_not_accepted(issued, tmp_path):
    course, one = issued
    page = one.files[1].read_bytes()
    file = tmp_path / "cut.pdf"
    for kept in (0, 10, len(page) // 2, len(page) - 120, len(page) - 1):
        file.write_bytes(page[:kept])
        assert state(file, course) in {State.UNREADABLE, State.PAGE_CHANGED, State.CHANGED}


def test_a_document_cut_off_anywhere_is_unreadable(issued, tmp_path):
    course, one = issued
    text = one.files[0].read_text("ascii").strip()
    file = tmp_path / "cut.json"
    for kept in range(0, len(text), 40):
        file.write_text(text[:kept])
        assert state(file, course) is State.UNREADABLE


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe\x00",
        "证书".encode(),
        b"[]",
        b"[" * 100_000,
        b"%PDF-1.4 nothing",
        b'{"a": 1}',
    ],
)
def test_what_is_no_certificate_is_unreadable(issued, tmp_path, content):
    course, _one = issued
    file = tmp_path / "any.json"
    file.write_bytes(content)
    assert state(file, course) is State.UNREADABLE


def test_a_file_that_is_not_there_is_unreadable(issued, tmp_path):
    course, _one = issued
    assert state(tmp_path / "none.pdf", course) is State.UNREADABLE
    assert state(tmp_path, course) is State.UNREADABLE


def test_another_issuers_certificate_is_not_genuine(issued, tmp_path):
    course, one = issued
    foreign, _lines = private_key(tmp_path / "foreign")
    document = sign(one.document.certificate, foreign)
    file = tmp_path / "foreign.json"
    file.write_text(document.text())
    assert state(file, course) is State.OTHER_KEY
    # claiming the issuer's key does not help
    ours = next(iter(public_keys(course.folder)))
    file.write_text(document.model_copy(update={"key": ours}).text())
    assert state(file, course) is State.CHANGED


def test_a_certificate_holds_from_its_first_day_to_its_last(issued):
    course, one = issued
    file = one.files[0]
    assert state(file, course, date(2027, 3, 1)) is State.VALID
    assert state(file, course, date(2027, 3, 2)) is State.EXPIRED
    assert state(file, course, date(2026, 3, 1)) is State.EARLY


def test_a_revoked_certificate_is_known_here_and_by_the_list(issued):
    course, one = issued
    number = one.document.certificate.number
    before = trusting((), None, course.folder)
    assert verify_one(number, before, TODAY).state is State.VALID
    listed = revoke(course, number, "given to the wrong 李明", TODAY)
    after = trusting((), None, course.folder)
    assert verify_one(number, after, TODAY).state is State.REVOKED
    assert state(one.files[1], course) is State.VALID
    assert state(one.files[1], course, revoked=listed) is State.REVOKED
    assert "wrong" not in listed.read_text("ascii")
    with pytest.raises(DuecourseError, match="revoked already, since 2026-03-02"):
        revoke(course, number, "again", TODAY)
    with pytest.raises(DuecourseError, match="No certificate DC-2026-2222-2222 was issued"):
        revoke(course, "DC-2026-2222-2222", "never", TODAY)


def test_a_list_of_revoked_ones_that_somebody_changed_is_refused(issued, tmp_path):
    course, one = issued
    listed = revoke(course, one.document.certificate.number, "mistake", TODAY)
    held = json.loads(listed.read_text("ascii"))
    held["list"]["numbers"] = {}
    file = tmp_path / "revoked.json"
    file.write_text(json.dumps(held))
    keys = public_keys(course.folder)
    assert read_revoked(listed, keys) == {one.document.certificate.number: TODAY}
    with pytest.raises(DuecourseError, match="not signed with the issuer's key"):
        read_revoked(file, keys)
    file.write_text("[]")
    with pytest.raises(DuecourseError, match="is no list"):
        read_revoked(file, keys)


def test_a_number_is_looked_up_in_the_register(issued, tmp_path):
    course, one = issued
    trust = trusting((), None, course.folder)
    assert verify_one(one.document.certificate.number, trust, TODAY).state is State.VALID
    unknown = verify_one("DC-2026-2222-2222", trust, TODAY)
    assert (unknown.state, unknown.certificate) == (State.UNKNOWN, None)
    away = trusting([public_file(course)], None, None)
    assert verify_one(one.document.certificate.number, away, TODAY).state is State.UNKNOWN


def test_nobody_gets_a_second_certificate_before_the_first_one_ends(issued):
    course, one = issued
    again = certify(course, ["li-ming"], NOW + timedelta(days=30))
    assert again.people[0].document is None
    assert again.people[0].holds == one.document.certificate
    # within sixty days of its end the work is still fresh enough for a new one
    later = certify(course, ["li-ming"], NOW + timedelta(days=310))
    assert later.people[0].document.certificate.expires == date(2028, 1, 5)


def test_files_that_were_lost_are_written_anew(issued):
    course, one = issued
    before = [file.read_bytes() for file in one.files]
    for file in one.files:
        file.unlink()
    certify(course, ["li-ming"], NOW)
    assert [file.read_bytes() for file in one.files] == before


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such bits")
def test_the_private_key_is_for_its_owner_alone(issued):
    course, _one = issued
    file = course.folder / FOLDER / PRIVATE
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    file.chmod(0o644)
    with pytest.raises(DuecourseError, match="chmod 600"):
        certify(course, (), NOW + timedelta(days=330))


def test_a_new_key_comes_with_advice_and_only_once(course):
    first = certify(course, (), NOW)
    assert any("Keep a copy" in line for line in first.advice)
    assert certify(course, (), NOW).advice == []


def test_a_lost_private_key_is_not_replaced_in_silence(issued):
    course, one = issued
    (course.folder / FOLDER / PRIVATE).unlink()
    later = NOW + timedelta(days=310)
    with pytest.raises(DuecourseError, match=r"is gone.*--new-key"):
        certify(course, ["li-ming"], later)
    done = certify(course, ["li-ming"], later, new_key=True)
    trust = trusting((), None, course.folder)
    assert len(trust.keys) == 2
    for document in (one.document, done.people[0].document):
        number = document.certificate.number
        assert verify_one(number, trust, later.date()).state is State.VALID
    with pytest.raises(DuecourseError, match="a new one is for where it is lost"):
        certify(course, ["just"], later, new_key=True)


def test_a_broken_key_is_named(issued, tmp_path):
    course, _one = issued
    (course.folder / FOLDER / PRIVATE).write_text("nothing")
    (course.folder / FOLDER / PRIVATE).chmod(0o600)
    with pytest.raises(DuecourseError, match="no private key"):
        certify(course, (), NOW + timedelta(days=310))
    file = tmp_path / "public.pem"
    file.write_text("nothing")
    with pytest.raises(DuecourseError, match="no public key"):
        trusting([file], None, None)
    with pytest.raises(DuecourseError, match="cannot be read"):
        trusting([tmp_path / "none.pem"], None, None)
    with pytest.raises(DuecourseError, match="No public key is known"):
        trusting((), None, tmp_path)


def test_the_register_is_only_added_to(issued):
    course, one = issued
    file = course.folder / FOLDER / register.FILE
    before = file.read_bytes()
    revoke(course, one.document.certificate.number, "mistake", TODAY)
    assert file.read_bytes().startswith(before)
    assert file.read_bytes().count(b"\n") == before.count(b"\n") + 1


def test_a_line_that_a_power_cut_left_is_dropped_and_the_rest_stays(issued):
    course, one = issued
    file = course.folder / FOLDER / register.FILE
    whole_lines = file.read_bytes()
    file.write_bytes(whole_lines + b'{"event":"issu')
    assert set(register.read(course.folder).issued) == {
        json.loads(line)["document"]["certificate"]["number"] for line in whole_lines.splitlines()
    }
    revoke(course, one.document.certificate.number, "mistake", TODAY)
    held = register.read(course.folder)
    assert len(held.issued) == 2
    assert list(held.revoked) == [one.document.certificate.number]


def test_a_whole_last_line_without_its_end_is_kept(issued):
    course, one = issued
    file = course.folder / FOLDER / register.FILE
    file.write_bytes(file.read_bytes().rstrip(b"\n"))
    revoke(course, one.document.certificate.number, "mistake", TODAY)
    held = register.read(course.folder)
    assert (len(held.issued), len(held.revoked)) == (2, 1)


@pytest.mark.parametrize("line", ["[]", "nothing", '{"event": "other", "number": "x"}', "{}"])
def test_a_damaged_line_of_the_register_is_named(issued, line):
    course, _one = issued
    file = course.folder / FOLDER / register.FILE
    file.write_text(line + "\n" + file.read_text("ascii"))
    with pytest.raises(DuecourseError, match=r"Line 1 of .* is damaged"):
        register.read(course.folder)


def test_forgetting_a_learner_leaves_the_number_and_nothing_else(issued):
    course, one = issued
    number = one.document.certificate.number
    kept = {file.name: file.read_bytes() for file in one.files}
    revoke(course, number, "李明 has asked for it", TODAY)
    touched = register.forget(course, "li-ming")
    assert touched == [course.folder / FOLDER / register.FILE, *sorted(one.files)]
    for file in (course.folder / FOLDER).rglob("*"):
        if file.is_file():
            content = file.read_bytes()
            assert b"li-ming" not in content
            assert "李明".encode() not in content
            assert b"\\u674e" not in content
    held = register.read(course.folder)
    assert number in held.forgotten
    assert number in held.revoked
    assert {entry.learner for entry in held.issued.values()} == {"just"}
    trust = trusting((), None, course.folder)
    assert verify_one(number, trust, TODAY).state is State.REVOKED
    assert register.forget(course, "li-ming") == []
    assert register.forget(course, "ghost") == []
    # the holder's own file is as good as before
    name, content = next(iter(kept.items()))
    file = course.root / name
    file.write_bytes(content)
    assert state(file, course) is State.VALID


def test_renewals_name_the_last_certificate_of_each_learner(issued):
    course, _one = issued
    assert due(course.folder, date(2027, 2, 28), TODAY) == []
    found = due(course.folder, date(2027, 3, 1), date(2027, 2, 19))
    assert [(each.learner, each.days) for each in found] == [("just", 10), ("li-ming", 10)]
    certify(course, ["li-ming"], NOW + timedelta(days=310))
    assert [each.learner for each in due(course.folder, date(2027, 3, 1), TODAY)] == ["just"]
    [number] = [each.number for each in due(course.folder, date(2027, 3, 1), TODAY)]
    revoke(course, number, "mistake", TODAY)
    assert due(course.folder, date(2027, 3, 1), TODAY) == []


def test_the_list_of_renewals_holds_no_formula(issued):
    course, _one = issued
    [first, *_rest] = due(course.folder, date(2027, 3, 1), TODAY)
    table = as_csv([replace(first, name="=HYPERLINK(1)", learner="@x")])
    assert '"\'@x","\'=HYPERLINK(1)"' in table


def test_a_seal_is_worth_nothing_for_another_page(issued):
    course, one = issued
    key, _lines = private_key(course.folder)
    page = sealed(b"%PDF-1.4\nsomething", key)
    assert whole(page, key.public_key())
    assert not whole(page[:-106], key.public_key())
    assert not whole(b"%PDF-1.5" + page[8:], key.public_key())
    assert fingerprint(key.public_key()) == one.document.key


def test_grading_results_are_not_changed_by_certifying(course):
    before = collect(course, "small")
    certify(course, (), NOW)
    after = collect(course, "small")
    assert before.marks.equals(after.marks)


def test_a_moment_far_ahead_earns_nothing(course):
    done = certify(course, (), datetime(2030, 1, 1, tzinfo=NOW.tzinfo))
    assert not any(one.document for one in done.people)
    assert not (course.folder / FOLDER).exists()


def test_nothing_is_issued_while_somebody_grades(course):
    with sole_run(course.folder), pytest.raises(OtherRun):
        certify(course, (), NOW)
    assert not (course.folder / FOLDER).exists()
