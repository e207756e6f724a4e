"""What a learner's code executes in an isolated kernel reaches nothing but its own folder."""

import contextlib
import errno
import json
import math
import os
import signal
import socket
import stat
import struct
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import pytest

from grader.kernels import confine, jail, linux, namespaces, scratch, serving, syscalls, watch
from grader.kernels.client import Kernel
from grader.kernels.ending import KernelEnded
from grader.kernels.starting import Limits, NotIsolated, start
from grader.kernels.watch import Process
from tests.isolated import needs_isolation

ROOT = Path(__file__).parents[2]
SECRET = "a-secret-that-nobody-may-read"
MIB = 1024 * 1024
ARGUMENTS = ("--HistoryManager.hist_file=:memory:", "--IPKernelApp.log_level=ERROR")


def isolated(folder, environment=os.environ, **more):
    return Kernel(folder, environment, isolated=True, arguments=ARGUMENTS, **more)


def printed(kernel, source, seconds=60):
    """Execute code and return what it printed, and the name of its error if it raised."""
    said = []

    def take(message):
        content = message["content"]
        if message["msg_type"] == "stream":
            said.append(content["text"])
        elif message["msg_type"] == "error":
            said.append(f"{content['ename']}: {content['evalue']}")

    kernel.execute(textwrap.dedent(source), take, seconds)
    return "".join(said).strip()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("course") / "learner"
    place.mkdir()
    (place / "data.csv").write_text("a,b\n1,2\n")
    (place.parent / "gradebook.db").write_text(SECRET)
    return place


@pytest.fixture(scope="module")
def kernel(folder):
    with isolated(folder, {**os.environ, "TOKEN": SECRET}) as started:
        yield started


# Reading


@needs_isolation
def test_the_submission_is_all_that_is_there_of_the_course(kernel, folder):
    outside = [
        folder.parent / "gradebook.db",
        folder / "data.csv",
        ROOT / "nbgrader_config.py",
        ROOT / "assignments",
        ROOT / "grader" / "key.py",
        ROOT / ".git",
        Path.home() / ".bashrc",
        Path("/etc/shadow"),
        Path("/var"),
        Path("/run"),
        Path("/sys"),
    ]
    assert all(one.exists() for one in outside[:5])
    there = printed(
        kernel,
        f"import os, json; print(json.dumps([p for p in {list(map(str, outside))!r} if os.path.lexists(p)]))",
    )
    assert json.loads(there) == []
    assert printed(kernel, "print(os.getcwd(), os.listdir())") == "/submission ['data.csv']"
    assert printed(kernel, "import grader.key").startswith("ModuleNotFoundError")
    assert printed(kernel, "from duecourse import check; print(check.__name__)") == "check"


@needs_isolation
def test_no_file_anywhere_holds_what_stands_in_the_gradebook(kernel, folder):
    searched = printed(
        kernel,
        f"""
        import os
        wanted, count, found = {SECRET[:9]!r}.encode() + {SECRET[9:]!r}.encode(), 0, []
        for above, folders, files in os.walk("/"):
            if above in ({sys.prefix!r}, {sys.base_prefix!r}, "/usr", "/proc"):
                folders.clear()
                continue
            for name in files:
                if not os.path.isfile(os.path.join(above, name)):
                    continue
                try:
                    with open(os.path.join(above, name), "rb") as file:
                        count += 1
                        if wanted in file.read(1 << 20):
                            found.append(os.path.join(above, name))
                except OSError:
                    pass
        print(count > 50, found)
        """,
    )
    assert searched == "True []"


@needs_isolation
def test_nothing_of_the_callers_environment_is_there_but_what_grading_needs(folder):
    given = {
        "TOKEN": SECRET,
        "NBGRADER_EXECUTION": "autograde",
        "DUECOURSE_WORLD": "3",
        "TZ": "UTC",
    }
    with isolated(folder, {**os.environ, **given}) as started:
        told = json.loads(printed(started, "import json, os; print(json.dumps(dict(os.environ)))"))
        assert "TOKEN" not in told
        assert SECRET not in "".join(told.values())
        assert (told["NBGRADER_EXECUTION"], told["DUECOURSE_WORLD"]) == ("autograde", "3")
        assert told["HOME"] == namespaces.HOME
        whole = printed(started, "print(open('/proc/1/environ').read())")
        assert "PATH=" in whole
        assert SECRET not in whole


