"""The servers: PostgreSQL, Redis, the model component, the API."""

import time
from collections.abc import Mapping
from typing import Any

import httpx
import sqlalchemy
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from redis import Redis, RedisError
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from backend.common.db import MIGRATIONS
from backend.config import Settings
from backend.errors import Unavailable
from backend.launch.doctor.findings import Findings, broken, note, ok, warning
from backend.launch.doctor.place import Place
from backend.offers import limits
from backend.offers.model_client import Ask, Deadline, ModelClient, ModelMeta

PATIENCE_S = 5
OLDEST_POSTGRES, OLDEST_REDIS = 15, (6, 2)
MOST_SKEW_S = 5.0
TALKATIVE = {"log_statement": "none", "log_min_duration_statement": "-1", "log_error_verbosity": "terse"}
"""Settings of PostgreSQL whose other values write statements or rows, and so client data, into its log."""
QUIET_ERRORS = ("log", "fatal", "panic")
TRIES = 3
SLOW_TEXT_S = 0.5


def database(chosen: Settings) -> Findings:
    """Reachable, new enough, at the state of this code, on time, and silent about clients."""
    engine = sqlalchemy.create_engine(
        chosen.database_url, poolclass=NullPool, connect_args={"connect_timeout": PATIENCE_S}
    )
    try:
        with engine.connect() as connection:
            yield from _version(connection)
            yield from _migrations(connection)
            yield from _clock(connection)
            yield from _log(connection)
            yield from _connections(connection, chosen)
    except SQLAlchemyError as error:
        reason = str(getattr(error, "orig", None) or type(error).__name__).strip()
        yield broken("База данных", f"не отвечает: {reason}", "запустите PostgreSQL и проверьте DATABASE_URL")


def _version(connection: Connection) -> Findings:
    number, encoding = int(_shown(connection, "server_version_num")), _shown(connection, "server_encoding")
    words = f"PostgreSQL {_shown(connection, 'server_version')}"
    if number // 10_000 < OLDEST_POSTGRES:
        yield broken("База данных", words, f"нужен PostgreSQL {OLDEST_POSTGRES} или новее")
    elif encoding != "UTF8":
        yield broken("База данных", f"{words}, кодировка {encoding}", "создайте базу в UTF8")
    else:
        yield ok("База данных", f"отвечает, {words}")


def _migrations(connection: Connection) -> Findings:
    newest = ScriptDirectory(str(MIGRATIONS)).get_current_head()
    present = MigrationContext.configure(connection).get_current_revision()
    if present == newest:
        yield ok("Структура базы", f"та, что нужна коду ({newest})")
    else:
        mend = "flask --app backend.app db upgrade (make run делает это сам)"
        yield broken("Структура базы", f"{present or 'пуста'}, а коду нужна {newest}", mend)


def _clock(connection: Connection) -> Findings:
    theirs = float(connection.execute(sqlalchemy.text("SELECT extract(epoch FROM clock_timestamp())")).scalar_one())
    skew = abs(time.time() - theirs)
    if skew > MOST_SKEW_S:
        mend = "включите синхронизацию времени (chrony, systemd-timesyncd) на обеих машинах"
        yield broken("Часы", f"расходятся с часами базы на {skew:.0f} с", mend)
    else:
        yield ok("Часы", "сходятся с часами базы")


def _log(connection: Connection) -> Findings:
    found = {name: _shown(connection, name) for name in TALKATIVE}
    told = [f"{name}={value}" for name, value in found.items() if value != TALKATIVE[name]]
    if (level := _shown(connection, "log_min_error_statement")) not in QUIET_ERRORS:
        told.append(f"log_min_error_statement={level}")
    if told:
        mend = ", ".join(f"{name}={value}" for name, value in TALKATIVE.items())
        mend = f"log_min_error_statement=panic, {mend} в postgresql.conf"
        yield warning("Журнал базы", f"пишет запросы или строки, а в них данные клиентов ({', '.join(told)})", mend)
    else:
        yield ok("Журнал базы", "запросов и строк не пишет")


def _connections(connection: Connection, chosen: Settings) -> Findings:
    most, needed = int(_shown(connection, "max_connections")), chosen.most_connections
    if most < needed:
        mend = f"max_connections={needed} в postgresql.conf или меньше WEB_WORKERS и DB_POOL"
        yield warning("Соединения", f"база примет {most}, а под нагрузкой нужно до {needed}", mend)
    else:
        yield ok("Соединения", f"база примет {most}, нужно до {needed}")


