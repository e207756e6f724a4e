"""The client of kernels takes in no more than it was told to, and every wait of it ends."""

import json
import os
import select
import socket
import struct
import sys
import threading
from contextlib import suppress
from pathlib import Path

import pytest
import zmq
from jupyter_client.session import Session

from grader.kernels import client as clients
from grader.kernels.client import Kernel
from grader.kernels.cold import ColdKernel
from grader.kernels.ending import (
    KernelBabbling,
    KernelEnded,
    KernelFlooding,
    KernelNotStarted,
    KernelSilent,
)
from grader.kernels.messages import MOST_BRACKETS, MOST_DEPTH, CarefulSession, Unreadable, unpacked
from grader.kernels.wire import MOST_PARTS, Wire, WireBroken, WireFull

KEY = b"a key"
QUIET = ("--HistoryManager.hist_file=:memory:", "--IPKernelApp.log_level=ERROR")
GREETING = b"\xff" + bytes(8) + b"\x7f\x03\x00" + b"NULL".ljust(20, b"\0") + bytes(32)
READY = b"\x04\x1a\x05READY\x0bSocket-Type\x00\x00\x00\x04XPUB"


def place_of(folder):
    return {"transport": "ipc", "ip": str(folder / "s"), "shell_port": 1, "iopub_port": 2}


def everything(wire, count=1, most=1 << 30):
    """Return the next messages of a wire."""
    found = wire.receive(most)[1]
    while len(found) < count:
        assert select.select([wire], [], [], 10)[0], "nothing comes"
        found += wire.receive(most)[1]
    return found


@pytest.fixture
def peer(tmp_path):
    """Return a wire to a peer that sends what is given to it after the handshake."""
    ended = []

    def play(*sent, greeting=GREETING, ready=READY, seconds=10):
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(str(tmp_path / "s-2"))
        listener.listen()
        done = threading.Event()

        def serve():
            connection, _address = listener.accept()
            with connection, listener:
                # A wire that refuses hangs up at once, be it in the middle of the greeting.
                with suppress(ConnectionError):
                    for data in (greeting, ready, *sent):
                        connection.sendall(data)
                done.wait(60)

        thread = threading.Thread(target=serve)
        thread.start()
        ended.append(thread.join)
        ended.append(done.set)
        wire = Wire(place_of(tmp_path), "iopub", seconds)
        ended.append(wire.close)
        return wire

    yield play
    for end in reversed(ended):
        end()


def frame(body, flags=0):
    return struct.pack(">BQ", flags | 2, len(body)) + body


class TestWire:
    def test_it_speaks_with_the_sockets_of_zeromq(self, tmp_path):
        with zmq.Context() as context, context.socket(zmq.ROUTER) as router:
            router.bind(f"ipc://{tmp_path / 's-1'}")
            wire = Wire(place_of(tmp_path), "shell", 10)
            sent = [b"", b"short", b"x" * 255, b"y" * 256, b"z" * 3_000_000]
            thread = threading.Thread(target=lambda: wire.send(sent, 10))
            thread.start()
            identity, *got = router.recv_multipart()
            thread.join()
            assert got == sent
            router.send_multipart([identity, *reversed(sent)])
            router.send_multipart([identity, b"second"])
            assert everything(wire, 2) == [sent[::-1], [b"second"]]
            wire.close()

    def test_it_subscribes_to_everything(self, tmp_path):
        with zmq.Context() as context, context.socket(zmq.XPUB) as publisher:
            publisher.bind(f"ipc://{tmp_path / 's-2'}")
            wire = Wire(place_of(tmp_path), "iopub", 10)
            assert publisher.recv() == b"\x01"
            publisher.send_multipart([b"topic", b"news"])
            assert everything(wire) == [[b"topic", b"news"]]
            wire.close()

    def test_a_part_larger_than_what_may_come_is_refused_before_it_comes(self, peer):
        wire = peer(struct.pack(">BQ", 2, 1 << 40))
        with pytest.raises(WireFull):
            everything(wire, most=1 << 20)

    def test_a_message_of_endless_parts_is_refused(self, peer):
        wire = peer(b"\x01\x00" * (MOST_PARTS + 1))
        with pytest.raises(WireBroken, match="parts"):
            everything(wire)

    def test_what_is_no_frame_is_refused(self, peer):
        wire = peer(b"HTTP/1.1 200 OK\r\n")
        with pytest.raises(WireBroken, match="flags"):
            everything(wire)

    def test_commands_are_passed_over(self, peer):
        wire = peer(b"\x04\x07\x04PING\x00\x00", frame(b"news"))
        assert everything(wire) == [[b"news"]]

    @pytest.mark.parametrize(
        "greeting",
        [
            b"SSH-2.0-OpenSSH_9.2".ljust(64, b" "),
            GREETING[:12] + b"CURVE".ljust(20, b"\0") + bytes(32),
            GREETING[:10] + b"\x02" + GREETING[11:],
        ],
    )
    def test_somebody_else_is_refused(self, peer, greeting):
        with pytest.raises(WireBroken):
            peer(greeting=greeting)

    def test_nobody_waits_for_one_who_says_nothing(self, peer):
        with pytest.raises(TimeoutError):
            peer(greeting=b"", ready=b"", seconds=0.1)

    def test_nobody_waits_for_one_who_takes_nothing(self, peer):
        wire = peer()
        with pytest.raises(WireBroken, match="accepted"):
            wire.send([b"x" * 10_000_000], 0.1)