@needs_isolation
def test_no_other_process_can_be_seen_or_signalled(kernel):
    victim = subprocess.Popen(["sleep", "600"])
    try:
        seen = printed(
            kernel, "import os; print([n for n in os.listdir('/proc') if n.isdecimal()])"
        )
        assert seen == "['1']"
        tried = f"import os; os.kill({victim.pid}, 9)"
        assert printed(kernel, tried).startswith("ProcessLookupError")
        everybody = "try:\n    os.kill(-1, 9)\nexcept ProcessLookupError:\n    print('nobody')"
        assert printed(kernel, everybody) == "nobody"
        assert victim.poll() is None
    finally:
        victim.kill()
        victim.wait()


@needs_isolation
def test_no_network_is_there_not_even_this_machine(kernel):
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.socket(socket.AF_UNIX) as abstract,
    ):
        port = server.getsockname()[1]
        socket.create_connection(("127.0.0.1", port)).close()
        name = f"\0duecourse-probe-{port}"
        abstract.bind(name)
        abstract.listen()
        tried = printed(
            kernel,
            f"""
            import socket
            for family, place in (
                (socket.AF_INET, ("127.0.0.1", {port})),
                (socket.AF_INET, ("192.0.2.1", 80)),
                (socket.AF_INET6, ("::1", {port})),
                (socket.AF_UNIX, {name!r}),
            ):
                with socket.socket(family) as tried:
                    tried.settimeout(5)
                    try:
                        tried.connect(place)
                    except OSError:
                        print("refused")
                    else:
                        print("REACHED")
            print([name for _, name in socket.if_nameindex()])
            """,
        )
    assert tried.splitlines() == ["refused"] * 4 + ["['lo']"]


@needs_isolation
def test_two_kernels_see_nothing_of_each_other(folder):
    with isolated(folder) as one, isolated(folder) as other:
        mark = (
            "import pathlib\nfor p in ('.', '/tmp', '/dev/shm', '/home/learner', '/sockets'):\n    "
        )
        printed(one, mark + "pathlib.Path(p, 'mark').write_text('seen')")
        printed(one, "import pty, os; held = pty.openpty()")
        assert printed(other, mark + "print(pathlib.Path(p, 'mark').exists())") == "\n".join(
            ["False"] * 5
        )
        assert printed(other, "import os; print([n for n in os.listdir('/dev/pts')])") == "['ptmx']"
        assert printed(other, "print(len(os.listdir('/proc/1/task')) > 0, os.getpid())") == "True 1"


# Writing


@needs_isolation
def test_nothing_can_be_written_outside_of_the_kernels_own_folders(kernel):
    writable = printed(
        kernel,
        """
        import os
        own, found = os.stat("/submission").st_dev, set()
        for above, folders, files in os.walk("/"):
            if above.startswith("/proc") or above.count("/") > 6:
                folders.clear()
                continue
            try:
                with open(os.path.join(above, "probe"), "x") as probe:
                    found.add("own" if os.fstat(probe.fileno()).st_dev == own else above)
                os.unlink(os.path.join(above, "probe"))
            except OSError:
                pass
        print(*found)
        """,
    )
    assert writable == "own"
    for place in ("/proc/sys/kernel/core_pattern", "/proc/1/oom_score_adj", "/dev/zero"):
        said = printed(kernel, f"open({place!r}, 'r+b')")
        assert said.split(":")[0] in {"OSError", "PermissionError"}, place


