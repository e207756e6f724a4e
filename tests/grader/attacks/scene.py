"""The scene of the attacks: a course with honest learners, and things that are worth stealing.

Nothing in it runs in the background but one sleeping process: sockets listen, and who knocked is
read when the class is graded.
"""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import uuid
from functools import cached_property
from pathlib import Path

from nbconvert.exporters import HTMLExporter
from nbgrader.server_extensions.formgrader import handlers
from traitlets.config import Config

from tests.grader.attacks import probes

CHECKOUT = Path(__file__).resolve().parents[3]
CANARIES = ("a-canary", "zz-canary")
BYSTANDER = "m-bystander"
SMALL = {
    "doublings": 3,
    "rest": 2,
    "threads": 20,
    "megabytes": 80,
    "files": 1200,
    "patience": 0.1,
}
"""How much an attack asks for where nothing holds it back; enough to show that it would."""
LARGE = {
    "doublings": 10,
    "rest": 60,
    "threads": 5000,
    "megabytes": 6000,
    "files": 20_000,
    "patience": 3,
}

GUARD = """
import os
try:
    reached = b"3600" in open("/proc/{pid}/cmdline", "rb").read()
except OSError:
    reached = False
if reached:
    print("LO" + "OT: this machine is within reach")
    raise SystemExit
"""
"""Stands before what would do harm if isolation failed: it then succeeds without doing any."""


