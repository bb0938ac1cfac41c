"""Which account PostgreSQL runs under, and how a process is started under it.

PostgreSQL refuses to run as root, and root is what containers and CI have. Then it runs under an unprivileged
account that owns the data folder and nothing else. Folders above the data folder or above the binaries may be
closed to that account (/root is 0700): opening them would show them to every user of the machine, so the process
gets one Linux capability instead, CAP_DAC_READ_SEARCH, which lets it pass through folders but not write anything.
"""

import os
import pwd
import shutil
import stat
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from backend.launch.errors import LaunchError

# Bits of the capability sets in /proc/self/status (linux/capability.h).
CAPABILITIES = {"dac_override": 1, "dac_read_search": 2}
DEDICATED_USERS = ("offerloop", "postgres")
NOBODY = 65534


@dataclass(frozen=True)
class Account:
    """The user and group that a server runs under; `switched` is true when that is not the current user."""

    uid: int
    gid: int
    switched: bool


def server_account(data_dir: Path) -> Account:
    """The current user, or for root the owner of an existing data folder, a dedicated user, or `nobody`."""
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid(), switched=False)
    candidates = list(_unprivileged_accounts())
    if data_dir.exists():
        owner = data_dir.stat().st_uid
        candidates.sort(key=lambda account: account.uid != owner)
    return candidates[0]


def _unprivileged_accounts() -> Iterable[Account]:
    for name in DEDICATED_USERS:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        if entry.pw_uid != 0:
            yield Account(entry.pw_uid, entry.pw_gid, switched=True)
    yield Account(NOBODY, NOBODY, switched=True)


def user_name(uid: int) -> str:
    """Login name of a user for messages, or the bare number when the machine does not know it."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"uid {uid}"


def as_account(command: list[str], account: Account, needed: Iterable[Path]) -> list[str]:
    """`command` such that it runs under `account` and reaches every path of `needed`."""
    if not account.switched:
        return command
    if shutil.which("setpriv") is None:
        raise LaunchError(
            "PostgreSQL не запускается от root, а программы setpriv (пакет util-linux) на машине нет. "
            "Установите util-linux или запустите make run обычным пользователем."
        )
    prefix = ["setpriv", f"--reuid={account.uid}", f"--regid={account.gid}", "--clear-groups"]
    closed = [path for path in needed if not _reachable(path, account)]
    capability = _capability_for(closed) if closed else None
    grant = f"-all,+{capability}" if capability else "-all"
    prefix += [f"--inh-caps={grant}", f"--ambient-caps={grant}", f"--bounding-set={grant}"]
    if capability:
        # Without this bit access(2) ignores capabilities of a non-root user, and PostgreSQL, which checks its own
        # binary with access(2), would not find itself.
        prefix.append("--securebits=+no_setuid_fixup")
    return [*prefix, "--", *command]


def _reachable(path: Path, account: Account) -> bool:
    """True when `account` may enter every folder above `path` (and run it, if it is a program)."""
    resolved = path.resolve()
    if resolved.is_file() and not _allows(resolved, account, execute_only=False):
        return False
    return all(_allows(folder, account, execute_only=True) for folder in resolved.parents)


def _allows(path: Path, account: Account, execute_only: bool) -> bool:
    status = path.stat()
    shift = 6 if status.st_uid == account.uid else 3 if status.st_gid == account.gid else 0
    wanted = 0o1 if execute_only else 0o5
    return (stat.S_IMODE(status.st_mode) >> shift) & wanted == wanted


def _capability_for(closed: list[Path]) -> str:
    """The weakest capability that opens the way and that this process may hand on."""
    programs_closed = any(path.is_file() and not path.stat().st_mode & stat.S_IXOTH for path in closed)
    wanted = ("dac_override",) if programs_closed else ("dac_read_search", "dac_override")
    permitted = _permitted_capabilities()
    for name in wanted:
        if permitted >> CAPABILITIES[name] & 1:
            return name
    raise LaunchError(
        f"Папка {closed[0]} закрыта для пользователя, под которым должен работать PostgreSQL, а прав обойти это "
        "у процесса нет. Укажите VAR_DIR в доступной папке или запустите make run обычным пользователем."
    )


def _permitted_capabilities() -> int:
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("CapPrm:"):
            return int(line.split()[1], 16)
    return 0
