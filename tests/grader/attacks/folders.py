"""Attacks by what lies in the folder that is handed in, and by its name."""

import os
import stat

from tests.grader.attacks import probes
from tests.grader.attacks.attack import (
    FULL_POINTS,
    IN_VAIN,
    NOT_GRADED,
    Attack,
    Here,
    Stock,
    unread,
    unsafe,
)
from tests.grader.attacks.reading import LOOK

LINKS = "links and special files"
NAMES = "names and paths"
NOT_ALIKE = Stock("the same as here", succeeds=None)


def _links_notebook(scene, folder):
    notebook = next(folder.glob("*.ipynb"))
    notebook.unlink()
    notebook.symlink_to(scene.other)


def _links_files(scene, folder):
    (folder / "mine.txt").symlink_to(scene.other)
    (folder / "more.txt").symlink_to(scene.hidden)


def _links_folders(scene, folder):
    (folder / "more").symlink_to(scene.other.parent)
    (folder / "answers").symlink_to(scene.hidden.parent)


def _links_twice(scene, folder):
    scene.strange.touch(exist_ok=True)
    os.link(scene.strange, folder / "mine.txt")


def _pipe(_scene, folder):
    notebook = next(folder.glob("*.ipynb"))
    notebook.unlink()
    os.mkfifo(notebook)


def _pipe_beside(_scene, folder):
    os.mkfifo(folder / "pipe.txt")


def _device(_scene, folder):
    # the device that is always empty, in the place of one that never ends
    os.mknod(folder / "device.txt", stat.S_IFCHR | 0o600, os.makedev(1, 3))


def _folder_as_notebook(_scene, folder):
    notebook = next(folder.glob("*.ipynb"))
    notebook.unlink()
    notebook.mkdir()


def _odd_names(_scene, folder):
    for name in (b"\xff\xfe.txt", b"two\nlines.txt", b"-rf", b"$(touch x).txt", b"n" * 250):
        (folder / os.fsdecode(name)).write_bytes(b"x")
    (folder / ".ipynb_checkpoints").mkdir()
    (folder / ".git" / "hooks").mkdir(parents=True)


def _deep(_scene, folder):
    place = folder
    for _ in range(300):
        place /= "d"
    place.mkdir(parents=True)


def _libraries(_scene, folder):
    for name in ("pandas", "nbformat", "duecourse", "sitecustomize", "ipykernel", "json"):
        (folder / f"{name}.py").write_text("raise SystemExit\n")
    (folder / "nbgrader_config.py").write_text("raise SystemExit\n")


def _time(text):
    def write(_scene, folder):
        (folder / "timestamp.txt").write_text(text)

    return write


ATTACKS = (
    Attack(
        "links-notebook",
        LINKS,
        "hand in a link to another learner's notebook",
        place=_links_notebook,
        here=unread("a link or a special file"),
        stock=FULL_POINTS,
    ),
    Attack(
        "links-files",
        LINKS,
        "hand in links to files of others and read them",
        code=LOOK + 'for name in ("mine.txt", "more.txt"):\n    look(name)',
        place=_links_files,
        probe=probes.loot,
    ),
    Attack(
        "links-folders",
        LINKS,
        "hand in links to folders of others and read them",
        code=LOOK + 'for path in glob.glob("more/*") + glob.glob("answers/*"):\n    look(path)',
        place=_links_folders,
        probe=probes.loot,
        stock=IN_VAIN,
    ),
    Attack(
        "links-inode",
        LINKS,
        "hand in a second name of somebody else's file and read it",
        code=LOOK + 'look("mine.txt")',
        place=_links_twice,
        probe=probes.loot,
        root=True,
    ),
    Attack(
        "pipe-as-notebook",
        LINKS,
        "hand in a pipe in place of the notebook",
        place=_pipe,
        here=unread("a link or a special file"),
        stock=unsafe("it waits for ever"),
    ),
    Attack(
        "pipe-beside",
        LINKS,
        "hand in a pipe beside the notebook",
        place=_pipe_beside,
        probe=probes.specials_left,
        here=Here("nothing gained", ends=False),
        stock=NOT_GRADED,
    ),
    Attack(
        "device-beside",
        LINKS,
        "hand in a device that never ends",
        place=_device,
        probe=probes.device_copied,
        here=Here("nothing gained", ends=False),
        stock=Stock("succeeds (tried with an empty one)", succeeds=True),
        root=True,
    ),
    Attack(
        "folder-as-notebook",
        LINKS,
        "hand in a folder in place of the notebook",
        place=_folder_as_notebook,
        here=unread(""),
        stock=NOT_GRADED,
    ),
    Attack(
        "odd-names",
        NAMES,
        "hand in names that programs stumble over",
        place=_odd_names,
        here=Here("nothing gained", ends=False),
        stock=IN_VAIN,
    ),
    Attack(
        "deep-folders",
        NAMES,
        "hand in folders three hundred deep",
        place=_deep,
        here=Here("nothing gained", ends=False),
        stock=IN_VAIN,
    ),
    Attack(
        "brings-libraries",
        NAMES,
        "hand in files named like the libraries",
        place=_libraries,
        here=Here("nothing gained", ends=False),
        stock=IN_VAIN,
    ),
    Attack(
        "absurd-time",
        NAMES,
        "claim a time of handing in that is none",
        place=_time("yesterday, I swear"),
        here=Here("nothing gained", state="explained", why="holds no date", ends=False),
        stock=NOT_GRADED,
    ),
    Attack(
        "distant-time",
        NAMES,
        "claim a time of handing in before all times",
        place=_time("0001-01-01 00:00:00 +14:00"),
        here=Here("nothing gained", ends=False),
        stock=IN_VAIN,
    ),
    Attack(
        "named-like-everybody",
        NAMES,
        "be called like a pattern that means everybody",
        learner="*",
        here=Here("nothing gained", ends=False),
        stock=unsafe("it grades everybody once more"),
    ),
    Attack(
        "named-like-another",
        NAMES,
        "be called like another learner, but for a space",
        learner=" a-canary",
        here=Here("nothing gained", ends=False),
        stock=unsafe("it takes the other's place"),
    ),
    Attack(
        "named-like-a-page",
        NAMES,
        "be called like a piece of a page",
        learner="<img src=x onerror=alert(1)>",
        here=Here("nothing gained", ends=False),
        stock=IN_VAIN,
    ),
    Attack(
        "named-like-a-format",
        NAMES,
        "be called like a text with gaps",
        learner="{0.__class__}%s%(x)s",
        here=Here("nothing gained", ends=False),
        stock=IN_VAIN,
    ),
)
