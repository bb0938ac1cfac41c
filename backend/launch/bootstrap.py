"""`python3 backend/launch/bootstrap.py run|dev|train`: virtual environment and locked packages, for the Makefile.

It runs under the machine's own Python before anything is installed: standard library only, and a syntax that an
old Python still reads, so that it can say what is wrong. With `doctor` it does nothing but that.
"""

import hashlib
import os
import shutil
import signal
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
LOG = VENV / "install.log"
OLDEST, NEWEST = (3, 11), (3, 14)  # PostgreSQL's wheel exists for these
COVERS = {"run": ("run",), "dev": ("dev", "run"), "train": ("train", "run")}
COMPILED = "llama-cpp-python"
QUIET_LINE_S = 30.0


def main() -> int:
    wanted = sys.argv[1] if len(sys.argv) == 2 else ""
    if wanted not in (*COVERS, "doctor"):
        say("usage: bootstrap.py run|dev|train|doctor")
        return 2
    try:
        diagnose() if wanted == "doctor" else prepare(wanted)
    except Problem as problem:
        say(str(problem) if wanted == "doctor" else "\nУстановка не удалась. " + str(problem))
        return 1
    except KeyboardInterrupt:
        say("\nУстановка прервана; следующий запуск её продолжит.")
        return 130
    return 0


class Problem(Exception):
    """Something that the person can put right."""


def prepare(wanted: str) -> None:
    """Do what is missing; when nothing is, this takes milliseconds."""
    lock = ROOT / "requirements" / (wanted + ".lock")
    mark = digest(lock)
    if PYTHON.exists() and read(stamp(wanted)) == mark:
        return
    check_python()
    if not works(PYTHON):
        create_venv()
    if not installed(COMPILED, lock):
        check_compiler()
        say("Устанавливаются пакеты. Дольше всего собирается llama-cpp-python: около 4 минут на двух свободных ядрах,")
        say(f"на занятых дольше; собирается один раз. Подробный журнал: {LOG}")
    install(lock)
    check_native_code(lock)
    for name in COVERS[wanted]:
        stamp(name).write_text(digest(ROOT / "requirements" / (name + ".lock")), encoding="utf-8")


def diagnose() -> None:
    """Before anything is installed the doctor can look at the machine only; says what to do."""
    check_python()
    check_compiler()
    raise Problem("Python и компилятор на месте, но пакеты ещё не установлены: выполните make run")


def stamp(name: str) -> Path:
    return VENV / ("installed-" + name)


def digest(lock: Path) -> str:
    return hashlib.sha256(lock.read_bytes()).hexdigest()


def read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except OSError:
        return ""


def check_python() -> None:
    version = sys.version_info[:2]
    if not OLDEST <= version <= NEWEST:
        raise Problem(
            "Нужен Python от {}.{} до {}.{}, а здесь {}.{} ({}). Установите подходящий и укажите его: "
            "make run PYTHON=/путь/python3".format(*OLDEST, *NEWEST, *version, sys.executable)
        )
    if not (find_spec("ensurepip") and find_spec("venv")):
        name = "python{}.{}-venv".format(*version)
        raise Problem(f"В этом Python нет модулей venv и ensurepip. В Debian и Ubuntu: apt install {name}")


def check_compiler() -> None:
    c = os.environ.get("CC", "").split() or ["cc", "gcc", "clang"]
    cpp = os.environ.get("CXX", "").split() or ["c++", "g++", "clang++"]
    missing = [name for name, known in (("C", c), ("C++", cpp)) if not any(map(shutil.which, known))]
    if missing:
        raise Problem(
            "Нет компилятора {}: он нужен, чтобы собрать llama-cpp-python. В Debian и Ubuntu: apt install g++; "
            "в Fedora: dnf install gcc-c++".format(" и ".join(missing))
        )


def works(python: Path) -> bool:
    """False for a virtual environment that is absent, or whose Python was removed or replaced."""
    if not python.exists():
        return False
    check = "import sys, pip; sys.exit(sys.version_info[:2] < (3, 11))"
    return subprocess.run([str(python), "-c", check], check=False, capture_output=True).returncode == 0


