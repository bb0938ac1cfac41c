"""The door to batches: make one, watch it, end it, take it up again."""

import logging
import uuid
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from redis import RedisError
from sqlalchemy import ColumnElement, func, insert, select, update

from backend.batches import files, forgetting, queue
from backend.batches.intake import Asked
from backend.batches.models import Batch, Chunk
from backend.batches.progress import shown
from backend.batches.source import check_table
from backend.batches.states import GOING, VALIDATE, WRITE, BatchStatus, ChunkStatus
from backend.batches.validation import chunk_of
from backend.common import audit
from backend.common.clock import now
from backend.common.db import db
from backend.common.pages import Key, Page, paginate
from backend.config import settings
from backend.errors import Conflict, FieldError, Invalid, NotFound
from backend.offers import service as offers

if TYPE_CHECKING:
    from backend.users.models import User

SETTLED = ("product", "channel", "tone", "conditions", "variants")

forget_client = forgetting.forget_client
purge_older = forgetting.purge_older

log = logging.getLogger(__name__)


def create(asked: Asked, author: "User", key: str | None) -> tuple[Batch, bool]:
    """Queue a batch; with the key of an earlier one it is that one, and True. Commits, and removes what is not needed.

    Raises Invalid for a wrong code or table, or a key that stands for another batch or another content of its file.
    """
    try:
        if key and "file" in asked.source:
            asked = replace(asked, source={**asked.source, "sha256": files.sha256(asked.batch_id)})
        if key and (former := _former(asked, author, key)):  # first: what was right then may be off sale by now
            files.remove(asked.batch_id)
            return former, True
        _check_codes(asked.options)
        if "table" in asked.source:
            check_table(asked.source["table"])
        batch = _record(asked, author, key)
        db.session.commit()
    except BaseException:
        files.remove(asked.batch_id)
        raise
    call_workers()
    return batch, False


def _check_codes(options: Mapping[str, Any]) -> None:
    if wrong := offers.Codes(options["conditions"]).problem(options["product"], options["channel"]):
        raise Invalid("Проверьте отмеченные поля", [FieldError(f"/{wrong[0]}", wrong[1])])


def _former(asked: Asked, author: "User", key: str) -> Batch | None:
    """The batch of this key; one that is too old to be remembered gives the key back."""
    mine = (Batch.author_id == author.id, Batch.idempotency_key == key)
    found: Batch | None = db.session.scalar(select(Batch).where(*mine).with_for_update())
    if found is None:
        return None
    if found.created_at < now() - timedelta(hours=settings().idempotency_hours):
        found.idempotency_key = None
        db.session.flush()
        return None
    source = {name: value for name, value in asked.source.items() if name in found.source or name != "sha256"}
    same = (found.source, found.options, found.campaign)
    if same != (source, _settled(asked.options), asked.options.get("campaign")):
        detail = "с этим ключом уже была другая рассылка"
        raise Invalid("Ключ занят другим запросом", [FieldError("/header/Idempotency-Key", detail)])
    return found


def _settled(options: Mapping[str, Any]) -> dict[str, Any]:
    seed = {"seed": options["seed"]} if "seed" in options else {}
    return {**{name: options[name] for name in SETTLED}, **seed}


def _record(asked: Asked, author: "User", key: str | None) -> Batch:
    batch = Batch(
        id=asked.batch_id,
        status=BatchStatus.QUEUED.value,
        stage=VALIDATE,
        author_id=author.id,
        author=author.username,
        source=dict(asked.source),
        options=_settled(asked.options),
        campaign=asked.options.get("campaign"),
        idempotency_key=key,
    )
    db.session.add(batch)
    db.session.flush()
    audit.record("batches.create", f"batch:{batch.id}", {**batch.source, **batch.options, "campaign": batch.campaign})
    return batch


def call_workers() -> None:
    """When Redis is away the batch stays, and the housekeeping calls the workers to it."""
    try:
        queue.call_workers()
    except RedisError as error:
        log.warning("workers cannot be called", extra={"error": type(error).__name__})


def list_batches(filters: Mapping[str, Any], reader: "User") -> Page[dict[str, Any]]:
    """Batches, the newest first; a system sees its own. Filters: status, cursor, limit."""
    statement = select(Batch).where(*_visible(reader))
    if status := filters.get("status"):
        statement = statement.where(Batch.status == status)
    newest = [Key(Batch.created_at, descending=True), Key(Batch.id, descending=True)]
    page: Page[Batch] = paginate(statement, newest, filters.get("cursor"), filters["limit"])
    return Page([shown(batch) for batch in page.items], page.next_cursor, page.total)