@needs_isolation
def test_no_privilege_is_left_and_no_way_to_one(kernel):
    text = printed(kernel, "print(open('/proc/self/status').read())")
    status = dict(line.split(":\t", 1) for line in text.splitlines() if ":\t" in line)
    assert {
        int(status[name], 16) for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")
    } == {0}
    assert status["NoNewPrivs"].strip() == "1"
    assert status["Seccomp"].strip() == "2"
    assert status["Uid"].split() == ["1000"] * 4
    # there is no such user in its world
    assert printed(kernel, "import os; os.setuid(0)") == "OSError: [Errno 22] Invalid argument"


@needs_isolation
def test_the_system_refuses_what_only_an_attack_needs(kernel):
    column = linux.MACHINES.index(linux.machine())
    wanted = {
        name: (syscalls._REFUSED | syscalls._ABSENT)[name][column]
        for name in ("unshare", "mount", "ptrace", "setns", "bpf", "keyctl", "userfaultfd")
    }
    wanted |= {
        name: syscalls._ABSENT[name][column] for name in ("clone3", "memfd_create", "shmget")
    }
    told = printed(
        kernel,
        f"""
        import ctypes, json
        library = ctypes.CDLL(None, use_errno=True)
        found = {{}}
        for name, number in {wanted!r}.items():
            found[name] = [library.syscall(number, 0, 0, 0, 0, 0), ctypes.get_errno()]
        new_user = 0x10000000 | 17
        found["clone"] = [library.syscall({syscalls._CLONE[column]}, new_user, 0, 0, 0, 0), ctypes.get_errno()]
        print(json.dumps(found))
        """,
    )
    absent = {"clone3", "memfd_create", "shmget"}
    for name, (code, number) in json.loads(told).items():
        assert code == -1, name
        assert number == (errno.ENOSYS if name in absent else errno.EPERM), name


@needs_isolation
def test_ordinary_work_goes_on_as_ever(kernel):
    assert printed(kernel, "!echo $((6 * 7))") == "42"
    assert printed(kernel, "import subprocess\nprint(subprocess.check_output(['id', '-un']))") == (
        "b'learner\\n'"
    )
    pool = "import multiprocessing as m\nwith m.get_context('fork').Pool(2) as p: print(p.map(abs, [-1, -2]))"
    assert printed(kernel, pool) == "[1, 2]"
    assert printed(kernel, "import tempfile\nprint(tempfile.TemporaryFile().write(b'abc'))") == "3"
    assert printed(kernel, "import pandas as pd\nprint(pd.read_csv('data.csv').b.sum())") == "2"
    assert printed(kernel, "import threading\nprint(threading.Thread(target=print).start())")


# Taking too much


@needs_isolation
def test_a_fork_bomb_is_ended_with_all_its_processes(folder):
    bomb = "import os\nwhile True:\n    if os.fork() == 0:\n        os.execv('/bin/sleep', ['sleep', '4242.25'])"
    with isolated(folder, limits=Limits(processes=20)) as started:
        with pytest.raises(KernelEnded) as ended:
            printed(started, bomb)
        assert "more than 20 processes" in str(ended.value)
    assert not with_argument("4242.25")


@needs_isolation
def test_a_fork_bomb_of_whole_kernels_is_ended_too(folder):
    with isolated(folder) as started:
        with pytest.raises(KernelEnded) as ended:
            printed(started, "import os\nwhile True: os.fork()")
        assert "more than" in str(ended.value)


@needs_isolation
def test_a_kernel_that_hogs_memory_alone_gets_an_error(folder):
    with isolated(folder, limits=Limits(memory=400 * MIB)) as started:
        hog = "held = []\nwhile True:\n    held.append(bytearray(50 << 20))"
        assert printed(started, hog).startswith("MemoryError")
        assert printed(started, "del held; print('on')") == "on"


@needs_isolation
def test_processes_that_hog_memory_together_are_ended(folder):
    hogs = """
        import os, time
        for _ in range(6):
            if os.fork() == 0:
                held = bytearray(b"x") * (100 << 20)
                time.sleep(600)
        time.sleep(600)
    """
    with isolated(folder, limits=Limits(memory=400 * MIB)) as started:
        with pytest.raises(KernelEnded) as ended:
            printed(started, hogs)
        assert "more than 400 MB of memory" in str(ended.value)