def _shown(connection: Connection, name: str) -> str:
    shown = sqlalchemy.text("SELECT setting FROM pg_settings WHERE name = :name")
    return str(connection.execute(shown, {"name": name}).scalar_one())


def redis(chosen: Settings) -> Findings:
    client = Redis.from_url(chosen.redis_url, socket_connect_timeout=PATIENCE_S, socket_timeout=PATIENCE_S)
    try:
        yield from _redis(client.info())
    except RedisError as error:
        reason = f"не отвечает: {type(error).__name__}"
        yield broken("Redis", reason, "запустите Redis или Valkey и проверьте REDIS_URL и пароль")
    finally:
        client.close()


def _redis(told: Mapping[str, Any]) -> Findings:
    version = str(told["redis_version"])
    if tuple(map(int, version.split(".")[:2])) < OLDEST_REDIS:
        yield broken("Redis", f"версия {version}", "нужен Redis 6.2 или новее, или Valkey")
        return
    yield ok("Redis", f"отвечает, версия {version}")
    if (policy := told.get("maxmemory_policy", "noeviction")) != "noeviction":
        yield warning("Redis", f"при нехватке памяти выбрасывает записи ({policy})", "maxmemory-policy noeviction")


def model(chosen: Settings) -> Findings:
    """Each component answers, follows the manifest, and writes fast enough for a full call."""
    for url in chosen.model_urls:
        yield from _component(chosen, url)


def _component(chosen: Settings, url: str) -> Findings:
    client = ModelClient(url)
    try:
        meta = client.meta(Deadline(PATIENCE_S))
        seconds = min(_one_text(client, meta) for _ in range(TRIES))
        wrong = _manifest_error(url)
    except (Unavailable, httpx.HTTPError) as error:
        reason = error.detail if isinstance(error, Unavailable) else type(error).__name__
        mend = "посмотрите журнал компонента модели и проверьте MODEL_URL"
        yield broken("Модель", f"{url}: {reason}", mend)
        return
    finally:
        client.close()
    yield from _speed(chosen, meta, seconds)
    if wrong:
        yield broken("Версии модели", f"компонент не может выполнить манифест: {wrong}", "верните файлы в MODELS_DIR")


def _one_text(client: ModelClient, meta: ModelMeta) -> float:
    """Seconds for a short text."""
    prompt: Any = [{"role": "user", "content": "Здравствуйте"}] if meta.prompt_format == "chat" else "<|text|>"
    begun = time.monotonic()
    client.sample(Ask([prompt], n=1, max_tokens=16, temperature=0.7, seed=1), meta, Deadline(PATIENCE_S))
    return time.monotonic() - begun


def _manifest_error(url: str) -> str | None:
    told = httpx.get(f"{url}/v1/models", timeout=PATIENCE_S, trust_env=False).json()
    found: str | None = told.get("manifest_error")
    return found


def _speed(chosen: Settings, meta: ModelMeta, seconds: float) -> Findings:
    words = f"{meta.version} отвечает, короткий текст за {1000 * seconds:.0f} мс, {meta.tokens_per_s:.0f} токенов/с"
    tokens = chosen.max_clients_short * limits.tokens_of("SMS", True, meta.prompt_format)
    needed = tokens / (meta.tokens_per_s * limits.SHARE_OF_SPEED)
    if seconds > SLOW_TEXT_S:
        yield warning("Модель", words, "машина занята или слаба: освободите ядра")
    elif needed > chosen.deadline_ms / 1000:
        mend = f"на полный вызов нужно {needed:.1f} с: уменьшите MAX_CLIENTS_SHORT или добавьте ядер"
        yield warning("Модель", words, mend)
    else:
        yield ok("Модель", words)


def api(place: Place) -> Findings:
    """Its own word about what it needs."""
    url = place.plan.local_url
    try:
        answer = httpx.get(f"{url}/readyz", timeout=PATIENCE_S, trust_env=False)
    except httpx.HTTPError as error:
        if place.own_machine:
            yield broken("API", f"{url} не отвечает: {type(error).__name__}", "посмотрите VAR_DIR/logs/api.log")
        else:
            mend = "запустите проверку рядом с ним: docker compose exec api python -m backend.launch.doctor"
            yield note("API", f"{url} отсюда не видно", mend)
        return
    if answer.status_code == httpx.codes.OK:
        yield ok("API", f"{url} готово отвечать")
    else:
        yield broken("API", str(answer.json().get("detail", answer.status_code)), "исправьте то, что названо выше")
