"""Attacks by the archive that a class's work is collected from with `nbgrader zip_collect`."""

import io
import shutil
import tarfile
import zipfile
from contextlib import suppress
from pathlib import Path

from nbgrader.apps import ZipCollectApp
from nbgrader.coursedir import CourseDirectory

from tests.grader.attacks.attack import IN_VAIN, Attack, Here, Stock
from tests.grader.attacks.scene import CANARIES

ARCHIVES = "archives"
REFUSED = Here("refused", ends=False)
STOPS = Stock("the class stops there", succeeds=True)
MEGABYTE = 1024 * 1024
MOST = 100 * MEGABYTE
"""Bytes that no archive of a few kilobytes may become; the attacks ask for a little more."""


def _zip(members):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return stream.getvalue()


def _writes(members, kind="zip"):
    """Return what puts one archive into the folder of downloads; members may look at the scene."""

    def place(scene, folder):
        content = members(scene)
        (folder / f"m-attacker.{kind}").write_bytes(
            content if isinstance(content, bytes) else _zip(content)
        )

    return place


def _large(_scene):
    return [("tiny.ipynb", b"0" * (MOST + 20 * MEGABYTE))]


def _nested(_scene):
    inner = _zip([("more.txt", b"0" * (15 * MEGABYTE))])
    middle = _zip([(f"{number}.zip", inner) for number in range(3)])
    return [(f"{number}.zip", middle) for number in range(3)]


def _slipping(scene):
    name = f"{scene.token}-slipped.txt"
    places = ("../", "../../../../", "/tmp/", "..\\..\\", "x/../../../../")
    return [(place + name, b"x") for place in places]


def _linked(scene):
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as archive:
        for name, kind in (("link.ipynb", tarfile.SYMTYPE), ("hard.ipynb", tarfile.LNKTYPE)):
            member = tarfile.TarInfo(name)
            member.type, member.linkname = kind, str(scene.hidden)
            archive.addfile(member)
        pipe = tarfile.TarInfo("pipe.ipynb")
        pipe.type = tarfile.FIFOTYPE
        archive.addfile(pipe)
    return stream.getvalue()


def _for_another(_scene):
    return [("extracted/absent/tiny.ipynb", b"{}")]


def extracted(scene):
    return scene.root / "downloaded" / "tiny" / "extracted"


def size_of_extracted(scene, _learner):
    size = sum(file.stat().st_size for file in extracted(scene).rglob("*") if file.is_file())
    return [f"{size} bytes"] if size > MOST else []


def slipped(scene, _learner):
    places = [*scene.root.parent.rglob(f"*{scene.token}*"), *Path("/tmp").glob(f"*{scene.token}*")]
    return [str(place) for place in places if not place.is_relative_to(extracted(scene))]


def secrets_collected(scene, _learner):
    found = [
        str(file)
        for folder in (extracted(scene), scene.folder / "submitted")
        for file in folder.rglob("*")
        if file.is_symlink() or file.is_fifo() or scene.secrets["hidden"].encode() in read(file)
    ]
    return sorted(found)


def read(file):
    return file.read_bytes() if file.is_file() else b""


def speaks_for_another(scene, _learner):
    folder = scene.folder / "submitted" / "absent"
    return [str(folder)] if folder.exists() else []


def collect(scene, attack):
    """Collect the archives of two honest learners and one attacker; yield who was collected."""
    downloaded = scene.root / "downloaded"
    for folder in (downloaded, scene.folder / "submitted"):
        if folder.is_dir():
            shutil.rmtree(folder)
    archives = downloaded / "tiny" / "archive"
    archives.mkdir(parents=True)
    for learner in CANARIES:
        (archives / f"{learner}.zip").write_bytes(_zip([("tiny.ipynb", b"{}")]))
    attack.place(scene, archives)
    config = scene.config()
    if scene.stock:
        config.FileNameCollectorPlugin.named_regexp = (
            r".*[/\\]extracted[/\\](?P<student_id>[^/\\]+)[/\\](?P<file_id>.+)$"
        )
    app = ZipCollectApp(config=config)
    app.coursedir = CourseDirectory(parent=app, config=config, assignment_id="tiny")
    # whatever ends the command ends it here
    with suppress(Exception, SystemExit):
        app.init_plugins()
        app.extract_archive_files()
        app.process_extracted_files()
    return {file.parts[-3] for file in (scene.folder / "submitted").glob("*/tiny/*.ipynb")}


ATTACKS = (
    Attack(
        "zip-bomb",
        ARCHIVES,
        "hand in a small archive that becomes a huge file",
        place=_writes(_large),
        probe=size_of_extracted,
        here=REFUSED,
    ),
    Attack(
        "nested-zip-bomb",
        ARCHIVES,
        "hand in archives within archives that become huge",
        place=_writes(_nested),
        probe=size_of_extracted,
        here=REFUSED,
    ),
    Attack(
        "zip-slip",
        ARCHIVES,
        "write outside the folder that an archive is unpacked in",
        place=_writes(_slipping),
        probe=slipped,
        here=REFUSED,
        stock=STOPS,
    ),
    Attack(
        "tar-links",
        ARCHIVES,
        "have links and pipes unpacked",
        place=_writes(_linked, "tar.gz"),
        probe=secrets_collected,
        here=REFUSED,
        stock=IN_VAIN,
    ),
    Attack(
        "zip-for-another",
        ARCHIVES,
        "hand in for another learner from inside its own archive",
        place=_writes(_for_another),
        probe=speaks_for_another,
        here=REFUSED,
    ),
    Attack(
        "broken-zip",
        ARCHIVES,
        "hand in an archive that is none",
        place=_writes(lambda _scene: b"PK\x03\x04 and nothing more"),
        here=REFUSED,
        stock=STOPS,
    ),
)
