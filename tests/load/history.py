"""How fast a large history answers: each filter of the page, and a label that is stored, p50 and p95.

Run as: python -m tests.load.history [--rows 200000] [--data var/history] [--explain]
Fills an embedded PostgreSQL of its own (or the one kept in --data) with made-up offers of the usual size and calls the
API in this process: the time includes sign-in, the count, the page and its JSON, and leaves out only the socket. A
label is answered when PostgreSQL has it on disk.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import partial
from itertools import repeat
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from apiflask import APIFlask
from flask_migrate import upgrade
from rich.console import Console
from rich.table import Table
from sqlalchemy import event, func, select, text
from werkzeug.test import TestResponse

from backend.app import create_app
from backend.catalogue.seed import demo_products
from backend.common.db import db
from backend.common.pages import encode_cursor, in_order
from backend.config import Settings
from backend.launch.postgres import EmbeddedPostgres
from backend.launch.valkey import EmbeddedValkey
from backend.offers.filters import order
from backend.offers.models import Offer
from model.brief import FACTS, PRODUCTS
from tests import factories
from tests.conftest import basic

ROWS = 200_000
CALLS = 20
PROMISED_MS = 300
LABEL_PROMISED_MS = 200
BULK = 100
"""Labels of one press in the history's table."""
SETTLED = 0.98
SETTLE_TRIES = 30
SETTLE_PAUSE_S = 2.0
BATCH = "00000000-0000-7000-8000-000000000007"
QUERIES: Mapping[str, Mapping[str, Any]] = {
    "first page": {},
    "product": {"product": "DEPOSIT"},
    "rare product": {"product": PRODUCTS[-1]},
    "channel": {"channel": "EMAIL"},
    "label": {"label": "failure"},
    "unlabelled": {"label": "none"},
    "model version": {"model_version": "base-3"},
    "client": {"client_id": "77777"},
    "batch": {"batch_id": BATCH},
    "one day": {"from": "2026-10-10T00:00:00Z", "to": "2026-10-11T00:00:00Z"},
    "confidence range": {"min_confidence": 0.4, "max_confidence": 0.6},
    "least certain first": {"sort": "confidence", "label": "none"},
    "frequent word": {"q": "карта"},
    "rare word": {"q": "ключ77"},
    "two words": {"q": "вклад доход"},
    "frequent word, least certain": {"q": "карта", "sort": "confidence"},
    "word and label": {"q": "карта", "label": "failure", "channel": "PUSH"},
    "all at once": {
        "product": "CC",
        "channel": "SMS",
        "label": "success",
        "model_version": "base-3",
        "min_confidence": 0.5,
        "from": "2026-09-20T00:00:00Z",
        "sort": "-confidence",
    },
    "nothing matches": {"model_version": "base-1", "from": "2026-11-01T00:00:00Z", "sort": "confidence"},
    "deep page": {"deep": True},
    "deep page of one product": {"deep": True, "product": "DC", "label": "none"},
    "200 rows": {"limit": 200, "product": "CC"},
    "a system's own": {"as": "service"},
    "a system's rare word": {"as": "service", "q": "ключ77"},
}
"""Query parameters by what a reader is looking for; `as` is the reader's role, `deep` starts far down the list."""

