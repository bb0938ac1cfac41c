"""The machine: Python, compiler, processor, memory, disk."""

import os
import resource
import shutil
import sys
from importlib.util import find_spec
from pathlib import Path

from backend.launch import bootstrap
from backend.launch.doctor.findings import Findings, broken, note, ok, warning
from backend.launch.doctor.place import Place

GIB = 2**30
LEAST_CORES = 2
LEAST_MEMORY, GOOD_MEMORY = 0.5 * GIB, 1.0 * GIB
"""Available: the parts take 0.6 GiB together, and the system needs some for its files."""
LEAST_DISK, GOOD_DISK = 1 * GIB, 5 * GIB
GOOD_DISK_SHARE = 0.1
LEAST_FILES = 1024
CGROUP = Path("/sys/fs/cgroup")


def python() -> Findings:
    version = sys.version_info[:2]
    words = f"{sys.version.split()[0]} ({sys.executable})"
    if bootstrap.OLDEST <= version <= bootstrap.NEWEST:
        yield ok("Python", words)
        return
    oldest, newest = (".".join(map(str, one)) for one in (bootstrap.OLDEST, bootstrap.NEWEST))
    yield broken("Python", words, f"нужен Python от {oldest} до {newest}: make run PYTHON=/путь/python3")


def packages(place: Place) -> Findings:
    """Whether the virtual environment holds what the lock file names, and what compiles the rest."""
    if not place.own_machine:
        yield note("Пакеты", "собраны в образе контейнера")
        return
    lock = bootstrap.ROOT / "requirements" / "run.lock"
    if bootstrap.read(bootstrap.stamp("run")) == bootstrap.digest(lock):
        yield ok("Пакеты", f"установлены по {lock.name}")
    else:
        yield warning("Пакеты", f"не те, что в {lock.name}", "make run установит недостающее")
    yield from compiler()


def compiler() -> Findings:
    """It is needed only to build llama-cpp-python."""
    if find_spec("llama_cpp") is not None:
        yield ok("Компилятор", "больше не нужен: llama-cpp-python уже собран")
        return
    try:
        bootstrap.check_compiler()
    except bootstrap.Problem as problem:
        yield broken("Компилятор", "его нет", str(problem))
        return
    yield warning("Компилятор", "есть, но llama-cpp-python ещё не собран", "make run соберёт его")


def cores() -> Findings:
    count = _cores()
    if count < LEAST_CORES:
        mend = f"нужно хотя бы {LEAST_CORES}: с меньшим числом полный вызов не уложится в срок"
        yield warning("Ядра", f"доступно {count:g}", mend)
        return
    yield ok("Ядра", f"доступно {count:g}")


def _cores() -> float:
    """What the scheduler and the container allow."""
    allowed = float(len(os.sched_getaffinity(0)))
    quota, _, period = _read(CGROUP / "cpu.max").partition(" ")
    return min(allowed, float(quota) / float(period)) if quota.isdigit() and period.strip().isdigit() else allowed


def memory() -> Findings:
    free, whole = _memory()
    words = f"свободно {free / GIB:.1f} из {whole / GIB:.1f} ГиБ"
    if free < LEAST_MEMORY:
        yield broken("Память", words, "освободите память: модель, API, обработчики и база занимают около 0,6 ГиБ")
    elif free < GOOD_MEMORY:
        yield warning("Память", words, "мало: дообучению и большим рассылкам её может не хватить")
    else:
        yield ok("Память", words)


def _memory() -> tuple[float, float]:
    """Available and whole bytes, of the machine or of the container where that has less."""
    lines = (line.split() for line in _read(Path("/proc/meminfo")).splitlines())
    found = {words[0]: float(words[1]) * 1024 for words in lines if len(words) > 1}
    free, whole = found["MemAvailable:"], found["MemTotal:"]
    limit, used = _read(CGROUP / "memory.max"), _read(CGROUP / "memory.current")
    if limit.isdigit() and used.isdigit():
        taken = float(used) - _droppable(CGROUP / "memory.stat")
        whole, free = min(whole, float(limit)), min(free, float(limit) - taken)
    return free, whole


def _droppable(statistics: Path) -> float:
    """Bytes of files that the kernel keeps in memory until somebody needs it: they count as used, near the limit."""
    lines = (line.split() for line in _read(statistics).splitlines())
    return sum(float(words[1]) for words in lines if words[:1] == ["inactive_file"])


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii").strip()
    except OSError:
        return ""


def disk(place: Place) -> Findings:
    """Where VAR_DIR lies, and whether it can be written."""
    folder = place.plan.var_dir
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    if not os.access(existing, os.W_OK):
        yield broken("Диск", f"в {existing} нельзя писать", "дайте права на запись или укажите другую папку: VAR_DIR")
    usage = shutil.disk_usage(existing)
    words = f"свободно {usage.free / GIB:.1f} из {usage.total / GIB:.1f} ГиБ ({existing})"
    if usage.free < LEAST_DISK:
        yield broken("Диск", words, "освободите место: базе и рассылкам некуда писать")
    elif usage.free < min(GOOD_DISK, GOOD_DISK_SHARE * usage.total):
        yield warning("Диск", words, "освободите место или перенесите VAR_DIR")
    else:
        yield ok("Диск", words)


def open_files() -> Findings:
    limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if 0 <= limit < LEAST_FILES:
        yield warning("Открытые файлы", f"процессу разрешено {limit}", f"поднимите предел: ulimit -n {LEAST_FILES}")
        return
    yield ok("Открытые файлы", f"процессу разрешено {limit if limit >= 0 else 'сколько угодно'}")
