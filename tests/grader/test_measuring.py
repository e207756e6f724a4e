"""The benchmark of grading counts every descendant of a command, and notices what stays."""

import json
import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="it reads /proc, as Linux has it")

BURN = "import time\nwhile time.process_time() < 0.5: pass"
ORPHAN = """
import os, time
if os.fork() == 0:
    os.setsid()
    parent = os.getpid()
    if os.fork() == 0:
        while os.getppid() == parent:
            time.sleep(0.01)
        while time.process_time() < 0.5:
            pass
    os._exit(0)
os.wait()
"""
"""A program that leaves a grandchild, which works when its parent is gone."""
MEASURE = """
import json, os, sys
from pathlib import Path
from benchmarks import measuring
measuring._PATIENCE = {patience}
try:
    done = measuring.spent([sys.executable, "-c", {program!r}], Path.cwd(), os.environ, watch={watch})
    print(json.dumps(vars(done)))
except measuring.Failed as error:
    print(json.dumps(str(error)))
"""


def spent(program, *, patience=20, watch=False):
    """Measure a program in a process of its own, which adopts and ends what is left."""
    script = MEASURE.format(program=program, patience=patience, watch=watch)
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout)


def test_its_own_work_and_what_it_said_are_noted():
    found = spent(BURN + "\nprint('done')")
    assert found["said"] == "done\n"
    assert found["cpu"] >= 0.5
    assert found["left"] == 0


def test_the_work_of_an_orphan_counts():
    found = spent(ORPHAN)
    assert found["cpu"] >= 0.5
    assert found["left"] == 0


def test_what_does_not_end_is_noticed_and_ended():
    program = (
        "import subprocess, sys\n"
        "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'],"
        " start_new_session=True)"
    )
    assert spent(program, patience=0.2)["left"] == 1


def test_a_failing_command_is_no_measurement():
    assert "ended with 3" in spent("print('reason'); raise SystemExit(3)")
    assert spent("print('reason'); raise SystemExit(3)").endswith("reason\n")


def test_the_largest_memory_is_noted():
    found = spent("held = b'x' * 100_000_000\nimport time\ntime.sleep(1)", watch=True)
    assert found["memory"]["command"] > 95
    assert found["memory"]["all"] >= found["memory"]["command"]