def create_venv() -> None:
    say("Создаётся виртуальное окружение " + str(VENV))
    result = subprocess.run(
        [sys.executable, "-m", "venv", "--clear", str(VENV)], check=False, capture_output=True, text=True
    )
    if result.returncode != 0:
        raise Problem("Виртуальное окружение не создано:\n" + (result.stdout + result.stderr).strip())


def version_in(lock: Path, package: str) -> str:
    for line in lock.read_text(encoding="utf-8").splitlines():
        name, _, rest = line.partition("==")
        if name.strip() == package:
            return rest.split(";")[0].strip()
    raise Problem(f"В {lock} нет {package}")


def installed(package: str, lock: Path) -> bool:
    name = "{}-{}.dist-info".format(package.replace("-", "_"), version_in(lock, package))
    return any(VENV.glob("lib/python3*/site-packages/" + name))


def install(lock: Path) -> None:
    # Without an upgrade the pip of an older Python may not know newer wheel tags.
    pip("Обновление pip", ["--upgrade", "pip"])
    pip("Пакеты из " + lock.name, ["--requirement", str(lock)])
    # the command `offers`; the code itself stays where it is
    pip("OfferLoop", ["--no-deps", "--editable", str(ROOT)])


def pip(title: str, arguments: "list[str]") -> None:
    """Run pip with a visible clock; its own output goes to the log."""
    command = [str(PYTHON), "-m", "pip", "--disable-pip-version-check", "install", "--progress-bar", "off", *arguments]
    environment = dict(os.environ, PIP_NO_INPUT="1")
    # The part for images is not used; without it the build takes half the time.
    environment["CMAKE_ARGS"] = ("-DLLAVA_BUILD=OFF " + os.environ.get("CMAKE_ARGS", "")).strip()
    with LOG.open("ab") as log:
        process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, env=environment)
        try:
            show_clock(title, process)
        except BaseException:
            process.send_signal(signal.SIGINT)
            process.wait()
            raise
    if process.returncode != 0:
        tail = "\n".join(LOG.read_text(encoding="utf-8", errors="replace").splitlines()[-15:])
        raise Problem(f"{title}: ошибка, проверьте сеть и компилятор.\n{tail}\nВесь журнал: {LOG}")


def show_clock(title: str, process: "subprocess.Popen[bytes]") -> None:
    terminal = sys.stdout.isatty()
    started = shown = time.monotonic()
    while process.poll() is None:
        time.sleep(0.2)
        now = time.monotonic()
        if now - shown < (1.0 if terminal else QUIET_LINE_S):
            continue
        shown = now
        line = f"• {title} … {clock(now - started)}{building()}"
        say(f"\r\033[K{line}" if terminal else line, end="" if terminal else "\n")
    result = "готово" if process.returncode == 0 else "не вышло"
    line = f"• {title}: {result}, {clock(time.monotonic() - started)}"
    say(f"\r\033[K{line}" if terminal else line)


def say(text: str, end: str = "\n") -> None:
    sys.stdout.write(text + end)
    sys.stdout.flush()


def clock(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"


def building() -> str:
    """Whether pip is compiling just now, from the last line that it wrote about it."""
    with LOG.open("rb") as log:
        log.seek(max(0, LOG.stat().st_size - 4096))
        lines = [line for line in log.read().decode("utf-8", "replace").splitlines() if "Building wheel for" in line]
    if lines and ("still running" in lines[-1] or "started" in lines[-1]):
        return " (собирается llama-cpp-python)"
    return ""


def check_native_code(lock: Path) -> None:
    """A wheel that pip kept from another machine may hold instructions that this processor does not have."""
    check = [str(PYTHON), "-c", "import llama_cpp; llama_cpp.llama_backend_init()"]
    result = subprocess.run(check, check=False, capture_output=True, text=True)
    if result.returncode == -signal.SIGILL:
        say("llama-cpp-python собран для другого процессора: собирается заново")
        package = f"{COMPILED}=={version_in(lock, COMPILED)}"
        pip("Сборка llama-cpp-python", ["--force-reinstall", "--no-deps", "--no-cache-dir", package])
        result = subprocess.run(check, check=False, capture_output=True, text=True)
    if result.returncode != 0:
        raise Problem("llama-cpp-python не загружается:\n" + result.stderr.strip()[-2000:])


if __name__ == "__main__":
    sys.exit(main())
