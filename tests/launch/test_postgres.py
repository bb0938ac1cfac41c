"""The embedded PostgreSQL survives what happens to it, and says what it cannot repair."""

import os
import signal
import stat
import subprocess
from pathlib import Path

import pytest
import sqlalchemy
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool

from backend.launch import account
from backend.launch.errors import LaunchError
from backend.launch.postgres import EmbeddedPostgres
from tests.launch.conftest import until

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the server under another account")


def ask(url: str, query: str) -> object:
    engine = sqlalchemy.create_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        result = connection.execute(sqlalchemy.text(query))
        return result.scalar() if result.returns_rows else None


def pid_of(server: EmbeddedPostgres) -> int:
    assert server.child is not None
    assert server.child.process is not None
    return server.child.process.pid


def test_starts_keeps_its_data_and_starts_again(server: EmbeddedPostgres) -> None:
    server.start()
    assert str(ask(server.url(), "SHOW server_version")).startswith("18.")
    assert ask(server.url(), "SELECT lower('ПЁТР') || pg_encoding_to_char(6)") == "пётрUTF8"
    assert ask(server.url(), "SHOW listen_addresses") == ""
    ask(server.url(), "CREATE TABLE kept AS SELECT 7 AS n")
    first_url = server.url()
    server.stop()
    with EmbeddedPostgres(server.data_dir, durable=False) as again:
        assert again.url() == first_url
        assert ask(again.url(), "SELECT n FROM kept") == 7


def test_never_runs_as_root_and_asks_for_the_password(server: EmbeddedPostgres) -> None:
    server.start()
    assert Path(f"/proc/{pid_of(server)}").stat().st_uid != 0
    wrong = sqlalchemy.make_url(server.url()).set(password="wrong")
    with pytest.raises(OperationalError, match="password authentication failed"):
        ask(wrong.render_as_string(hide_password=False), "SELECT 1")


def test_secrets_and_socket_are_closed_to_others(server: EmbeddedPostgres) -> None:
    server.start()
    secrets = server.data_dir.with_name("secrets")
    assert stat.S_IMODE(secrets.stat().st_mode) == 0o700
    assert stat.S_IMODE((secrets / "postgres-password").stat().st_mode) == 0o600
    assert stat.S_IMODE(server.socket_dir.stat().st_mode) == 0o700
    assert not list(server.socket_dir.glob("password*"))


def test_recovers_after_a_kill(server: EmbeddedPostgres) -> None:
    server.durable = True
    server.start()
    ask(server.url(), "CREATE TABLE kept AS SELECT 7 AS n")
    os.kill(pid_of(server), signal.SIGKILL)
    assert server.child is not None
    until(lambda: not server.child.running)
    with EmbeddedPostgres(server.data_dir, durable=False) as again:
        assert ask(again.url(), "SELECT n FROM kept") == 7


def test_lock_file_of_another_living_process_is_cleared(server: EmbeddedPostgres) -> None:
    """In a container the number of the dead server often belongs to somebody else after a restart."""
    server.start()
    server.stop()
    with subprocess.Popen(["sleep", "60"], user=server.account.uid if server.account.switched else None) as stranger:
        lock = server.data_dir / "postmaster.pid"
        lock.write_text(f"{stranger.pid}\n{server.data_dir}\n1700000000\n5432\n{server.socket_dir}\n\n", "utf-8")
        os.chown(lock, server.account.uid, server.account.gid)
        server.start()
        assert ask(server.url(), "SELECT 1") == 1
        stranger.kill()


def test_half_written_lock_file_is_cleared(server: EmbeddedPostgres) -> None:
    server.prepare()
    (server.data_dir / "postmaster.pid").write_text("", "utf-8")
    server.start()
    assert ask(server.url(), "SELECT 1") == 1


def test_server_whose_supervisor_is_gone_is_taken_over(server: EmbeddedPostgres) -> None:
    server.start()
    left_over = pid_of(server)
    with EmbeddedPostgres(server.data_dir, durable=False) as again:
        assert pid_of(again) != left_over
        assert ask(again.url(), "SELECT 1") == 1


def test_lost_password_is_replaced(server: EmbeddedPostgres) -> None:
    server.start()
    old_url = server.url()
    server.stop()
    (server.data_dir.with_name("secrets") / "postgres-password").unlink()
    server.start()
    assert server.url() != old_url
    assert ask(server.url(), "SELECT 1") == 1


def test_interrupted_creation_is_started_over(server: EmbeddedPostgres) -> None:
    unfinished = server.data_dir.with_name("postgres.init")
    unfinished.mkdir()
    (unfinished / "PG_VERSION").write_text("18\n", "ascii")
    server.start()
    assert ask(server.url(), "SELECT 1") == 1
    assert not unfinished.exists()


def test_other_major_version(server: EmbeddedPostgres) -> None:
    server.prepare()
    (server.data_dir / "PG_VERSION").write_text("16\n", "ascii")
    with pytest.raises(LaunchError, match="создана PostgreSQL 16, а здесь работает PostgreSQL 18"):
        server.start()


def test_folder_with_something_else_is_not_touched(server: EmbeddedPostgres) -> None:
    server.data_dir.mkdir()
    (server.data_dir / "diary.txt").write_text("mine", "utf-8")
    with pytest.raises(LaunchError, match="лежит что-то другое"):
        server.start()
    assert [path.name for path in server.data_dir.iterdir()] == ["diary.txt"]


@as_root
def test_wrong_owner(server: EmbeddedPostgres) -> None:
    server.prepare()
    os.chown(server.data_dir, 12345, 12345)
    with pytest.raises(LaunchError, match="принадлежит пользователю uid 12345"):
        EmbeddedPostgres(server.data_dir, durable=False).start()


def test_path_too_long_for_a_socket_address(tmp_path: Path) -> None:
    folder = tmp_path / ("long-" * 20)
    with EmbeddedPostgres(folder / "postgres", durable=False) as server:
        assert ask(server.url(), "SELECT 1") == 1
        assert len(str(server.socket_dir)) < 80


@as_root
@pytest.mark.parametrize("capability", ["dac_read_search", "dac_override"])
def test_closed_folder_above_stays_closed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capability: str) -> None:
    """As in /root: nobody else may enter, and that must remain so. Containers often have the second right only."""
    monkeypatch.setattr(account, "_permitted_capabilities", lambda: 1 << account.CAPABILITIES[capability])
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    with EmbeddedPostgres(closed / "var" / "postgres", durable=False) as server:
        assert ask(server.url(), "SELECT 1") == 1
        status = Path(f"/proc/{pid_of(server)}/status").read_text("ascii")
        bits = 1 << account.CAPABILITIES[capability]
        assert {line.split()[1] for line in status.splitlines() if line.startswith("Cap")} == {f"{bits:016x}"}
        assert str(account.NOBODY) in status or server.account.uid != account.NOBODY
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700
    assert closed.stat().st_uid == 0


@as_root
def test_no_right_to_pass_a_closed_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(account, "_permitted_capabilities", lambda: 0)
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    with pytest.raises(LaunchError, match="закрыта для пользователя"):
        EmbeddedPostgres(closed / "postgres", durable=False).start()


@as_root
def test_open_folders_need_no_capability(server: EmbeddedPostgres) -> None:
    command = account.as_account(["postgres"], server.account, [Path("/usr/bin/env")])
    assert "--ambient-caps=-all" in command
    assert not any("securebits" in word for word in command)