def signed(content, *, key=KEY, header=None, **changes):
    """Return a message as a kernel with this key sends it."""
    session = Session(key=key)
    message = session.msg("stream", {})
    message["header"].update(header or {})
    parts = session.serialize(message)
    for name, number in (("parent", 3), ("metadata", 4)):
        if name in changes:
            parts[number] = changes[name]
    parts[5] = content if isinstance(content, bytes) else json.dumps(content).encode()
    parts[1] = session.sign(parts[2:6])
    return parts


class TestMessages:
    @pytest.fixture
    def session(self):
        return CarefulSession(KEY)

    def test_an_honest_message_is_read(self, session):
        message = session.read(signed({"name": "stdout", "text": "你好"}), 1000)
        assert message["msg_type"] == "stream"
        assert message["content"] == {"name": "stdout", "text": "你好"}

    def test_ids_of_requests_cannot_be_guessed(self, session):
        ids = {session.msg("execute_request", {})["msg_id"] for _ in range(50)}
        assert len(ids) == 50
        assert not any(session.session in one for one in ids)

    def test_a_message_that_came_before_is_refused(self, session):
        parts = signed({})
        session.read(parts, 1000)
        with pytest.raises(Unreadable, match="Duplicate"):
            session.read(parts, 1000)

    def test_too_large_a_content_is_not_read_and_the_message_still_counts(self, session):
        message = session.read(signed({"text": "x" * 2000}), 1000)
        assert message["content"] is None
        assert message["msg_type"] == "stream"

    @pytest.mark.parametrize(
        "parts",
        [
            [],
            [b"<IDS|MSG>"],
            [b"<IDS|MSG>", b"", b"{}", b"{}", b"{}", b"{}"],
            signed({}, key=b"another"),
            signed({})[:4],
            signed(b"[1, 2]"),
            signed(b"null"),
            signed(b"{"),
            signed(b'{"a": NaN}'),
            signed(b'{"a": %s}' % (b"1" * 5000)),
            signed(b"[" * 100_000 + b"]" * 100_000),
            signed(b'{"a":' * 101 + b"1" + b"}" * 101),
            signed(b'{"a": [%s{}]}' % (b"[]," * MOST_BRACKETS)),
            signed({}, parent=b"[]"),
            signed({}, parent=b'"me"'),
            signed({}, metadata=b'{"a": "%s"}' % (b"x" * 100_000)),
            signed({}, header={"msg_type": ["stream"]}),
            signed({}, header={"version": {"a": 1}}),
            signed({}, header={"version": "4.0", "msg_type": {}}),
        ],
        ids=range(19),
    )
    def test_what_no_honest_kernel_sends_is_refused(self, session, parts):
        with pytest.raises(Unreadable):
            session.read(parts, 10_000_000)

    def test_depth_is_counted_exactly(self):
        def nested(levels):
            return b"[" * levels + b"]" * levels + b" "

        assert unpacked(nested(MOST_DEPTH))
        with pytest.raises(ValueError, match="deep"):
            unpacked(nested(MOST_DEPTH + 1))
        wide = json.dumps([[[1]] for _ in range(MOST_DEPTH)]).encode()
        assert len(unpacked(wide)) == MOST_DEPTH

    def test_half_a_character_does_not_get_into_a_notebook(self):
        assert unpacked(rb'{"a": "x\ud800y", "b": "\ud83d\ude00"}') == {"a": "x?y", "b": "😀"}
        assert unpacked(b'"\xff"') == "\N{REPLACEMENT CHARACTER}"


def said(messages):
    """Return the types of messages and what was printed."""
    text = "".join(m["content"].get("text", "") for m in messages if m["content"])
    return [message["msg_type"] for message in messages], text


@pytest.fixture
def start(tmp_path):
    """Start kernels that end with the test."""
    started = []

    def one(**more):
        started.append(Kernel(tmp_path, dict(os.environ), isolated=False, arguments=QUIET, **more))
        return started[-1]

    yield one
    for kernel in started:
        kernel.close()


