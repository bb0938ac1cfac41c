"""The supervisor restarts what falls and stops everything in order."""

import io
import os
import signal
import socket
import sys
import threading
from pathlib import Path

import pytest

from backend.launch.console import Console
from backend.launch.errors import LaunchError
from backend.launch.logs import BURST, LogWatch, important
from backend.launch.processes import Child
from backend.launch.supervisor import LONGEST_DELAY_S, Part, StopRequested, Supervisor
from tests.launch.conftest import until

# Real little programs: they say that they are ready, and note how they were ended.
OBEDIENT = """
import pathlib, signal, sys
def end(*_):
    with open(sys.argv[1], 'a') as notes: notes.write(sys.argv[2] + '\\n')
    sys.exit(0)
signal.signal(signal.SIGTERM, end)
pathlib.Path(sys.argv[1] + '.' + sys.argv[2]).touch()
signal.pause()
"""
STUBBORN = """
import pathlib, signal, sys
signal.signal(signal.SIGTERM, signal.SIG_IGN)
pathlib.Path(sys.argv[1] + '.' + sys.argv[2]).touch()
while True: signal.pause()
"""
WITH_CHILD = """
import pathlib, subprocess, sys
child = subprocess.Popen(['sleep', '600'])
pathlib.Path(sys.argv[1] + '.' + sys.argv[2]).write_text(str(child.pid))
child.wait()
"""


@pytest.fixture
def supervisor():
    supervisor = Supervisor(Console(io.StringIO()))
    yield supervisor
    supervisor.stop_all()


def part(folder: Path, name: str, program: str = OBEDIENT, patience: float = 20.0) -> Part:
    notes = folder / "notes"
    child = Child(
        name,
        [sys.executable, "-c", program, str(notes), name],
        folder / f"{name}.log",
        stop_with=((signal.SIGTERM, patience), (signal.SIGKILL, 5.0)),
    )
    ready = notes.with_name(f"notes.{name}")
    return Part(name, child, ready.exists, 20.0)


def printed(supervisor: Supervisor) -> str:
    stream = supervisor.console._stream
    assert isinstance(stream, io.StringIO)
    return stream.getvalue()


def watch(supervisor: Supervisor) -> threading.Thread:
    """watch() in a thread of its own; the test asks it to stop."""
    thread = threading.Thread(target=supervisor.watch)
    thread.start()
    return thread


def test_stops_the_last_started_first(tmp_path: Path, supervisor: Supervisor) -> None:
    for name in ("database", "queue", "api"):
        one = part(tmp_path, name)
        supervisor.launch(one)
        supervisor.wait_ready(one)
    supervisor.stop_all()
    assert (tmp_path / "notes").read_text().split() == ["api", "queue", "database"]


def test_restarts_a_killed_child(tmp_path: Path, supervisor: Supervisor) -> None:
    one = part(tmp_path, "api")
    prepared = []
    one.before_start = lambda: prepared.append(1)
    supervisor.launch(one)
    supervisor.wait_ready(one)
    first = one.child.process
    assert first is not None
    os.kill(first.pid, signal.SIGKILL)
    first.wait()
    supervisor._tend(one)
    assert "сигнал SIGKILL" in printed(supervisor)
    assert one.restart_at is not None
    one.restart_at = 0.0
    supervisor._tend(one)
    assert one.child.running
    assert one.child.process is not first
    assert len(prepared) == 2


def test_pause_before_a_restart_doubles_up_to_a_limit(tmp_path: Path) -> None:
    one = part(tmp_path, "api")
    one.start()
    delays = [one.schedule_restart() for _ in range(10)]
    one.child.stop()
    assert delays[:4] == [0.5, 1.0, 2.0, 4.0]
    assert delays[-1] == LONGEST_DELAY_S


def test_steady_part_begins_with_the_shortest_pause(tmp_path: Path) -> None:
    one = part(tmp_path, "api")
    one.falls, one.started_at = 6, -1e9
    assert one.schedule_restart() == 0.5


def test_failing_start_is_tried_again(tmp_path: Path, supervisor: Supervisor) -> None:
    one = part(tmp_path, "api")
    supervisor.parts.append(one)
    one.start()
    one.child.stop()
    one.child.command = ["/no/such/program"]
    one.before_start = lambda: (_ for _ in ()).throw(LaunchError("папка занята."))
    one.restart_at = 0.0
    supervisor._tend(one)
    assert "не запускается: папка занята." in printed(supervisor)
    assert one.restart_at
    assert one.restart_at > 0