FILL = """
INSERT INTO offers (id, request_id, position, batch_id, author_id, client_id, client_id_is_number, product, channel,
  tone, conditions, seed, segment, text, error, confidence, calibrated, verdict, findings, facts, features, events,
  brief, variants, candidates, timings, model_version, rules_version, card_version, label, created_at)
SELECT uuidv7(at - now()), gen_random_uuid(), n % 10000,
  CASE WHEN n % 10 < 3 THEN ('00000000-0000-7000-8000-' || lpad((n / 10000)::text, 12, '0'))::uuid END,
  CASE WHEN n % 5 < 2 THEN CAST(:service AS uuid) ELSE CAST(:marketer AS uuid) END,
  (n / 2)::text, true, (CAST(:products AS text[]))[1 + floor(22 * power(random(), 2))],
  (CAST(:channels AS text[]))[1 + floor(8 * power(random(), 2))], 'neutral', 'none', n,
  substr('abcdefghijk', 1 + (n % 11)::int, 1),
  CASE WHEN n % 97 > 0 THEN words.text END, CASE WHEN n % 97 = 0 THEN 'no_compliant_text' END,
  CASE WHEN n % 97 > 0 THEN round((1 - power(random(), 2) * 0.9)::numeric, 4) ELSE 0 END, false,
  CASE WHEN n % 97 > 0 THEN 'ok' END, '[]', jsonb_build_array((CAST(:facts AS text[]))[1 + floor(random() * 40)]),
  jsonb_build_object('age', 18 + n % 60, 'cnt_tr_oil_3m', n % 40, 'cnt_tr_buy_3m', n % 90, 'gender', n % 2,
    'super_clust', 'd. Масс-ЗП без согласия БКИ (1,3)', 'reg_region_nm', 'Ивановская область'),
  '[]', jsonb_build_object('product', 'CC', 'channel', 'SMS', 'facts', '[]'::jsonb), '[]',
  (SELECT jsonb_agg(jsonb_build_object('text', words.text || ' ' || made, 'rejected', NULL, 'score', random(),
     'score_features', jsonb_build_object('mean_logprob', random(), 'min_logprob', random(), 'fact_expressed', 1,
       'length_fit', random(), 'warnings', 0, 'repetition', random(), 'strangeness', random(), 'oddities', 0),
     'tokens', jsonb_build_object('count', 40, 'mean_logprob', random(), 'min_logprob', random()),
     'facts', '[]'::jsonb, 'benefit', 'any', 'temperature', 0.8, 'findings', '[]'::jsonb))
   FROM generate_series(1, 6) AS made),
  '{"elapsed_ms": 212, "model_ms": 160, "checks_ms": 20, "rounds": 1, "clients": 8}',
  (CAST(:versions AS text[]))[1 + n * 4 / :rows], 'r1', 1,
  CASE WHEN n % 97 > 0 AND random() < 0.04 THEN CASE WHEN random() < 0.7 THEN 'success' ELSE 'failure' END END, at
FROM generate_series(0, CAST(:rows AS bigint) - 1) AS n,
  LATERAL (SELECT TIMESTAMPTZ '2026-09-01' + n * (INTERVAL '80 days' / :rows) AS at) AS moment,
  LATERAL (SELECT concat_ws(' ', (CAST(:sayings AS text[]))[1 + (n * 7919) % :n_sayings],
     (CAST(:sayings AS text[]))[1 + (n * 104729 + 13) % :n_sayings],
     'Узнайте больше в приложении ПАО «Примербанк».', 'ключ' || n % 1000) AS text) AS words
"""


def sayings() -> list[str]:
    """Sentences about the products, for texts with the words of real ones."""
    found = []
    for product in demo_products().values():
        found += [f"{product['name']}: {benefit['text']}." for benefit in product["benefits"]]
    return found


def fill(rows: int) -> None:
    """Made-up offers of 80 days, as large as real ones; few are labelled, some have no text."""
    lines = sayings()
    values = {
        "rows": rows,
        "service": factories.user_with_role("service").id,
        "marketer": factories.user_with_role("marketer").id,
        "products": list(PRODUCTS),
        "channels": ["SMS", "PUSH", "EMAIL", "MOB_BANNER", "TMO", "MOBILE_CHAT", "OFFICE_BANNER", "KND"],
        "facts": list(FACTS)[:40],
        "versions": ["base-3", "base-4", "base-7", "base-7.1"],
        "sayings": lines,
        "n_sayings": len(lines),
    }
    db.session.execute(text("SET LOCAL statement_timeout = 0"))
    db.session.execute(text(FILL), values)
    db.session.commit()


def settle() -> None:
    """What autovacuum does within minutes: statistics, and the note on each page that all its rows are visible.

    A page keeps no such note while an older snapshot is open, such as that of an autovacuum at work: hence again.
    """
    share = text("SELECT relallvisible / greatest(relpages, 1.0) FROM pg_class WHERE relname = 'offers'")
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("SET statement_timeout = 0"))
        for _ in range(SETTLE_TRIES):
            connection.execute(text("VACUUM ANALYZE offers"))
            if connection.execute(share).scalar_one() > SETTLED:
                return
            time.sleep(SETTLE_PAUSE_S)


@contextmanager
def application(folder: Path) -> Iterator[APIFlask]:
    """The API over servers of its own in `folder`."""
    with ExitStack() as servers:
        postgres = servers.enter_context(EmbeddedPostgres(folder / "postgres" / "data"))
        valkey = servers.enter_context(EmbeddedValkey(folder / "valkey" / "data"))
        app = create_app(
            Settings(
                database_url=postgres.url(),
                redis_url=valkey.url(),
                model_url="http://127.0.0.1:9",  # the history asks no model
                secret_key="a secret of the measurement, longer than 32 characters",
                admin_password=None,
                var_dir=folder,
                log_level="WARNING",
            )
        )
        with app.app_context():
            upgrade()
            yield app
            db.session.remove()
            db.engine.dispose()


