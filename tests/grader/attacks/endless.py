"""Attacks that never end: output, messages, loops, waits and crashes."""

from tests.grader.attacks import probes
from tests.grader.attacks.attack import IN_VAIN, NOT_GRADED, Attack, Here, stopped, unsafe
from tests.grader.attacks.exhausting import SMALL

OUTPUT = "output without end"
ENDLESS = "running without end"

ATTACKS = (
    Attack(
        "prints-without-end",
        OUTPUT,
        "print without end",
        code='while True:\n    print("x" * 100_000)',
        here=stopped(""),
        stock=unsafe("all memory of the grading process"),
    ),
    Attack(
        "shows-without-end",
        OUTPUT,
        "show pictures and tables without end",
        code="""
from IPython.display import HTML, display
while True:
    display(HTML("<b>" + "x" * 1_000_000 + "</b>"))
""",
        here=stopped(""),
        stock=unsafe("all memory of the grading process"),
    ),
    Attack(
        "chats-without-end",
        OUTPUT,
        "flood with messages that show nothing",
        code="""
from comm import create_comm
channel = create_comm(target_name="nobody", data={})
while True:
    channel.send({"data": "x" * 1_000_000})
""",
        here=stopped(""),
        stock=unsafe("it would not end"),
    ),
    Attack(
        "shows-one-huge-thing",
        OUTPUT,
        "show one thing of 200 MB",
        code='print("x" * $megabytes * 50_000)',
        probe=probes.large_notebook,
        stock=SMALL,
        here=stopped("put out more than"),
    ),
    Attack(
        "loops",
        ENDLESS,
        "run for ever and ignore interrupts",
        code="""
while True:
    try:
        while True:
            pass
    except BaseException:
        pass
""",
        here=stopped("did not stop when it was interrupted"),
        stock=unsafe("the run would wait for minutes"),
    ),
    Attack(
        "blocks-signals",
        ENDLESS,
        "wait for ever with every signal blocked",
        code="""
import signal, threading
signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))
for number in range(1, 65):
    try:
        signal.signal(number, signal.SIG_IGN)
    except (OSError, ValueError):
        pass
threading.Event().wait()
""",
        here=stopped("did not stop when it was interrupted"),
        stock=unsafe("the run would wait for minutes"),
    ),
    Attack(
        "stops-itself",
        ENDLESS,
        "stop its own kernel without ending it",
        code="import os, signal\nos.kill(os.getpid(), signal.SIGSTOP)\nsignal.raise_signal(19)\n"
        "while True:\n    pass",
        here=Here("nothing gained, or its own zeros", "either", ends=False),
        stock=unsafe("the run would wait for minutes"),
    ),
    Attack(
        "takes-its-time",
        ENDLESS,
        "stay below the limit of a cell in every cell",
        code="""
import time
def slow(*_):
    time.sleep($patience)
get_ipython().events.register("pre_run_cell", slow)
""",
        here=Here("explained zeros from the notebook's limit on", "some", "longer than"),
        stock=unsafe("the class would wait for hours"),
    ),
    Attack(
        "exits",
        ENDLESS,
        "end its kernel at once",
        code="import os\nos._exit(0)",
        here=stopped("the kernel ended"),
        stock=NOT_GRADED,
    ),
    Attack(
        "crashes",
        ENDLESS,
        "crash its kernel with a wrong address",
        code="import ctypes\nctypes.string_at(1)",
        here=stopped("the kernel ended"),
        stock=NOT_GRADED,
    ),
    Attack(
        "recurses",
        ENDLESS,
        "recurse until the stack is gone",
        code="""
import sys
sys.setrecursionlimit(10**9)
class Deep:
    def __repr__(self):
        return repr(self)
repr(Deep())
""",
        here=Here("nothing gained, or its own zeros", "either", ends=False),
        stock=unsafe("on some versions of Python all memory"),
    ),
    Attack(
        "asks-for-input",
        ENDLESS,
        "wait for somebody to type something",
        code='try:\n    input("?")\nexcept BaseException as error:\n    print(type(error).__name__)',
        stock=IN_VAIN,
    ),
)