@needs_isolation
def test_a_kernel_that_only_computes_is_ended_after_its_share(folder):
    with isolated(folder, limits=Limits(cpu_seconds=2)) as started:
        with pytest.raises(KernelEnded) as ended:
            printed(started, "while True: pass")
        assert "more than 2 seconds of processor time" in str(ended.value)


@needs_isolation
def test_what_fills_the_disk_fills_its_own_folder_alone(folder):
    limits = Limits(scratch_bytes=20 * MIB, file_bytes=8 * MIB)
    with isolated(folder, limits=limits) as started:
        filler = """
            import os
            reasons = set()
            for place in ("/tmp", "/submission", "/dev/shm", "/home/learner", "/sockets"):
                for number in range(5):
                    try:
                        with open(f"{place}/{number}.bin", "wb") as file:
                            for _ in range(10):
                                file.write(bytes(1 << 20))
                    except OSError as error:
                        reasons.add(error.errno)
            print(sorted(reasons))
        """
        assert printed(started, filler) == str(sorted([errno.EFBIG, errno.ENOSPC]))
        assert printed(started, "print(os.statvfs('/tmp').f_blocks * 4096 >> 20)") == "20"
        many = "for i in range(100_000): open(f'/tmp/{i}.txt', 'w').close()"
        printed(
            started,
            "for p in os.listdir('/tmp'):\n    if p.endswith('bin'): os.unlink('/tmp/' + p)",
        )
        assert "No space left" in printed(started, many)
    assert not list(folder.glob("*.txt"))
    for left in folder.glob("*.bin"):
        assert left.stat().st_size <= 8 * MIB
        left.unlink()


# Leaving something behind


@needs_isolation
def test_processes_left_behind_are_gone(folder):
    daemon = """
        import os
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                os.execv("/bin/sleep", ["sleep", "4242.75"])
            os._exit(0)
        os.wait()
    """
    with isolated(folder) as started:
        printed(started, daemon)
        until = time.monotonic() + 20
        while not with_argument("4242.75") and time.monotonic() < until:
            time.sleep(0.02)
        assert with_argument("4242.75")
    assert not with_argument("4242.75")


@needs_isolation
def test_a_program_that_takes_the_kernels_place_is_just_as_confined(folder):
    program = """
        import os, sys
        code = "import os, time; open('/submission/told', 'w').write(str(os.listdir('/proc/1/task') and os.path.exists('/root/.bashrc'))); time.sleep(600)"
        os.execv(sys.executable, [sys.executable, "-S", "-c", code, "4242.5"])
    """
    with isolated(folder) as started, contextlib.suppress(Exception):
        printed(started, program, seconds=3)
    assert (folder / "told").read_text() == "False"
    (folder / "told").unlink()
    assert not with_argument("4242.5")


def with_argument(argument):
    """Return the processes of this machine that have an argument."""
    found = []
    for process in Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            if argument in (process / "cmdline").read_text().split("\0"):
                found.append(process.name)
    return found


@needs_isolation
def test_nothing_is_left_of_a_kernel_but_its_files(folder, tmp_path, monkeypatch):
    serving.serve(True)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with isolated(folder) as started:
        printed(started, "open('result.csv', 'w').write('1')\nopen('/tmp/x', 'w').write('2')")
        assert any(tmp_path.iterdir())
    assert not any(tmp_path.iterdir())
    assert (folder / "result.csv").read_text() == "1"
    (folder / "result.csv").unlink()


@needs_isolation
def test_the_jail_ends_with_the_process_that_made_it(folder):
    code = f"""
        import os, sys, time
        from pathlib import Path
        sys.path.insert(0, {str(ROOT)!r})
        from grader.kernels.starting import start
        kernel = start({{}}, {ARGUMENTS!r}, Path({str(folder)!r}), os.environ, isolated=True)
        print(kernel.pid, flush=True)
        time.sleep(600)
    """
    asked = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code)], stdout=subprocess.PIPE, text=True
    )
    kernel = int(asked.stdout.readline())
    assert Path(f"/proc/{kernel}").exists()
    asked.send_signal(signal.SIGKILL)
    asked.wait()
    asked.stdout.close()
    until = time.monotonic() + 20
    while Path(f"/proc/{kernel}").exists() and time.monotonic() < until:
        time.sleep(0.05)
    assert not Path(f"/proc/{kernel}").exists()