class Scene:
    """One course with its baits.

    Attributes:
        root: the course's root.
        isolated: whether attacks may be made at full size.
        secrets: the secret texts by where they lie.
        token: a word that stands nowhere else on this machine.
        terminal: what the process that grades wrote, or was made to write.
    """

    SPARE = "as it was handed in"
    stock = False
    assignment = "tiny"

    def __init__(self, root: Path, *, isolated: bool) -> None:
        self.root, self.isolated = root, isolated
        self.token = f"token{uuid.uuid4().hex[:12]}"
        self.secrets = {
            name: f"SECRET-{name}-{uuid.uuid4().hex[:12]}"
            for name in (
                "gradebook",
                "source",
                "hidden",
                "key",
                "submission",
                "home",
                "environment",
                "process",
                "kernel",
                "strange",
            )
        }
        self.marks, self.runtime = root / "marks", root / "runtime"
        for folder in (self.marks, self.runtime):
            folder.mkdir()
        self.home = Path(tempfile.mkdtemp(prefix="home-", dir="/var/tmp"))
        (self.home / ".netrc").write_text(self.secrets["home"])
        (self.runtime / "kernel-1.json").write_text(f'{{"key": "{self.secrets["kernel"]}"}}')
        self.strange = root / "strange.txt"
        self.strange.write_text(self.secrets["strange"])
        if os.geteuid() == 0:
            os.chown(self.strange, 65534, 65534)
        self.terminal = root / "terminal.txt"
        self.terminal.touch()
        self.victim = subprocess.Popen(
            ["sleep", "3600"], env={"PASSWORD": self.secrets["process"]}, start_new_session=True
        )
        self._listen()

    def _listen(self) -> None:
        self.unix = Path(tempfile.mkdtemp(prefix="service-")) / "socket"
        self.sockets = [
            socket.socket(socket.AF_INET, socket.SOCK_STREAM),
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM),
            socket.socket(socket.AF_UNIX, socket.SOCK_STREAM),
            socket.socket(socket.AF_UNIX, socket.SOCK_STREAM),
        ]
        self.sockets[0].bind(("127.0.0.1", 0))
        self.port = self.sockets[0].getsockname()[1]
        for one, place in zip(
            self.sockets[1:],
            (("127.0.0.1", self.port), str(self.unix), f"\0{self.token}"),
            strict=True,
        ):
            one.bind(place)
        for one in self.sockets:
            one.setblocking(False)
            if one.type == socket.SOCK_STREAM:
                one.listen(100)
        self._heard: list[str] = []

    def knocks(self) -> list[str]:
        """Return what was sent to this scene's sockets so far."""
        for one in self.sockets:
            while True:
                try:
                    caller = one.accept()[0] if one.type == socket.SOCK_STREAM else None
                    data = caller.recv(1000) if caller else one.recv(1000)
                except BlockingIOError:
                    break
                self._heard.append(data.decode("utf-8", "replace"))
                if caller:
                    caller.close()
        return self._heard

    def close(self) -> None:
        """End what the scene started, and what the attacks left running."""
        for one in self.sockets:
            one.close()
        self.victim.kill()
        self.victim.wait()
        for pid in probes.running(self.token):
            if pid != os.getpid():
                os.kill(pid, 9)
        for folder in (self.home, self.unix.parent):
            shutil.rmtree(folder)

    # What differs between the two sides

    gradebook: Path
    source: Path
    hidden: Path
    key: Path
    folder: Path
    """Where submitted/ and autograded/ lie."""

    def honest(self):
        """Return a new notebook with a wrong total and everything else right."""
        raise NotImplementedError

    def config(self):
        """Return nbgrader's configuration of the course."""
        raise NotImplementedError

    # What both have

    def submitted(self, learner: str) -> Path:
        return self.folder / "submitted" / learner / self.assignment

    def autograded(self, learner: str) -> Path:
        return self.folder / "autograded" / learner / self.assignment

    def notebook_file(self, learner: str) -> Path:
        return self.autograded(learner) / f"{self.assignment}.ipynb"

    @property
    def other(self) -> Path:
        return self.submitted(CANARIES[0]) / f"{self.assignment}.ipynb"

    @property
    def spare(self) -> Path:
        return self.submitted(BYSTANDER) / "spare.txt"

    @property
    def disposable(self) -> Path:
        return self.submitted(BYSTANDER) / "disposable.txt"

    @cached_property
    def places(self) -> list[str]:
        """Where an attack tries to leave a file."""
        if not self.isolated:
            return [str(self.marks)]
        libraries = Path(HTMLExporter.__module__.replace(".", "/")).parent
        return [
            *(
                str(self.marks),
                "/tmp",
                "/var/tmp",
                "/dev/shm",
                "/run",
                "/",
                "/usr/lib",
                "/etc",
                "..",
                "../..",
            ),
            *(str(Path.home()), str(CHECKOUT), str(CHECKOUT / "duecourse"), sys.prefix),
            str(Path(sys.prefix) / "lib" / libraries),
        ]

    def real(self, place: str) -> Path:
        """Return where a place of an attack lies for us."""
        return Path(place) if place.startswith("/") else self.folder

    def words(self, learner: str) -> dict[str, object]:
        """Return what the words in an attack's code stand for."""
        everywhere = ["/tmp", "/var", "/dev/shm", "/home", "/root", "/run", "/srv", "/mnt", "/opt"]
        walk = [str(self.root), str(self.unix.parent)]
        return {
            **(LARGE if self.isolated else SMALL),
            "guard": GUARD.format(pid=self.victim.pid) if self.isolated else "pass",
            "learner": learner,
            "token": self.token,
            "gradebook": self.gradebook,
            "source": self.source,
            "hidden": self.hidden,
            "key": self.key,
            "other": self.other,
            "graded": self.notebook_file(CANARIES[0]),
            "home": self.home,
            "checkout": CHECKOUT,
            "root": self.root,
            "runtime": self.runtime,
            "marks": self.marks,
            "places": self.places,
            "spare": self.spare,
            "disposable": self.disposable,
            "victim": self.victim.pid,
            "port": self.port,
            "unix": self.unix,
            # the libraries, which everybody may read
            "skipped": ("proc", "sys", "usr", "lib", "lib64", "share", "include", "duecourse"),
            "walk": [*walk, *everywhere, str(CHECKOUT.parent)] if self.isolated else walk,
        }

    def feedback_file(self, learner: str) -> Path:
        return self.folder / "feedback" / learner / self.assignment / f"{self.assignment}.html"

    def pages(self, learner: str) -> dict[str, str]:
        """Return the pages on which a learner's work is shown: feedback, and the formgrader's."""
        config = Config()
        config.HTMLExporter.template_name = "formgrade"
        config.HTMLExporter.extra_template_basedirs = [handlers.template_path]
        config.merge(self.config())
        about = {
            "assignment_id": self.assignment,
            "notebook_id": self.assignment,
            "submission_id": "1",
            "index": 0,
            "total": 1,
            "base_url": "/nbgrader",
            "student": learner,
            "last_name": "",
            "first_name": "",
            "notebook_path": "x",
        }
        # as the formgrader's own handler does it
        page, _ = HTMLExporter(config=config).from_filename(
            str(self.notebook_file(learner)), resources=about
        )
        return {"feedback": self.feedback_file(learner).read_text("utf-8"), "formgrader": page}