def far_down() -> str:
    """The cursor of a reader who has scrolled through three quarters of the history."""
    keys = order("-created_at")
    rows = db.session.scalar(select(func.count()).select_from(Offer)) or 0
    row = db.session.scalars(select(Offer).order_by(*in_order(keys)).offset(rows * 3 // 4).limit(1)).one()
    return encode_cursor(row, keys)


def timed(calls: Iterable[Callable[[], TestResponse]]) -> tuple[list[float], dict[str, Any]]:
    """Milliseconds of each call and the last answer. The first call is not counted: it reads the pages from disk."""
    seconds = []
    for call in calls:
        started = time.perf_counter()
        answer = call()
        seconds.append(time.perf_counter() - started)
        if answer.status_code != 200:
            raise RuntimeError(answer.get_data(as_text=True))
    return [one * 1000 for one in seconds[1:]], answer.get_json()


def measure(app: APIFlask, query: Mapping[str, Any], calls: int) -> tuple[list[float], dict[str, Any]]:
    """Milliseconds of each call of a query, and its last answer."""
    role = query.get("as", "marketer")
    asked = {name: value for name, value in query.items() if name not in {"as", "deep"}}
    address = "/api/v1/offers?" + urlencode(asked | ({"cursor": far_down()} if "deep" in query else {}))
    get = partial(app.test_client().get, address, headers=basic(f"{role}-user", factories.PASSWORD))
    return timed(repeat(get, calls + 1))


def label_one(app: APIFlask, calls: int) -> list[float]:
    """Milliseconds until a label is stored, each for another text."""
    client, headers = app.test_client(), basic("marketer-user", factories.PASSWORD)
    judged = {"label": "failure", "reasons": ["dull"], "comment": "так мы не говорим"}
    offers = _unlabelled(calls + 1)
    return timed(partial(client.put, f"/api/v1/offers/{one}/label", json=judged, headers=headers) for one in offers)[0]


def label_many(app: APIFlask, calls: int) -> list[float]:
    """Milliseconds until the labels of a bulk are stored."""
    client, headers = app.test_client(), basic("marketer-user", factories.PASSWORD)
    found = _unlabelled((calls + 1) * BULK)
    bulks = [{"offer_ids": found[i : i + BULK], "label": "success"} for i in range(0, len(found), BULK)]
    return timed(partial(client.post, "/api/v1/labels", json=bulk, headers=headers) for bulk in bulks)[0]


def _unlabelled(count: int) -> list[str]:
    """Texts from all over the history, in random order."""
    waiting = select(Offer.id).where(Offer.label.is_(None), Offer.text.is_not(None))
    return [str(one) for one in db.session.scalars(waiting.order_by(func.random()).limit(count))]


@contextmanager
def plans(console: Console) -> Iterator[None]:
    """Print EXPLAIN ANALYZE of every select on offers that runs inside."""
    engine, busy = db.engine, []

    def explain(connection: Any, cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if busy or "FROM offers" not in statement or statement.startswith("EXPLAIN"):
            return
        busy.append(1)
        rows = connection.exec_driver_sql(f"EXPLAIN (ANALYZE, BUFFERS) {statement}", parameters).fetchall()
        console.print("\n".join(row[0] for row in rows), style="dim", markup=False, soft_wrap=True)
        busy.pop()

    event.listen(engine, "before_cursor_execute", explain)
    try:
        yield
    finally:
        event.remove(engine, "before_cursor_execute", explain)


def report(app: APIFlask, arguments: argparse.Namespace, console: Console) -> None:
    """Measure every query and print the table."""
    table = Table(
        *("looking for", "p50, ms", "p95, ms", "total"),
        title=f"GET /offers over {arguments.rows:,} rows; promised: p95 of {PROMISED_MS} ms",
    )
    for name, query in QUERIES.items():
        if arguments.only and arguments.only not in name:
            continue
        if arguments.explain:
            console.rule(name)
            with plans(console):
                measure(app, query, 1)
        times, page = measure(app, query, arguments.calls)
        total = f"{page['total']:,}" if page.get("total_is_exact", True) else f"≈ {page['total']:,}"
        table.add_row(name, *_half_and_most(times), total)
    console.print(table)
    if arguments.only:
        return
    table = Table("labels", "p50, ms", "p95, ms", title=f"Stored labels; promised: {LABEL_PROMISED_MS} ms for one")
    table.add_row("one text", *_half_and_most(label_one(app, arguments.calls)))
    table.add_row(f"{BULK} texts at once", *_half_and_most(label_many(app, arguments.calls)))
    console.print(table)


def _half_and_most(times: list[float]) -> tuple[str, str]:
    return f"{statistics.median(times):.0f}", f"{statistics.quantiles(times, n=20)[18]:.0f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--calls", type=int, default=CALLS, help="measured calls of each query")
    parser.add_argument("--data", type=Path, help="keep the servers' data here and use it again")
    parser.add_argument("--explain", action="store_true", help="print the plans, too")
    parser.add_argument("--only", default="", help="queries whose name holds this")
    arguments = parser.parse_args()
    console = Console()
    with tempfile.TemporaryDirectory(prefix="offers-history-") as passing, ExitStack() as stack:
        app = stack.enter_context(application(arguments.data or Path(passing)))
        if not db.session.scalar(text("SELECT 1 FROM offers LIMIT 1")):
            started = time.perf_counter()
            fill(arguments.rows)
            console.print(f"{arguments.rows:,} rows in {time.perf_counter() - started:.0f} s")
        settle()
        report(app, arguments, console)


if __name__ == "__main__":
    main()