SPEAK = """
import json, time
kernel = get_ipython().kernel
def say(kind, content, parent=None, channel=kernel.iopub_socket):
    parent = kernel.get_parent() if parent is None else {"header": {"msg_id": parent}}
    kernel.session.send(channel, kind, content, parent=parent)
import inspect
def answer(content):
    frame = inspect.currentframe()
    while frame.f_code.co_name != "execute_request":
        frame = frame.f_back
    stream, ident = frame.f_locals["stream"], frame.f_locals["ident"]
    kernel.session.send(stream, "execute_reply", content, parent=kernel.get_parent(), ident=ident)
"""


@pytest.mark.kernel
class TestKernel:
    def test_it_says_what_it_is_and_executes_one_cell_after_the_other(self, start):
        kernel, messages = start(), []
        assert kernel.info["language_info"]["name"] == "python"
        assert kernel.execute("x = 6", messages.append, 60)["content"]["status"] == "ok"
        messages.clear()
        reply = kernel.execute("print(x * 7)\n1 / 0", messages.append, 60)
        assert (reply["content"]["status"], reply["content"]["ename"]) == (
            "error",
            "ZeroDivisionError",
        )
        kinds, text = said(messages)
        assert kinds == ["status", "execute_input", "stream", "error", "status"]
        assert text == "42\n"
        assert not kernel.late

    def test_it_works_in_the_folder_and_the_environment_that_it_is_given(self, tmp_path):
        with Kernel(tmp_path, {**os.environ, "MARK": "我"}, isolated=False) as kernel:
            messages = []
            kernel.execute("import os; print(os.getcwd(), os.environ['MARK'])", messages.append, 60)
        assert said(messages)[1] == f"{tmp_path} 我\n"

    def test_code_that_takes_too_long_is_interrupted_and_the_next_runs(self, start):
        kernel, messages = start(), []
        reply = kernel.execute("import time; time.sleep(600)", messages.append, 0.5)
        assert kernel.late
        assert reply["content"]["ename"] == "KeyboardInterrupt"
        kernel.execute("print('on')", messages.append, 60)
        assert not kernel.late
        assert said(messages)[1] == "on\n"

    @pytest.mark.parametrize(
        "code",
        [
            "while True:\n    try:\n        time.sleep(600)\n    except BaseException:\n        pass",
            "import os, signal\nos.kill(os.getpid(), signal.SIGSTOP)",
            "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\ntime.sleep(600)",
            # an answer without an end
            "answer({'status': 'ok'})\ntime.sleep(600)",
        ],
    )
    def test_code_that_goes_on_is_silent(self, start, code):
        kernel = start(patience=0.5)
        kernel.execute(SPEAK, lambda _message: None, 60)
        with pytest.raises(KernelSilent, match="did not stop"):
            kernel.execute(code, lambda _message: None, 0.5)

    @pytest.mark.parametrize(
        "code",
        [
            "import os\nos._exit(0)",
            "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)",
            "import ctypes\nctypes.string_at(0)",
            # the child keeps the connections open
            "import os, time\nif os.fork():\n    os._exit(0)\ntime.sleep(600)",
        ],
    )
    def test_the_end_of_a_kernel_is_seen_and_what_it_said_before_counts(self, start, code):
        kernel, messages = start(), []
        before = "print('x' * 1_000_000, flush=True)\nimport time\ntime.sleep(0.5)\n"
        with pytest.raises(KernelEnded, match="the kernel ended while a cell was running"):
            kernel.execute(before + code, messages.append, 60)
        assert said(messages)[1].startswith("x" * 1_000_000)

    def test_a_kernel_that_hangs_up_has_ended(self, start):
        kernel = start()
        with pytest.raises(KernelEnded):
            kernel.execute(
                "import os\nfor number in range(3, 200):\n    try:\n        os.close(number)\n"
                "    except OSError:\n        pass\nwhile True:\n    pass",
                lambda _message: None,
                60,
            )

    def test_the_reason_of_a_watch_is_passed_on(self):
        assert str(KernelEnded("it started more than 64 processes")) == (
            "the kernel was ended: it started more than 64 processes"
        )

    @pytest.mark.parametrize(
        "code",
        [
            "print('x' * 5_000_000)",
            "while True:\n    print('x' * 1000, flush=True)",
            "while True:\n    say('comm_msg', {'comm_id': 'a', 'data': {}})",
            "while True:\n    say('status', {'execution_state': 'busy'}, parent='other')",
            "kernel.iopub_socket.send_multipart([b'x' * 1000] * 4000)\nprint('x' * 200_000)",
        ],
    )
    def test_a_flood_ends_when_it_reaches_the_limit(self, start, code):
        kernel = start(most=4_000_000)
        kernel.execute(SPEAK, lambda _message: None, 60)
        with pytest.raises(KernelFlooding, match="more than 4000000 bytes"):
            kernel.execute(code, lambda _message: None, 60)

    @pytest.mark.parametrize(
        "sent",
        [
            "[b'<IDS|MSG>', b'', b'{}', b'{}', b'{}', b'{}']",
            "[b'nothing']",
            "[b'a'] * 5000",
            "[b'<IDS|MSG>', b'0' * 64, b'{}', b'{}', b'{}', b'{}']",
        ],
    )
    def test_a_message_that_is_not_signed_is_the_last(self, start, sent):
        kernel = start()
        code = f"get_ipython().kernel.iopub_socket.send_multipart({sent})\nwhile True:\n    pass"
        with pytest.raises(KernelBabbling, match="cannot be read"):
            kernel.execute(code, lambda _message: None, 60)

    def test_a_message_of_too_many_levels_is_the_last(self, start):
        kernel = start()
        kernel.execute(SPEAK, lambda _message: None, 60)
        deep = "say('display_data', {'data': json.loads('[' * 150 + ']' * 150), 'metadata': {}})"
        with pytest.raises(KernelBabbling, match="nested"):
            kernel.execute(deep, lambda _message: None, 60)

    def test_messages_for_other_requests_do_not_count(self, start):
        kernel, messages = start(), []
        kernel.execute(SPEAK, lambda _message: None, 60)
        first = kernel.execute("1", lambda _message: None, 60)["parent_header"]["msg_id"]
        forged = {"name": "stdout", "text": "forged"}
        code = (
            f"for parent in ({first!r}, 'x', 7, None):\n    say('stream', {forged}, parent=parent)"
        )
        code = code.replace("None)", "'')") + "\nprint('mine')"
        kernel.execute(code, messages.append, 60)
        assert said(messages)[1] == "mine\n"

    def test_an_end_before_its_time_costs_what_comes_after_it(self, start):
        kernel, messages = start(), []
        kernel.execute(SPEAK, lambda _message: None, 60)
        code = "print('a', flush=True)\nsay('status', {'execution_state': 'idle'})\nprint('b')"
        reply = kernel.execute(code, messages.append, 60)
        assert reply["content"]["status"] == "ok"
        assert said(messages)[1] == "a\n"
        messages.clear()
        kernel.execute("print('c')", messages.append, 60)
        assert said(messages)[1] == "c\n"

    def test_a_content_that_is_too_large_is_none(self, start):
        kernel, messages = start(most_at_once=100_000), []
        kernel.execute("print('x' * 200_000)\nprint('y')", messages.append, 60)
        assert next(m["content"] for m in messages if m["msg_type"] == "stream") is None

    def test_a_kernel_can_be_asked_to_end_twice(self, start):
        kernel = start()
        kernel.close()
        kernel.close()

    def test_nothing_stays_open(self, start):
        start().close()
        before = len(list(Path("/proc/self/fd").iterdir()))
        for _ in range(3):
            start().close()
        assert len(list(Path("/proc/self/fd").iterdir())) <= before

    def test_where_none_can_be_forked_a_cold_one_gives_the_same(self, start, monkeypatch):
        monkeypatch.setattr(clients, "start", lambda *_args, **_more: None)
        kernel, messages = start(), []
        assert isinstance(kernel._process, ColdKernel)
        kernel.execute("print(6 * 7)", messages.append, 60)
        assert said(messages) == (["status", "execute_input", "stream", "status"], "42\n")
        reply = kernel.execute("import time; time.sleep(600)", messages.append, 0.5)
        assert reply["content"]["ename"] == "KeyboardInterrupt"
        with pytest.raises(KernelEnded):
            kernel.execute("import os; os._exit(1)", messages.append, 60)

    def test_a_kernel_that_does_not_start_says_so_and_is_no_zero(self, tmp_path, monkeypatch):
        tried = []

        def broken(*_args, **_more):
            tried.append(1)
            raise OSError("no room")

        monkeypatch.setattr(clients, "start", broken)
        with pytest.raises(KernelNotStarted, match=r"no room\. Grade this submission again"):
            Kernel(tmp_path, dict(os.environ), isolated=False)
        assert len(tried) == 2

    def test_a_kernel_that_ends_at_its_start_is_tried_once_more(self, tmp_path, monkeypatch):
        monkeypatch.setattr(clients, "start", lambda *_args, **_more: None)
        monkeypatch.setattr(sys, "executable", "/bin/false")
        with pytest.raises(KernelNotStarted, match="ended"):
            Kernel(tmp_path, dict(os.environ), isolated=False)

    def test_its_children_end_with_it(self, start):
        kernel, messages = start(), []
        code = "import subprocess\nprint(subprocess.Popen(['sleep', '600']).pid)"
        kernel.execute(code, messages.append, 60)
        child = int(said(messages)[1])
        kernel.close()
        stat = Path(f"/proc/{child}/stat")
        assert not stat.is_file() or ") Z " in stat.read_text()
