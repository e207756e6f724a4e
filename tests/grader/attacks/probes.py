"""What shows that an attack achieved something: each returns the traces of one learner's success."""

import os
import re
import stat
from contextlib import suppress
from pathlib import Path

from bs4 import BeautifulSoup

RUNS_CODE = ("script", "iframe", "object", "embed", "base", "form", "applet", "portal")
ADDRESSES = ("href", "src", "action", "formaction", "data", "xlink:href", "srcdoc", "poster")
RUNNING = re.compile(
    r"^\s*(javascript|vbscript|data:text/html|data:application|data:image/svg)", re.IGNORECASE
)
REMOTE = re.compile(r"^\s*(https?:)?//", re.IGNORECASE)


def loot(scene, learner):
    """Return secrets in what the learner's notebook left behind."""
    found = set()
    for file in files(scene.autograded(learner)):
        if stat.S_ISREG(file.lstat().st_mode):
            data = file.read_bytes()
            found |= {name for name, secret in scene.secrets.items() if secret.encode() in data}
            if b"LOOT" in data and file.suffix in (".ipynb", ".txt"):
                found |= set(re.findall(rb"LOOT[^\\\"]*", data))
    return sorted(map(str, found))


def files(folder):
    """Return all files below a folder, links and special files among them, following nothing."""
    return [folder / path / name for path, _, names in os.walk(folder) for name in names]


def spare_changed(scene, _learner):
    return [] if scene.spare.read_text() == scene.SPARE else [scene.spare.read_text()]


def disposable_gone(scene, _learner):
    return [] if scene.disposable.is_file() else [str(scene.disposable)]


def victim_dead(scene, _learner):
    return [] if scene.victim.poll() is None else [f"exit code {scene.victim.returncode}"]


def marks_left(scene, learner):
    places = [scene.folder / "submitted", scene.autograded(learner), *map(scene.real, scene.places)]
    name = f"{scene.token}-{learner}"
    return [str(place / name) for place in places if (place / name).exists()]


def token_in_notebook(scene, learner):
    text = scene.notebook_file(learner).read_text("utf-8")
    return re.findall(f"forged-{scene.token}", text.split('"source"', 1)[0])


def links_left(scene, learner):
    left = [str(file) for file in files(scene.autograded(learner)) if file.is_symlink()]
    folders = os.walk(scene.autograded(learner))
    inner = (Path(path, name) for path, names, _ in folders for name in names)
    return [*left, *(str(folder) for folder in inner if folder.is_symlink()), *loot(scene, learner)]


def specials_left(scene, learner):
    modes = {file: file.lstat().st_mode for file in files(scene.autograded(learner))}
    return [
        str(file)
        for file, mode in modes.items()
        if not stat.S_ISREG(mode) or mode & (stat.S_ISUID | stat.S_ISGID | stat.S_IWOTH)
    ]


def device_copied(scene, learner):
    file = scene.autograded(learner) / "device.txt"
    return [str(file)] if os.path.lexists(file) else []


def depth_left(scene, learner):
    folder = scene.autograded(learner).joinpath(*["d"] * 60)
    return [str(folder)] if folder.exists() else []


def files_left(scene, learner):
    count, tried = len(files(scene.autograded(learner))), scene.words(learner)["files"]
    return [f"{count} files"] if count >= tried else []


def many_processes(scene, learner):
    file = scene.autograded(learner) / "forked.txt"
    count = file.stat().st_size if file.is_file() else 0
    return (
        [f"{count} processes"] if count >= min(2 ** scene.words(learner)["doublings"], 256) else []
    )


def large_notebook(scene, learner):
    size = scene.notebook_file(learner).stat().st_size
    return [f"{size} bytes"] if size > 2_000_000 else []


def knocked(scene, learner):
    return [text for text in scene.knocks() if learner in text]


def left_running(scene, learner):
    return [str(pid) for pid in running(f"{scene.token}-{learner}")]


def running(word):
    """Return the processes of this machine, in whatever namespace, that carry a word."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if word.encode() in (folder / "cmdline").read_bytes():
                found.append(int(folder.name))
    return found


def on_terminal(scene, learner):
    written = scene.terminal.read_bytes()
    return [f"{scene.token}-{learner}"] if f"{scene.token}-{learner}".encode() in written else []


def active(scene, learner):
    """Return what would run, or ask elsewhere, in a learner's pages and not in an honest one's."""
    found = set()
    for kind, page in scene.pages(learner).items():
        found |= {
            f"{kind}: {one}" for one in dangerous(page) - dangerous(scene.pages("a-canary")[kind])
        }
    return sorted(found)


def dangerous(page):
    """Return everything of a page that could run or ask the network, as texts."""
    found = set()
    for element in BeautifulSoup(page, "html.parser").find_all(True):
        name = element.name.lower()
        if name in RUNS_CODE:
            found.add(f"<{name}> {element.get('src', '')} {element.get_text()[:100].strip()}")
        if name == "meta" and element.get("http-equiv", "").lower() == "refresh":
            found.add("<meta> refresh")
        for attribute, value in element.attrs.items():
            text = " ".join(value) if isinstance(value, list) else str(value)
            if attribute.lower().startswith("on"):
                found.add(f"{name} {attribute}={text[:80]}")
            # a drawing in the place of a picture is no page: nothing runs in it
            drawn = name == "img" and text.startswith("data:image/svg+xml;base64,")
            if attribute.lower() in ADDRESSES and RUNNING.match(text) and not drawn:
                found.add(f"{name} {attribute}={text[:80]}")
            if name != "a" and attribute.lower() in ADDRESSES and REMOTE.match(text):
                found.add(f"{name} {attribute}={text[:80]}")
    return found