def get(batch_id: uuid.UUID, reader: "User", *, for_update: bool = False) -> Batch:
    """The record of a batch. Raises NotFound, for foreign ones of a system too."""
    wanted = select(Batch).where(Batch.id == batch_id, *_visible(reader))
    found: Batch | None = db.session.scalar(wanted.with_for_update() if for_update else wanted)
    if found is None:
        raise NotFound("Такой рассылки нет")
    return found


def _visible(reader: "User") -> list[ColumnElement[bool]]:
    return [Batch.author_id == reader.id] if reader.role == offers.OWN_ONLY else []


def cancel(batch_id: uuid.UUID, author: "User") -> dict[str, Any]:
    """End a batch; what is written stays. Flushes. Raises NotFound; Conflict when it is over."""
    batch = get(batch_id, author, for_update=True)
    if batch.status not in GOING:
        raise Conflict("Рассылка уже закончена")
    batch.status, batch.finished_at = BatchStatus.CANCELLED.value, now()
    batch.lease = batch.lease_until = None
    _free_chunks(batch.id)
    audit.record("batches.cancel", f"batch:{batch.id}", {"done": batch.done, "total": batch.total})
    db.session.flush()
    return shown(batch)


def _free_chunks(batch_id: uuid.UUID) -> None:
    """Whoever writes one of them now finds it gone and stores nothing."""
    working = (Chunk.batch_id == batch_id, Chunk.status == ChunkStatus.WORKING.value)
    free = {"status": ChunkStatus.WAITING.value, "lease": None, "lease_until": None}
    db.session.execute(update(Chunk).where(*working).values(**free))


def resume(batch_id: uuid.UUID, author: "User") -> dict[str, Any]:
    """Take up a cancelled batch where it stopped; try again the clients without a text. Commits, calls the workers.

    Raises NotFound; Conflict when it is going, when its file was refused, or when there is nothing to do.
    """
    batch = get(batch_id, author, for_update=True)
    match batch.status:
        case BatchStatus.CANCELLED if batch.stage == VALIDATE:
            if "file" in batch.source and not files.upload_path(batch.id).exists():
                raise Conflict("Файла больше нет: загрузите его снова")
            batch.status, batch.attempts, batch.error = BatchStatus.QUEUED.value, 0, None
        case BatchStatus.CANCELLED | BatchStatus.DONE:
            _write_again(batch)
        case BatchStatus.FAILED:
            raise Conflict("Таблица не прошла проверку: исправьте её и загрузите снова")
        case _:
            raise Conflict("Рассылка ещё идёт")
    batch.finished_at = None
    audit.record("batches.resume", f"batch:{batch.id}", {"done": batch.done, "total": batch.total})
    db.session.commit()
    call_workers()
    return shown(batch)


def _write_again(batch: Batch) -> None:
    open_chunks = (Chunk.batch_id == batch.id, Chunk.status != ChunkStatus.DONE.value)
    waiting = db.session.scalar(select(func.coalesce(func.sum(Chunk.count), 0)).where(*open_chunks)) or 0
    retried = _chunks_of_failed(batch.id)
    if not retried and not waiting:
        if batch.done < batch.total:
            raise Conflict("Повторять нечего: данные клиентов без текста уже удалены")
        raise Conflict("Повторять нечего: у каждого клиента есть текст")
    if batch.done + batch.failed + waiting < batch.total:
        raise Conflict("Продолжить нельзя: данные части клиентов уже удалены по сроку хранения")
    batch.failed -= retried
    if batch.writing_at and batch.finished_at:
        batch.writing_at += now() - batch.finished_at  # the rate counts no pauses
    batch.status, batch.stage = BatchStatus.RUNNING.value, WRITE


def _chunks_of_failed(batch_id: uuid.UUID) -> int:
    """Chunks of the clients without a text, behind those there are; returns how many clients."""
    last = db.session.scalar(select(func.max(Chunk.number)).where(Chunk.batch_id == batch_id))
    number, clients, after = (0 if last is None else last + 1), 0, -1
    while some := offers.take_clients_without_text(batch_id, after, settings().batch_chunk):
        db.session.execute(insert(Chunk), [chunk_of(batch_id, number, some)])
        number, clients, after = number + 1, clients + len(some), some[-1]["row"]
    return clients
