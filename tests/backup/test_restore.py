"""A system is saved while calls go on and restored onto an empty database: the same history, and it works on."""

import json
import tracemalloc
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from apiflask import APIFlask
from sqlalchemy import func, select, text

from backend.backup import archive, tables
from backend.backup.archive import Manifest
from backend.batches import jobs
from backend.common.db import db
from backend.learning import component, release
from backend.offers.models import Offer
from tests.backup.conftest import (
    BATCHES,
    CALL,
    LEARNT,
    OFFERS,
    Calls,
    copied,
    exported,
    pages,
    promote_learnt,
    restore,
    rows,
    save,
    send,
)
from tests.offers.bodies import call_body, some_clients, store_offer


def test_the_whole_system_comes_back(
    app: APIFlask,
    places: Path,
    empty: APIFlask,
    demo_catalogue: None,
    auth: Callable[..., dict[str, str]],
    model_url: str,
    restored_model: Callable[[], str],
    weights: Path,
    tmp_path: Path,
) -> None:
    client, headers = app.test_client(), auth("marketer")
    with Calls(app, headers) as calls:
        calls.wait_for(10 * CALL)
    done = send(client, headers, 9)
    with app.app_context():
        jobs.work()
    client.put(f"{OFFERS}/{calls.accepted[1]}/label", json={"label": "failure", "comment": "no"}, headers=headers)
    waiting = send(client, headers, 7)
    promote_learnt(app, weights)

    saved = save(app, tmp_path / "all.zip")
    assert Counter(entry.folder for entry in saved.files) == {"models": 1, "batches": 1}
    restore(empty, tmp_path / "all.zip")

    before, after = rows(app), rows(empty)
    told = [json.loads(row) for row in after.pop("audit_log") if row not in before["audit_log"]]
    before.pop("audit_log")
    assert [entry["action"] for entry in told] == ["backup.restore"]
    assert after == before

    again = empty.test_client()
    history = pages(client, headers)
    assert len(history) == len(calls.accepted) + 9
    assert pages(again, headers) == history
    for path in (f"{OFFERS}/export?format=ndjson", f"{BATCHES}/{done}/results?format=ndjson"):
        assert exported(again, path, headers) == exported(client, path, headers)

    empty.config["SETTINGS"] = empty.config["SETTINGS"].model_copy(update={"model_url": restored_model()})
    assert set(component.ask().names) == {LEARNT}
    release.forget()
    answer = again.post(OFFERS, json=call_body(*some_clients(CALL)), headers=headers).get_json()
    assert answer["model_version"] == LEARNT
    assert all(offer["text"] and offer["calibrated"] for offer in answer["offers"])
    jobs.work()
    batch = again.get(f"{BATCHES}/{waiting}", headers=headers).get_json()
    assert (batch["status"], batch["done"] + batch["failed"]) == ("done", 7)


def test_a_backup_beside_calls_is_one_moment(
    app: APIFlask,
    places: Path,
    empty: APIFlask,
    demo_catalogue: None,
    auth: Callable[..., dict[str, str]],
    model_url: str,
    tmp_path: Path,
) -> None:
    with Calls(app, auth("marketer")) as calls:
        known = calls.wait_for(5 * CALL)
        save(app, tmp_path / "busy.zip")
        calls.wait_for(2 * CALL)
    restore(empty, tmp_path / "busy.zip")
    before, after = rows(app), rows(empty)
    assert len(after["offers"]) < len(before["offers"])
    ids = {json.loads(row)["id"] for row in after["offers"]}
    assert set(known) <= ids, "what was answered before is in it"
    assert set(Counter(json.loads(row)["request_id"] for row in after["offers"]).values()) == {CALL}, "no half call"
    assert set(after["labels"]) <= set(before["labels"])
    labelled = {json.loads(row)["id"] for row in after["offers"] if json.loads(row)["label"]}
    assert labelled == {json.loads(row)["offer_id"] for row in after["labels"]}


def test_an_older_backup_is_brought_up_to_date(
    app: APIFlask, places: Path, empty: APIFlask, demo_catalogue: None, tmp_path: Path
) -> None:
    """What `flask db upgrade` would have done with the database that was saved."""
    path, older = tmp_path / "new.zip", tmp_path / "old.zip"
    save(app, path)
    with archive.opened(path) as reader:
        held = reader.manifest
        with archive.new(older, Manifest(held.created_at, "0003", held.server)) as writer:
            for entry in held.tables:
                if entry.table in ("users", "products", "bank_profiles"):  # whose columns are as they were
                    writer.add_table(entry.table, entry.columns, lambda out, e=entry: copied(reader, e, out))
    restore(empty, older)
    with empty.app_context():
        assert tables.revision_of(db.session.connection()) == tables.head()
        db.session.remove()
    assert rows(empty)["products"] == rows(app)["products"]


def test_memory_does_not_grow_with_the_history(
    app: APIFlask, places: Path, empty: APIFlask, db_session: Any, tmp_path: Path
) -> None:
    """Twenty thousand offers of 4 kB pass through in less memory than one in ten of them takes."""
    offer = store_offer(text="Карта " * 300)
    columns = [column.name for column in Offer.__table__.columns if column.name not in ("id", "client_id")]
    names = ", ".join(columns)
    db.session.execute(
        text(
            f"INSERT INTO offers (id, client_id, {names}) SELECT gen_random_uuid(), n::text, {names}"
            " FROM offers, generate_series(1, 20000) AS n WHERE id = :id"
        ),
        {"id": offer.id},
    )
    db.session.commit()
    tracemalloc.start()
    try:
        save(app, tmp_path / "large.zip")
        restore(empty, tmp_path / "large.zip")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    with empty.app_context():
        assert db.session.scalar(select(func.count()).select_from(Offer)) == 20_001
        db.session.remove()
    assert peak < 8 * 2**20
