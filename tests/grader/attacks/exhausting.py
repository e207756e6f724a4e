"""Attacks that use up what others need: processes, memory, disk, time, the reader's patience."""

from tests.grader.attacks import probes
from tests.grader.attacks.attack import (
    Attack,
    Here,
    Stock,
    unsafe,
)
from tests.grader.attacks.writing import TRY

PROCESSOR = "processes and memory"
DISK = "the disk"
SMALL = Stock("succeeds (tried small)", succeeds=True)

ATTACKS = (
    Attack(
        "forks-bomb",
        PROCESSOR,
        "start processes that start processes",
        code="$guard\n"
        """
import os, time
first = os.getpid()
def count():
    with open("forked.txt", "a") as file:
        file.write("x")
count()
for _ in range($doublings):
    try:
        if os.fork() == 0:
            count()
    except OSError:
        pass
if os.getpid() != first:
    try:
        time.sleep($rest)
    finally:
        os._exit(0)
time.sleep(0.5)
""",
        probe=probes.many_processes,
        here=Here("nothing gained, or its own zeros", "either", ends=False),
        stock=SMALL,
    ),
    Attack(
        "starts-threads",
        PROCESSOR,
        "start thousands of threads",
        code="$guard\n"
        + TRY
        + """
import threading, time
started = []
def start():
    while len(started) < $threads:
        thread = threading.Thread(target=time.sleep, args=($rest,), daemon=True)
        thread.start()
        started.append(thread)
    print("LO" + "OT")
attempt(start)
""",
        probe=probes.loot,
        here=Here("nothing gained, or its own zeros", "either", ends=False),
        stock=SMALL,
    ),
    Attack(
        "takes-memory",
        PROCESSOR,
        "take all memory",
        code="$guard\n"
        + TRY
        + """
held = []
def take():
    for _ in range($megabytes // 64):
        held.append(bytearray(b"x") * (64 << 20))
    print("LO" + "OT")
attempt(take)
held.clear()
""",
        probe=probes.loot,
        here=Here("nothing gained, or its own zeros", "either", ends=False),
        stock=SMALL,
    ),
    Attack(
        "takes-memory-together",
        PROCESSOR,
        "take all memory with several processes",
        code="$guard\n"
        + TRY
        + """
import time
children = []
for _ in range(8):
    child = os.fork()
    if child == 0:
        try:
            held = bytearray(b"x") * ($megabytes << 17)
            open(f"took-{os.getpid()}.txt", "w").close()
            time.sleep($rest)
        finally:
            os._exit(0)
    children.append(child)
for child in children:
    os.waitpid(child, 0)
if all(os.path.exists(f"took-{child}.txt") for child in children):
    print("LO" + "OT")
""",
        probe=probes.loot,
        # a busy machine may measure them too late
        here=Here("nothing gained, or its own zeros", "either", ends=False),
        stock=SMALL,
    ),
    Attack(
        "fills-disk",
        DISK,
        "fill the disk with one file",
        code="$guard\n"
        + TRY
        + """
def fill():
    with open("large.bin", "wb") as file:
        for _ in range($megabytes):
            file.write(b"x" * (1 << 20))
    print("LO" + "OT")
attempt(fill)
""",
        probe=probes.loot,
        here=Here("nothing gained, or its own zeros", "either", ends=False),
        stock=SMALL,
    ),
    Attack(
        "fills-disk-with-many",
        DISK,
        "fill the disk with many files",
        code="$guard\n"
        + TRY
        + """
import time
def fill():
    for number in range(40):
        with open(f"large-{number}.bin", "wb") as file:
            for _ in range(max(1, $megabytes // 40)):
                file.write(b"x" * (1 << 20))
    time.sleep(0.5)
    print("LO" + "OT")
attempt(fill)
""",
        probe=probes.loot,
        here=Here("nothing gained, or its own zeros", "either", ends=False),
        stock=SMALL,
    ),
    Attack(
        "fills-memory-disks",
        DISK,
        "fill the file systems that lie in memory",
        code="$guard\n"
        + TRY
        + """
def fill(folder):
    place = os.path.join(folder, "$token-$learner")
    for number in range(40):
        with open(f"{place}-{number}", "wb") as file:
            for _ in range($megabytes // 40):
                file.write(b"x" * (1 << 20))
    print("LO" + "OT", folder)
for folder in ("/dev/shm", "/tmp"):
    attempt(lambda: fill(folder))
""",
        probe=probes.loot,
        here=Here("nothing gained, or its own zeros", "either", ends=False),
        stock=unsafe("it would fill this machine's memory"),
    ),
    Attack(
        "opens-everything",
        DISK,
        "open more files than there may be",
        code="$guard\n"
        + TRY
        + """
held = []
def take():
    for _ in range(100_000):
        held.append(os.open("/dev/null", os.O_RDONLY))
    print("LO" + "OT")
attempt(take)
for number in held:
    os.close(number)
""",
        probe=probes.loot,
        stock=unsafe("all files of this machine"),
    ),
)
