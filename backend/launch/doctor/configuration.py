"""Settings and files: secrets, the way through the network, the page, the model's weights."""

import hashlib
import json
from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy.engine import make_url

from backend.launch import environment as env
from backend.launch.doctor.findings import Finding, Findings, broken, note, ok, warning
from backend.launch.doctor.place import Place, is_open_to_others
from backend.launch.environment import ROOT
from backend.launch.errors import LaunchError
from backend.launch.sockets import port_is_free

FEW_LETTERS = 12
SECRETS = ("SECRET_KEY", "ADMIN_PASSWORD", "DATABASE_URL", "REDIS_URL", "DATABASE_PASSWORD", "REDIS_PASSWORD")
ENCRYPTED = ("require", "verify-ca", "verify-full")


def settings(place: Place) -> Findings:
    """They are right, or the doctor would not have come this far."""
    if place.settings is None:
        yield note("Настройки", "верны, но OfferLoop здесь ещё не запускали", "make run")
        return
    yield ok("Настройки", "верны")
    if len(set(place.settings.secret_key.get_secret_value())) < FEW_LETTERS:
        mend = 'python3 -c "import secrets; print(secrets.token_urlsafe(48))"'
        yield warning("SECRET_KEY", "похож на придуманный человеком", f"замените его случайным: {mend}")


def secret_files(place: Place) -> Findings:
    """Files with secrets must be closed to the other users of this machine."""
    open_ones = [path for path in _secret_paths(place) if path.exists() and is_open_to_others(path)]
    for path in open_ones:
        mode = "700" if path.is_dir() else "600"
        yield broken("Секреты", f"{path} могут прочесть другие пользователи машины", f"chmod {mode} {path}")
    if not open_ones:
        yield ok("Секреты", "файлы с ними закрыты от других пользователей")


def _secret_paths(place: Place) -> Iterator[Path]:
    yield place.plan.secrets
    if place.plan.secrets.is_dir():
        yield from sorted(place.plan.secrets.iterdir())
    yield place.run_env
    if _names_secrets(place.env_file):
        yield place.env_file


def _names_secrets(path: Path) -> bool:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return False
    pairs = (line.partition("=") for line in lines)
    return any(name.strip() in SECRETS and value.strip() for name, _, value in pairs)


def network(place: Place) -> Findings:
    """Whether passwords could travel in the clear."""
    found = [*_face(place), *_ways(place)]
    yield from found
    if not found:
        yield ok("Сеть", "пароли нигде не идут открытыми")


def _face(place: Place) -> Iterator[Finding]:
    chosen = place.plan.settings
    outside = chosen.proxies > 0 or not _is_local(place.plan.launch.host)
    if outside and not chosen.cookie_secure:
        mend = "отдавайте страницу по HTTPS и поставьте COOKIE_SECURE=true"
        yield warning("Вход", "страницу видно из сети, а cookie сессии пойдёт и по открытому HTTP", mend)
    if place.own_machine and outside and not chosen.proxies:
        mend = "поставьте перед API nginx с HTTPS (docs) и PROXIES=1, а API оставьте на HOST=127.0.0.1"
        yield warning("API", f"слушает {place.plan.launch.host} без прокси: пароли идут открытыми", mend)


def _ways(place: Place) -> Iterator[Finding]:
    if place.settings is None:
        return
    database = make_url(place.settings.database_url)
    if not _is_local(database.host or "") and database.query.get("sslmode") not in ENCRYPTED:
        yield warning("База данных", f"к {database.host} идём без TLS", "добавьте в DATABASE_URL ?sslmode=verify-full")
    redis = urlsplit(place.settings.redis_url)
    if redis.scheme == "redis" and not _is_local(redis.hostname or ""):
        yield warning("Redis", f"к {redis.hostname} идём без TLS", "в REDIS_URL напишите rediss://")
    for model in map(urlsplit, place.settings.model_urls):
        if model.scheme == "http" and not _is_local(model.hostname or ""):
            mend = "в MODEL_URL напишите https:// или закройте сеть между машинами от других"
            yield warning("Модель", f"к {model.hostname} идём без TLS", mend)


def _is_local(host: str) -> bool:
    """This machine, or a bare name, which only a network of containers knows."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return "." not in host


def port(place: Place) -> Findings:
    """A free one is needed only before a start."""
    number, host = place.plan.settings.port, place.plan.launch.host
    if place.started or not place.own_machine:
        return
    try:
        free = port_is_free(number, host)
    except LaunchError as error:
        yield broken("Порт", str(error), "исправьте HOST и PORT")
        return
    if free:
        yield ok("Порт", f"{number} свободен")
    else:
        yield broken("Порт", f"{number} занят другой программой", f"укажите другой: PORT={number + 1}")


def page(place: Place) -> Findings:
    folder = place.plan.settings.page_folder
    index = folder / "index.html"
    if not index.is_file():
        yield warning("Страница", f"не собрана ({folder})", "установите Node.js 20.19 или новее и выполните make page")
        return
    sources = [path.stat().st_mtime for path in (ROOT / "frontend" / "src").rglob("*") if path.is_file()]
    if sources and max(sources) > index.stat().st_mtime:
        yield warning("Страница", "собрана раньше, чем изменились её исходники", "make page")
        return
    yield ok("Страница", f"собрана ({folder})")


def weights(place: Place) -> Findings:
    """The model's file is there and is the one that its card describes."""
    if place.plan.model_url and place.plan.settings.model_path is None:
        yield note("Файл модели", "модель обслуживает MODEL_URL, её файл здесь не нужен")
        return
    try:
        path = env.model_file(place.plan)
    except LaunchError as error:
        if place.plan.model_url:
            yield note("Файл модели", "лежит там, где компонент модели (MODEL_URL)")
        elif place.own_machine:
            yield broken("Файл модели", str(error), "верните файл из дистрибутива или укажите MODEL_PATH")
        else:
            yield note("Файл модели", "лежит в контейнере модели")
        return
    yield from _whole(path)


def _whole(path: Path) -> Findings:
    card = path.with_suffix(".json")
    try:
        wanted = json.loads(card.read_text(encoding="utf-8")).get("gguf_sha256")
    except (OSError, ValueError):
        wanted = None
    if wanted is None:
        yield note("Файл модели", f"{path.name} есть; карточки с его суммой рядом нет, сверить не с чем")
        return
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found == wanted:
        yield ok("Файл модели", f"{path.name} цел: SHA-256 сходится с карточкой")
    else:
        mend = "верните файл из дистрибутива: git checkout model/weights или распакуйте архив снова"
        yield broken("Файл модели", f"{path.name} повреждён или подменён: SHA-256 не сходится с карточкой", mend)


def train_base(place: Place) -> Findings:
    base = place.plan.settings.train_base
    if base is not None and not base.expanduser().exists():
        yield warning("TRAIN_BASE", f"{base} нет", "без чекпойнта учится только оценка успеха: укажите верную папку")
