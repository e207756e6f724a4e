"""Archives that come in: unpacked wholly or refused with the reason, within their folder."""

import gzip
import io
import tarfile
import zipfile

import pytest

from grader import unpacking
from grader.unpacking import ArchiveRefused, unpack


def zipped(**members):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "/"), content)
    return stream.getvalue()


def unpacked(tmp_path, content, name="work.zip"):
    archive = tmp_path / name
    archive.write_bytes(content)
    unpack(archive, tmp_path / "out")
    files = (file for file in (tmp_path / "out").rglob("*") if file.is_file())
    return {str(file.relative_to(tmp_path / "out")): file.read_bytes() for file in files}


def test_folders_and_chinese_names_are_kept(tmp_path):
    found = unpacked(tmp_path, zipped(answers__电话json=b"{}", 作业=b"x"))
    assert found == {"answers/电话json": b"{}", "作业": b"x"}


def test_an_archive_within_an_archive_is_unpacked_beside_it(tmp_path):
    inner = zipped(note=b"n")
    found = unpacked(tmp_path, zipped(**{"more.zip": inner}))
    assert found == {"more.zip": inner, "more/note": b"n"}


def test_a_tape_and_a_single_compressed_file(tmp_path):
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as tape:
        entry = tarfile.TarInfo("a/tiny.ipynb")
        entry.size = 2
        tape.addfile(entry, io.BytesIO(b"{}"))
    assert unpacked(tmp_path, stream.getvalue(), "w.tar.gz") == {"a/tiny.ipynb": b"{}"}
    (tmp_path / "single").mkdir()
    found = unpacked(tmp_path / "single", gzip.compress(b"{}"), "tiny.ipynb.gz")
    assert found == {"tiny.ipynb": b"{}"}


def test_names_that_lead_out_are_left_out_and_the_rest_is_kept(tmp_path):
    content = zipped(**{"../a": b"1", "/b": b"2", "..\\c": b"3", "C:\\d": b"4", "e": b"5"})
    assert unpacked(tmp_path, content) == {"e": b"5"}
    assert {file.name for file in tmp_path.iterdir()} == {"work.zip", "out"}


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 and nothing more", b"plain text"])
def test_what_is_no_archive_is_refused(tmp_path, content):
    with pytest.raises(ArchiveRefused, match="damaged or no archive"):
        unpacked(tmp_path, content)


def test_a_damaged_archive_leaves_nothing(tmp_path):
    content = zipped(a=b"whole" * 100, b=bytes(range(256)) * 40)
    damaged = content.replace(content[200:260], b"\0" * 60)
    with pytest.raises(ArchiveRefused):
        unpacked(tmp_path, damaged)
    assert not (tmp_path / "out").exists()


def test_what_becomes_too_large_or_too_many_is_refused_and_leaves_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(unpacking, "MOST", 2 * 1024**2)
    with pytest.raises(ArchiveRefused, match="larger than 2 MiB"):
        unpacked(tmp_path, zipped(a=b"0" * 1024**2, b=b"0" * (1024**2 + 1)))
    monkeypatch.setattr(unpacking, "_MOST_FILES", 3)
    with pytest.raises(ArchiveRefused, match="more than 3 files"):
        unpacked(tmp_path, zipped(a=b"1", b=b"2", c=b"3", d=b"4"))
    assert not (tmp_path / "out").exists()
