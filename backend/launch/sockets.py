"""Where the embedded servers listen: Unix sockets in closed folders, so no port can collide."""

import errno
import hashlib
import os
import socket
import stat
import tempfile
from pathlib import Path

from backend.launch.errors import LaunchError

# sockaddr_un holds 108 bytes; the longest name in the folder is PostgreSQL's ".s.PGSQL.5432.lock".
LONGEST_FOLDER = 107 - len("/.s.PGSQL.5432.lock")


def socket_folder(beside: Path, uid: int, gid: int) -> Path:
    """A folder (0700, owned by uid) for the socket of the server whose data are in `beside`.

    It lies next to the data; a path too long for a socket address gets a short, always equal one in the
    system's folder for temporary files.
    """
    folder = beside.with_name(beside.name + ".run").absolute()
    if len(os.fsencode(folder)) > LONGEST_FOLDER:
        digest = hashlib.sha256(os.fsencode(folder)).hexdigest()[:12]
        folder = Path(tempfile.gettempdir()) / f"offerloop-{uid}-{digest}"
    own_folder(folder, uid, gid)
    return folder


def own_folder(folder: Path, uid: int, gid: int) -> None:
    """Create `folder` for one user alone, or make sure that an existing one is just that."""
    try:
        folder.mkdir(mode=0o700)
        if os.geteuid() == 0:
            os.chown(folder, uid, gid)
        return
    except FileExistsError:
        status = folder.lstat()
    except OSError as error:
        raise LaunchError(f"Не удаётся создать папку {folder}: {error.strerror}.") from error
    if not stat.S_ISDIR(status.st_mode):
        raise LaunchError(f"{folder} — не папка; удалите или переименуйте этот файл.")
    if status.st_uid != uid:
        if os.geteuid() != 0:
            raise LaunchError(f"Папка {folder} принадлежит другому пользователю (uid {status.st_uid}); удалите её.")
        os.chown(folder, uid, gid, follow_symlinks=False)
    if stat.S_IMODE(status.st_mode) != 0o700:
        folder.chmod(0o700)


def port_is_free(port: int, host: str = "127.0.0.1") -> bool:
    """True when a server could listen on host:port now. LaunchError when it never could."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return False
            raise LaunchError(f"Нельзя слушать {host}:{port}: {error.strerror}. Проверьте HOST и PORT.") from error
    return True


def next_free_port(first: int, host: str = "127.0.0.1", tries: int = 100) -> int:
    """`first`, or the next port above it that is free."""
    for port in range(first, min(first + tries, 65536)):
        if port_is_free(port, host):
            return port
    raise LaunchError(f"Все порты с {first} по {first + tries - 1} заняты.")
