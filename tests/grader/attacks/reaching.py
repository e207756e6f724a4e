"""Attacks that talk to somebody, or lay hands on other processes."""

from tests.grader.attacks import probes
from tests.grader.attacks.attack import Attack, Here, stopped, unsafe
from tests.grader.attacks.writing import TRY

NETWORK = "the network"
PROCESSES = "other processes"
DAEMON = (
    TRY
    + """
import subprocess, sys
def leave():
    subprocess.Popen(
        [sys.executable, "-c", "import signal, time\\nfor n in range(1, 32):\\n"
         "    try: signal.signal(n, signal.SIG_IGN)\\n    except OSError: pass\\ntime.sleep(600)",
         "$token-$learner"],
        start_new_session=True, stdin=-3, stdout=-3, stderr=-3,
    )
attempt(leave)
"""
)

ATTACKS = (
    Attack(
        "calls-loopback",
        NETWORK,
        "talk to a server on this machine",
        code=TRY
        + """
import socket
attempt(lambda: socket.create_connection(("127.0.0.1", $port), 3).sendall(b"$learner"))
""",
        probe=probes.knocked,
    ),
    Attack(
        "sends-datagrams",
        NETWORK,
        "send a datagram to a server on this machine",
        code=TRY
        + """
import socket
sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
attempt(lambda: sender.sendto(b"$learner", ("127.0.0.1", $port)))
""",
        probe=probes.knocked,
    ),
    Attack(
        "calls-local-sockets",
        NETWORK,
        "talk to a service through a local socket",
        code=TRY
        + r"""
import socket
for place in ("$unix", "\0$token"):
    def call():
        caller = socket.socket(socket.AF_UNIX)
        caller.connect(place)
        caller.sendall(b"$learner")
    attempt(call)
""",
        probe=probes.knocked,
    ),
    Attack(
        "calls-outside",
        NETWORK,
        "find a way out of this machine",
        # connecting a datagram socket sends nothing: it only asks for a route
        code=TRY
        + """
import socket
def route():
    asking = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    asking.connect(("192.0.2.1", 9))
    print("LO" + "OT", asking.getsockname())
attempt(route)
for _number, name in socket.if_nameindex():
    if name != "lo":
        print("LO" + "OT", name)
""",
        probe=probes.loot,
    ),
    Attack(
        "joins-other-kernels",
        NETWORK,
        "find the sockets of other kernels and talk to them",
        code=TRY
        + """
import socket, stat
own = get_ipython().kernel.parent.ip if get_ipython().kernel.parent.transport == "ipc" else ""
for top in $walk:
    for folder, folders, files in os.walk(top):
        for name in files:
            path = os.path.join(folder, name)
            if len(path) > 100 or not os.path.exists(path) or not stat.S_ISSOCK(os.stat(path).st_mode):
                continue
            if not (own and path.startswith(own)):
                def call():
                    caller = socket.socket(socket.AF_UNIX)
                    caller.connect(path)
                    caller.sendall(b"$learner")
                    print("LO" + "OT", path)
                attempt(call)
""",
        probe=probes.loot,
    ),
    Attack(
        "kills-process",
        PROCESSES,
        "kill a process of the person who grades",
        code=TRY
        + """
import signal
attempt(lambda: os.kill($victim, signal.SIGKILL))
""",
        probe=probes.victim_dead,
    ),
    Attack(
        "kills-parent",
        PROCESSES,
        "kill the process that started its kernel",
        code="$guard\n"
        + TRY
        + """
import signal
if os.getppid() > 1:
    attempt(lambda: os.kill(os.getppid(), signal.SIGKILL))
""",
        probe=probes.loot,
        stock=unsafe("grading itself is the parent"),
    ),
    Attack(
        "stops-group",
        PROCESSES,
        "stop everything that it may signal",
        code="$guard\n"
        + TRY
        + """
import signal
signal.signal(signal.SIGTERM, signal.SIG_IGN)
attempt(lambda: os.kill(-1, signal.SIGSTOP))
attempt(lambda: os.killpg(0, signal.SIGSTOP))
""",
        here=Here("nothing gained, or its own zeros", "either", ends=False),
        probe=probes.loot,
        stock=unsafe("it would stop this machine"),
    ),
    Attack(
        "leaves-daemon",
        PROCESSES,
        "leave a process running that ignores every signal",
        code=DAEMON,
        probe=probes.left_running,
    ),
    Attack(
        "leaves-daemon-and-dies",
        PROCESSES,
        "leave a process running and end its own kernel",
        code=DAEMON + "os._exit(0)",
        probe=probes.left_running,
        here=stopped("the kernel ended"),
        stock=unsafe("the run would wait for it for minutes"),
    ),
    Attack(
        "replaces-kernel",
        PROCESSES,
        "put another program in place of its kernel",
        code='import os\nos.execv("/bin/sleep", ["$token-$learner", "600"])',
        probe=probes.left_running,
        here=stopped(""),
        stock=unsafe("the run would wait for minutes"),
    ),
    Attack(
        "enters-namespaces",
        PROCESSES,
        "make namespaces of its own, trace, mount",
        code=TRY
        + """
import ctypes
system = ctypes.CDLL(None, use_errno=True)
child = os.fork()
if child == 0:
    done = [hex(flag) for flag in (0x10000000, 0x20000, 0x4000000) if system.unshare(flag) == 0]
    if system.mount(b"none", b"/tmp", b"tmpfs", 0, None) == 0:
        done.append("mount")
    with open("reached.txt", "w") as file:
        file.write("LO" + "OT " + " ".join(done) if done else "nothing")
    os._exit(0)
os.waitpid(child, 0)
print(open("reached.txt").read())
""",
        stock_code=TRY
        + """
import ctypes
system = ctypes.CDLL(None, use_errno=True)
child = os.fork()
if child == 0:
    done = [hex(flag) for flag in (0x10000000,) if system.unshare(flag) == 0]
    with open("reached.txt", "w") as file:
        file.write("LO" + "OT " + " ".join(done) if done else "nothing")
    os._exit(0)
os.waitpid(child, 0)
print(open("reached.txt").read())
""",
        probe=probes.loot,
    ),
    Attack(
        "renames-machine",
        PROCESSES,
        "rename this machine",
        code=TRY
        + """
import socket
def rename():
    socket.sethostname(socket.gethostname())
    print("LO" + "OT")
attempt(rename)
""",
        probe=probes.loot,
        root=True,
    ),
    Attack(
        "writes-terminal",
        PROCESSES,
        "write control codes to the terminal of the person who grades",
        code=TRY
        + """
import stat
for number in range(1, 64):
    def write():
        mode = os.fstat(number).st_mode
        if stat.S_ISCHR(mode) or stat.S_ISREG(mode):
            os.write(number, b"\\x1b]0;$token-$learner\\x07")
    attempt(write)
os.system("printf '$token-$learner' > /dev/tty")
""",
        probe=probes.on_terminal,
    ),
)