@needs_isolation
def test_a_jail_that_was_ended_is_made_again(folder):
    with isolated(folder) as started:
        server = serving.serve(True)
        [jailed] = [one for one in with_argument("jailed") if one and parent_is_us(one)]
        os.kill(int(jailed), signal.SIGKILL)
        with pytest.raises(KernelEnded):
            printed(started, "import time; time.sleep(60)")
    with isolated(folder) as started:
        assert printed(started, "print(6 * 7)") == "42"
    assert serving.serve(True) != server


def parent_is_us(number):
    status = Path(f"/proc/{number}/stat").read_text()
    return int(status.rpartition(")")[2].split()[1]) == os.getpid()


@needs_isolation
def test_another_process_can_use_the_same_jail(folder):
    place = serving.serve(True)
    code = f"""
        import os, sys
        from pathlib import Path
        sys.path.insert(0, {str(ROOT)!r})
        from grader.kernels import starting
        kernel = starting.start({{}}, {ARGUMENTS!r}, Path({str(folder)!r}), os.environ, isolated=True)
        print(starting.serve(True), kernel.poll())
        kernel.close()
        print(kernel.poll())
    """
    told = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        env={**os.environ, serving.PLACES[True]: str(place)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout.split() == [str(place), "None", "-9"]


@needs_isolation
def test_a_caller_that_is_gone_takes_its_kernel_along(folder):
    kernel = start({}, ARGUMENTS, folder, os.environ, isolated=True)
    kernel._socket.close()
    until = time.monotonic() + 20
    while Path(f"/proc/{kernel.pid}").exists() and time.monotonic() < until:
        time.sleep(0.02)
    assert not Path(f"/proc/{kernel.pid}").exists()
    kernel.returncode = -9
    kernel.close()


# Where it is impossible


def test_without_bubblewrap_it_says_how_to_get_it_and_refuses(folder, monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    jail.missing.cache_clear()
    try:
        assert "apt install bubblewrap" in jail.missing()
        serving._places.pop((os.getpid(), True), None)
        with pytest.raises(NotIsolated, match="bubblewrap"):
            start({}, (), folder, os.environ, isolated=True)
    finally:
        jail.missing.cache_clear()


def test_where_the_system_forbids_it_the_reason_is_said(tmp_path, monkeypatch):
    broken = tmp_path / "bwrap"
    broken.write_text("#!/bin/sh\necho 'No permissions to create new namespace' >&2\nexit 1\n")
    broken.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    jail.missing.cache_clear()
    try:
        assert "No permissions to create new namespace" in jail.missing()
        assert "user.max_user_namespaces" in jail.missing()
    finally:
        jail.missing.cache_clear()


@needs_isolation
def test_it_works_without_being_root(tmp_path):
    if os.geteuid() == 0 and not readable_by_all(Path(sys.executable).resolve()):
        pytest.skip("the interpreter lies where only root can read it")
    other = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    code = f"import sys; sys.path.insert(0, {str(ROOT)!r})\nfrom grader.kernels import jail\nprint([jail.missing()])"
    told = subprocess.run(
        [*(other if os.geteuid() == 0 else []), sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        cwd="/",
    )
    assert told.stdout.strip() == "['']"


def readable_by_all(file):
    return all(one.stat().st_mode & stat.S_IXOTH for one in file.parents)


# The parts


def decided(machine, number, *arguments, architecture=None):
    """Return what a filter decides about a call, by following its steps."""
    column = linux.MACHINES.index(machine)
    given = [*arguments, *[0] * (6 - len(arguments))]
    data = struct.pack("<IIQ6Q", number, architecture or syscalls._ARCHITECTURES[column], 0, *given)
    steps, place, held = syscalls.program(machine), 0, 0
    while True:
        operation, true, false, operand = steps[place]
        place += 1
        if operation == syscalls._LOAD:
            [held] = struct.unpack_from("<I", data, operand)
        elif operation == syscalls._RETURN:
            return operand
        else:
            holds = {
                syscalls._EQUAL: held == operand,
                syscalls._AT_LEAST: held >= operand,
                syscalls._ANY_OF: held & operand,
            }
            place += true if holds[operation] else false


@pytest.mark.parametrize("machine", linux.MACHINES)
def test_the_filter_decides_alike_on_every_machine(machine):
    column = linux.MACHINES.index(machine)
    fails = syscalls._fails
    allowed = {"x86_64": (0, 1, 2, 9, 257), "aarch64": (56, 63, 64, 222)}[machine]
    assert {decided(machine, number) for number in allowed} == {syscalls._ALLOW}
    for calls, number in ((syscalls._REFUSED, errno.EPERM), (syscalls._ABSENT, errno.ENOSYS)):
        known = [one[column] for one in calls.values() if one[column] is not None]
        assert {decided(machine, one) for one in known} == {fails(number)}
    clone, control, opening = (
        one[column] for one in (syscalls._CLONE, syscalls._IOCTL, syscalls._SOCKET)
    )
    assert decided(machine, clone, signal.SIGCHLD) == syscalls._ALLOW
    assert decided(machine, clone, 0x3D0F00) == syscalls._ALLOW
    assert decided(machine, clone, linux.NEW_USERS | signal.SIGCHLD) == fails(errno.EPERM)
    assert decided(machine, control, 1, 0x5413) == syscalls._ALLOW
    assert decided(machine, control, 1, 0x5412) == fails(errno.EPERM)
    assert decided(machine, opening, socket.AF_UNIX) == syscalls._ALLOW
    assert decided(machine, opening, socket.AF_PACKET) == fails(errno.EAFNOSUPPORT)
    assert decided(machine, 0, architecture=0x4000_0003) == syscalls._KILL
    assert decided(machine, 0x4000_0000) == fails(errno.ENOSYS)


@pytest.mark.skipif(not confine.landlock(), reason="the system has no Landlock")
def test_landlock_alone_keeps_writing_to_the_named_folders(tmp_path):
    (tmp_path / "mine").mkdir()
    child = os.fork()
    if child == 0:
        code = 1
        try:
            linux.prctl(linux.NO_NEW_PRIVILEGES, 1)
            assert confine.keep_to([str(tmp_path / "mine")])
            (tmp_path / "mine" / "x").write_text("x")
            with contextlib.suppress(PermissionError):
                (tmp_path / "x").write_text("x")
                raise AssertionError
            (tmp_path / "mine" / "x").read_text()
            code = 0
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert not (tmp_path / "x").exists()


def test_a_kernels_family_is_all_that_descends_from_it():
    processes = {
        number: Process(parent, 1, 10, 0.5)
        for number, parent in {2: 1, 3: 2, 4: 3, 5: 2, 6: 1, 7: 6}.items()
    }
    assert watch.families(processes, [2, 6, 9]) == {2: [2, 3, 5, 4], 6: [6, 7], 9: []}


def test_the_watch_names_the_limit_that_is_over():
    limits = {"processes": 2, "cpu_seconds": 5, "memory": 100}
    family = {7: Process(1, 3, 40, 2.0), 8: Process(1, 3, 40, 2.0)}

    def excess(measured=None, **changed):
        return watch.excess(family, {**limits, **changed}, lambda _processes: measured)

    assert excess() == ""
    assert excess(processes=1) == "processes"
    assert excess(cpu_seconds=3) == "cpu_seconds"
    assert watch.excess({1: Process(0, 9, 0, 0)}, limits, lambda _processes: 0) == "processes"
    # memory that is shared counts once, and what is not known yet is no reason
    assert excess(memory=79, measured=80) == "memory"
    assert excess(memory=79, measured=60) == ""
    assert excess(memory=79, measured=None) == ""


def test_memory_that_cannot_be_measured_in_time_is_too_much(monkeypatch):
    waiting = threading.Event()
    monkeypatch.setattr(watch, "own_memory", lambda _number: waiting.wait(60) * 5)
    measuring = watch.Measuring()
    assert measuring([1, 2]) is None
    monkeypatch.setattr(watch, "_PATIENCE", -1)
    assert measuring([1, 2]) == math.inf
    waiting.set()
    measuring._thread.join()
    assert measuring([1, 2]) == 10


def test_this_process_is_among_those_that_run():
    mine = watch.running()[os.getpid()]
    assert mine.parent == os.getppid()
    assert mine.memory > MIB
    assert mine.cpu > 0
    assert MIB < watch.own_memory(os.getpid()) < 2 * mine.memory
    assert watch.own_memory(0) == 0


# Scratch


@pytest.fixture
def both(tmp_path):
    """A folder, and an empty one as scratch with a descriptor of it."""
    (tmp_path / "from").mkdir()
    (tmp_path / "scratch").mkdir()
    opened = os.open(tmp_path / "scratch", os.O_RDONLY)
    yield tmp_path / "from", tmp_path / "scratch", opened
    os.close(opened)


def names(folder):
    return sorted(str(one.relative_to(folder)) for one in folder.rglob("*") if not one.is_dir())


def test_regular_files_are_copied_without_notebooks_links_and_special_files(both, tmp_path):
    folder, place, opened = both
    (tmp_path / "secret").write_text(SECRET)
    (folder / "deep" / "er").mkdir(parents=True)
    (folder / "deep" / "er" / "data.csv").write_text("1")
    (folder / "other.ipynb").write_text("{}")
    (folder / "link.csv").symlink_to(tmp_path / "secret")
    (folder / "linked").symlink_to(tmp_path)
    os.mkfifo(folder / "pipe")
    scratch.copy_in(folder, opened, MIB)
    assert names(place) == ["deep/er/data.csv"]


def test_what_does_not_fit_is_left_out_the_largest_first(both):
    folder, place, opened = both
    for name, size in {"a": 6000, "b": 10, "c": 4097}.items():
        (folder / name).write_bytes(bytes(size))
    scratch.copy_in(folder, opened, 3 * 4096)
    assert names(place) == ["b", "c"]


def test_only_small_files_that_are_new_or_changed_come_back(both):
    folder, place, opened = both
    for name in ("same.csv", "changed.csv"):
        (folder / name).write_text("before")
    known = scratch.copy_in(folder, opened, MIB)
    (place / "changed.csv").write_text("behind")
    os.utime(place / "changed.csv", (1, 1))
    (place / "charts").mkdir()
    (place / "charts" / "one.svg").write_text("<svg/>")
    (place / "large.bin").write_bytes(bytes(scratch.MOST_BACK + 1))
    (place / "other.ipynb").write_text("{}")
    (place / "timestamp.txt").write_text("2099-01-01")
    (place / "odd\nname").write_text("x")
    os.mkfifo(place / "pipe")
    (place / "link").symlink_to("/etc/passwd")
    (folder / "same.csv").write_text("touched outside")
    assert scratch.bring_back(opened, folder, known) == ["changed.csv", "charts/one.svg"]
    assert names(folder) == ["changed.csv", "charts/one.svg", "same.csv"]
    assert (folder / "changed.csv").read_text() == "behind"
    assert (folder / "same.csv").read_text() == "touched outside"


def test_nothing_comes_back_through_a_link(both, tmp_path):
    folder, place, opened = both
    known = scratch.copy_in(folder, opened, MIB)
    (tmp_path / "victim").mkdir()
    (tmp_path / "victim.txt").write_text("safe")
    (folder / "inner").symlink_to(tmp_path / "victim")
    (folder / "file").symlink_to(tmp_path / "victim.txt")
    (place / "inner").mkdir()
    (place / "inner" / "x").write_text("attack")
    (place / "file").write_text("attack")
    assert scratch.bring_back(opened, folder, known) == []
    assert names(tmp_path / "victim") == []
    assert (tmp_path / "victim.txt").read_text() == "safe"