def test_watch_ends_when_asked(tmp_path: Path, supervisor: Supervisor) -> None:
    one = part(tmp_path, "api")
    supervisor.launch(one)
    supervisor.wait_ready(one)
    thread = watch(supervisor)
    supervisor._on_signal(signal.SIGTERM, None)
    thread.join(10)
    assert not thread.is_alive()


def test_stubborn_child_is_killed(tmp_path: Path, supervisor: Supervisor) -> None:
    one = part(tmp_path, "api", STUBBORN, patience=0.2)
    supervisor.launch(one)
    supervisor.wait_ready(one)
    assert one.child.stop() is False
    assert one.child.exit_code == -signal.SIGKILL


def test_nothing_of_a_child_survives_it(tmp_path: Path, supervisor: Supervisor) -> None:
    one = part(tmp_path, "worker", WITH_CHILD)
    supervisor.launch(one)
    supervisor.wait_ready(one)
    until(lambda: (tmp_path / "notes.worker").read_text() != "")
    grandchild = int((tmp_path / "notes.worker").read_text())
    assert one.child.process is not None
    one.child.process.kill()
    one.child.stop()
    until(lambda: _ended(grandchild))


def _ended(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


def test_children_end_with_a_killed_supervisor(tmp_path: Path) -> None:
    program = (
        "import sys, pathlib, signal; from backend.launch.processes import Child;"
        "child = Child('c', ['sleep', '600'], pathlib.Path(sys.argv[1])); child.start();"
        "print(child.process.pid, flush=True); signal.pause()"
    )
    outer = Child("outer", [sys.executable, "-c", program, str(tmp_path / "c.log")], tmp_path / "outer.log")
    outer.start()
    until(lambda: (tmp_path / "outer.log").read_text().strip() != "")
    inner = int((tmp_path / "outer.log").read_text())
    assert outer.process is not None
    outer.process.kill()
    outer.process.wait()
    until(lambda: _ended(inner))


def test_start_that_fails_shows_the_log(tmp_path: Path, supervisor: Supervisor) -> None:
    one = part(tmp_path, "model", "import sys; sys.exit('no weights here')")
    supervisor.launch(one)
    with pytest.raises(LaunchError, match=r"(?s)завершился.*no weights here"):
        supervisor.wait_ready(one)


def test_start_that_takes_too_long(tmp_path: Path, supervisor: Supervisor) -> None:
    one = part(tmp_path, "model")
    one.ready, one.start_s = (lambda: False), 0.3
    supervisor.launch(one)
    with pytest.raises(LaunchError, match="нет ответа"):
        supervisor.wait_ready(one)


def test_signal_interrupts_the_start(tmp_path: Path, supervisor: Supervisor) -> None:
    one = part(tmp_path, "model")
    one.ready = lambda: False
    supervisor.launch(one)
    supervisor.stop_requested = True
    with pytest.raises(StopRequested):
        supervisor.wait_ready(one)


def test_important_lines_reach_the_console(tmp_path: Path) -> None:
    log = tmp_path / "api.log"
    log.write_text("ERROR old\n")
    watch = LogWatch(log)
    watch.skip_to_end()
    with log.open("a") as file:
        file.write('INFO all is well\n{"level": "ERROR", "logger": "offers", "message": "no answer", "at": "x"}\nERR')
    assert watch.news() == ["ERROR offers: no answer"]
    with log.open("a") as file:
        file.write("OR whole now\n" + "WARNING flood\n" * 50)
    assert len(watch.news()) == BURST - 1


def test_database_that_is_starting_is_no_news() -> None:
    assert important("FATAL:  the database system is starting up") is None
    assert important("PANIC:  could not write") == "PANIC:  could not write"


def test_large_log_is_cut_while_it_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("backend.launch.logs.LARGEST_BYTES", 1000)
    log = tmp_path / "api.log"
    with log.open("a") as writer:
        writer.write("x" * 2000 + "\n")
        writer.flush()
        watch = LogWatch(log)
        watch.news()
        assert log.stat().st_size == 0
        assert (tmp_path / "api.log.1").stat().st_size == 2001
        writer.write("ERROR after\n")
        writer.flush()
        assert watch.news() == ["ERROR after"]


def test_port_of_the_model_is_the_next_free_one() -> None:
    from backend.launch.sockets import next_free_port, port_is_free

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert not port_is_free(port)
        assert next_free_port(port) > port
