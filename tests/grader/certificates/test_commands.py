"""The commands of certificates, called as they are called."""

import csv

import pytest

from duecourse.cli import main


@pytest.fixture
def here(course, monkeypatch):
    monkeypatch.chdir(course.root)
    monkeypatch.delenv("DUECOURSE_COURSE", raising=False)
    # what was handed in must be fresh, whenever this runs
    rule = "months: 12\nfresh_months: 120\nshare: 0.8\ncritical_topic: critical\nrenew_days: 60\n"
    rule += "programme: {en: Training, zh: 培训}\nissuer: {en: Bank, zh: 银行}\n"
    rule += "without_points: [diagnosis]\n"
    (course.folder / "certificate.yaml").write_text(rule, "utf-8")
    return course


def test_certificates_are_issued_verified_revoked_and_listed(here, capsys, tmp_path, monkeypatch):
    assert main(["certify", "li-ming", "slip"]) == 0
    said = capsys.readouterr().out
    assert "issued: 李明 (li-ming)" in said
    assert "no certificate: Sam Slip (slip)" in said
    assert "Keep a copy" in said
    number = said.split("(li-ming), ")[1].split(",")[0]
    issued = here.folder / "certificates" / "issued"

    assert main(["verify", number, str(issued / f"{number}-zh.pdf")]) == 0
    assert capsys.readouterr().out.count("genuine and in force") == 2

    assert main(["renewals", "--by", "2100-01-01", "--csv", str(tmp_path / "list.csv")]) == 0
    assert "李明 (li-ming)" in capsys.readouterr().out
    with (tmp_path / "list.csv").open(encoding="utf-8-sig", newline="") as file:
        [_head, row] = csv.reader(file)
    assert row[:3] == ["li-ming", "李明", number]

    assert main(["revoke", number, "--reason", "mistake"]) == 0
    assert main(["verify", number]) == 1
    assert "revoked by the issuer" in capsys.readouterr().out

    # elsewhere, with the public key alone, and with the issuer's list
    monkeypatch.chdir(tmp_path)
    [key] = (here.folder / "certificates").glob("public-key-*.pem")
    file = str(issued / f"{number}.json")
    assert main(["verify", file, "--key", str(key)]) == 0
    capsys.readouterr()
    listed = str(here.folder / "certificates" / "revoked.json")
    assert main(["verify", file, "--key", str(key), "--revoked", listed]) == 1
    assert "NO LONGER VALID" in capsys.readouterr().out


def test_verifying_without_a_key_outside_a_course_is_a_clear_error(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["verify", "any.pdf"]) == 1
    assert "nbgrader_config.py" in capsys.readouterr().err


def test_a_damaged_register_is_not_passed_over_because_a_key_is_given(here, capsys):
    assert main(["certify", "li-ming"]) == 0
    [key] = (here.folder / "certificates").glob("public-key-*.pem")
    register = here.folder / "certificates" / "register.jsonl"
    register.write_text("nothing\n" + register.read_text("ascii"))
    [file] = (here.folder / "certificates" / "issued").glob("*.json")
    capsys.readouterr()
    assert main(["verify", str(file), "--key", str(key)]) == 1
    assert "Line 1" in capsys.readouterr().err


@pytest.mark.parametrize("call", [["renewals", "--by", "soon"], ["revoke", "DC-1"], ["verify"]])
def test_a_wrong_call_ends_with_2(here, call, capsys):
    assert main(call) == 2
    assert "Error" in capsys.readouterr().err
