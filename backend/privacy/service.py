"""The door to the end of clients' data. Every step is audited, by a reference that holds no id.

What stays, and why: rows of offers without a client (counts, success rates), labels without words, frozen data sets of
retraining runs after the retention (hashes of ids, codes of facts, texts with slots), the audit log.
"""

import time
from dataclasses import asdict, dataclass
from datetime import timedelta

from backend.batches import service as batches
from backend.common import audit
from backend.common.client_ids import reference
from backend.common.clock import now
from backend.common.db import db
from backend.config import settings
from backend.learning import runs
from backend.offers import service as offers


@dataclass(frozen=True)
class Forgotten:
    """What was removed of one client. `reference` is the target of the audit's entry."""

    reference: str
    offers: int
    batch_rows: int
    learning_examples: int


@dataclass(frozen=True)
class Purged:
    """What the end of the retention removed."""

    offers: int = 0
    batch_records: int = 0

    @property
    def any(self) -> bool:
        return bool(self.offers or self.batch_records)


def forget_client(client_id: int | str) -> Forgotten:
    """Remove one client from offers, labels, batches and data sets. Flushes.

    Raises Conflict while the client may be in a file whose rows are being checked.
    """
    named = str(client_id)
    waiting = batches.forget_client(named)  # first, so that no worker writes for the client any more
    texts = offers.forget_client(named)
    waiting += batches.forget_client(named)  # a resume whose end that waited for has made chunks of offers
    removed = Forgotten(reference(named), texts, waiting, runs.forget_client(named))
    counts = {name: value for name, value in asdict(removed).items() if name != "reference"}
    audit.record("privacy.forget", removed.reference, counts)
    db.session.flush()
    return removed


def purge(seconds: float) -> Purged:
    """Remove what is older than RETENTION_DAYS, portion by portion for so many seconds at most.

    Each is committed together with its audit entry.
    """
    days = settings().retention_days
    if not days:
        return Purged()
    before, ends, done = now() - timedelta(days=days), time.monotonic() + seconds, Purged()
    while time.monotonic() < ends:
        portion = Purged(offers.anonymise_older(before), batches.purge_older(before))
        if not portion.any:
            break
        audit.record("privacy.purge", "offers", {"before": before.isoformat(), **asdict(portion)})
        db.session.commit()
        done = Purged(done.offers + portion.offers, done.batch_records + portion.batch_records)
    return done
