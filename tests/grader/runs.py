"""Runs of `duecourse autograde` in processes of their own, whose parts can be found and killed."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROLES = ("main", "forker", "tracker", "worker", "jail", "server", "watch", "kernel")
LINE = "Grading tiny "
COMMAND = str(Path(sys.executable).with_name("duecourse"))

ALONE = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "JE_ARROW_MALLOC_CONF": "background_thread:false",
}
"""What keeps libraries from starting threads."""

# Loading what grading needs takes longer than grading a small class. This process loads it once,
# and each command runs in a fork of it, in a session of its own.
LOADED = """
import json, os, sys, threading
from importlib import import_module
from pathlib import Path
from duecourse.cli import main
for name in ("grader.commands.grading", "grader.grading.run"):
    import_module(name)
for name in ("grader.grading.pipeline", "grader.grading.pool"):
    import_module(name)
tasks = len(os.listdir("/proc/self/task"))
assert tasks == 1, f"{tasks} threads: a fork would not have them"
print("loaded", flush=True)
for line in sys.stdin:
    asked = json.loads(line)
    pid = os.fork()
    if not pid:
        os.setsid()
        os.chdir(asked["root"])
        log = os.open(asked["log"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(log, 1)
        os.dup2(log, 2)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        sys.exit(main(asked["words"]))
    print(pid, flush=True)
    print(os.waitpid(pid, 0)[1], flush=True)
"""


class Loaded:
    """A process that has everything loaded and runs one command after the other."""

    def __init__(self):
        self.run = None
        self.process = subprocess.Popen(
            [sys.executable, "-c", LOADED],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, **ALONE},
        )
        assert self.process.stdout.readline() == "loaded\n"

    def start(self, root, log, *words):
        asked = {"root": str(root), "log": str(log), "words": words}
        print(json.dumps(asked), file=self.process.stdin, flush=True)
        self.run = Run(int(self.process.stdout.readline()), log, self.process.stdout)
        return self.run

    def autograde(self, root, *words):
        """Run it to its end; return its exit code and what it said."""
        with tempfile.TemporaryDirectory() as folder:
            run = self.start(root, Path(folder, "log"), "autograde", "tiny", *words)
            return run.wait(), run.said()

    def rest(self):
        """End what a failed test left running."""
        if self.run and self.run.code is None:
            send(self.run.pid)
            self.run.wait()

    def close(self):
        self.rest()
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()


class Run:
    """A command that runs in a fork of the process that has everything loaded."""

    def __init__(self, pid, log, answers):
        self.pid, self.log, self._answers = pid, Path(log), answers
        self.seen = {}
        self.code = None

    def wait(self):
        """Wait for its end and return its exit code, negative for a signal."""
        if self.code is None:
            self.code = os.waitstatus_to_exitcode(int(self._answers.readline()))
        return self.code

    def ended(self):
        return state(self.pid) in {"", "Z"}

    def said(self):
        return self.log.read_text("utf-8") if self.log.exists() else ""

    def lines(self):
        """How many submissions it has said to be done."""
        return self.said().count(LINE)

    def parts(self):
        """Return its processes by what they are.

        The main process writes; the forker is what workers are forked from; the server is what
        kernels are forked from, in a jail, with a watch that ends those that take too much.
        """
        found = {role: [] for role in ROLES}
        found["main"].append(self.pid)
        children = tree()

        def descend(pid, role):
            for child in children.get(pid, []):
                kind = _kind(" ".join(command(child)), role)
                found[kind].append(child)
                descend(child, kind)

        descend(self.pid, "main")
        for pids in found.values():
            self.seen |= {pid: started(pid) for pid in pids if pid not in self.seen}
        return found

    def left(self):
        """Return those of its processes that are still there."""
        return [
            pid
            for pid, when in self.seen.items()
            if when and started(pid) == when and state(pid) not in {"", "Z"}
        ]


def _kind(words, parent):
    """Return what a process is by its command line and by what has started it."""
    if parent == "main":
        if "resource_tracker" in words:
            return "tracker"
        return "jail" if words.startswith(("/usr/bin/bwrap", "bwrap")) else _known(words)
    if parent == "jail":
        return _known(words)
    if parent == "server":
        return "watch" if "grader.kernels.watch" in words else "kernel"
    return {"forker": "worker"}.get(parent, parent)


def _known(words):
    return "server" if "grader.kernels.server" in words else "forker"


def tree():
    """Return the processes that each process has started."""
    children = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit() and (fields := stat(folder.name)):
            children.setdefault(int(fields[1]), []).append(int(folder.name))
    return children


def stat(pid):
    """Return the fields of a process's line from its state on; none if it is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def state(pid):
    return "".join(stat(pid)[:1])


def started(pid):
    """Return when a process began: with its number it is known for good."""
    return (stat(pid) or [""] * 20)[19]


def command(pid):
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")
    except OSError:
        words = []
    return words if any(words) else [""]


def send(pid, number=signal.SIGKILL):
    """Send a signal; return whether there was anybody to get it."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)
        return True
    return False


def until(condition, seconds=60):
    """Wait for something to become true; return what it became."""
    end = time.monotonic() + seconds
    while not (found := condition()):
        if time.monotonic() > end:
            return found
        time.sleep(0.05)
    return found


def autograde(root, *words, **environment):
    """Run the real command to its end."""
    return subprocess.run(
        [COMMAND, "autograde", "tiny", *words],
        cwd=root,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
        start_new_session=True,
    )
