"""The review queue: which texts a reviewer gets next, how the day goes, how well reviewers agree.

Every text is given to one reviewer. A tenth of them, the shared sample, is given to a second one too, once the first
has judged, without showing what was said. The caller commits.

Orders that go by the confidence leave a quarter of the texts out, by the hash of the id: these are drawn, a quarter of
each call, from whichever version at work has the fewest such labels. Labels that the confidence has chosen would say
of every calibrated version that half of its texts fail.
"""

import hashlib
import uuid
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import Boolean, ColumnElement, Select, exists, func, literal_column, select
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import distinct_on

from backend.catalogue.codes import canonical
from backend.common.clock import MOSCOW, now
from backend.common.db import db
from backend.learning.release import current
from backend.offers import agreement, answers, leases, readings, tallies
from backend.offers.agreement import Pair, Word
from backend.offers.models import DOUBT, DRAWN, DRAWN_BELOW, OPEN, SHARED, SHARED_BELOW, Label, Offer, ReviewLease

if TYPE_CHECKING:
    from backend.users.models import User

UNCERTAIN, VALUABLE, NEWEST, OLDEST = "uncertain", "valuable", "newest", "oldest"
ORDERS: Mapping[str, tuple[Any, ...]] = {
    UNCERTAIN: (sql(DOUBT), Offer.id),
    VALUABLE: (sql(DOUBT), Offer.id),
    NEWEST: (Offer.created_at.desc(), Offer.id.desc()),
    OLDEST: (Offer.created_at, Offer.id),
}
"""Inside a cell of product and channel the most valuable text is the least certain one."""
BY_CONFIDENCE = frozenset({UNCERTAIN, VALUABLE})
MOST_AT_ONCE = 20
DRAWN_EVERY = 4
"""One text in so many is a drawn one, in orders by confidence."""
DRAWN_LATELY = timedelta(days=7)
"""Over so long the versions at work get equally many labels of drawn texts."""
SHARED_EVERY = 5
"""At most one text in so many is a second look, so that nobody's day consists of them."""
TRIES = 3
"""How often to look again for texts after another reviewer was faster."""
MOST_CONFLICTS = 100

_DRAWN: ColumnElement[bool] = literal_column(DRAWN, Boolean)

Cell = tuple[str, str]


@dataclass(frozen=True)
class Wish:
    """What a reviewer asks for. `put_aside` are texts that should not come in this sitting."""

    size: int
    order: str = UNCERTAIN
    product: str | None = None
    channel: str | None = None
    put_aside: tuple[uuid.UUID, ...] = ()


def next_texts(wish: Wish, reviewer: "User") -> list[Offer]:
    """Lease the next texts for the reviewer: first those already held, then new ones; audited. Flushes."""
    queue = _Queue(wish, reviewer.id)
    held = queue.held()
    left = wish.size - len(held)
    looked = sum(offer.label is not None for offer in held)
    second = queue.second_looks(min(left, max(0, wish.size // SHARED_EVERY - looked)))
    fresh = queue.unlabelled(left - len(second), held)
    second += queue.second_looks(left - len(second) - len(fresh))
    found = [*held, *_mixed(fresh, second)]
    readings.reviewed(found)
    return found


def as_json(offers: Sequence[Offer]) -> list[dict[str, Any]]:
    """The texts as a reviewer sees them: without the label of an earlier reviewer, with what a label has to name."""
    seen = _last_labels([offer.id for offer in offers])
    until = dict(db.session.execute(_lease_ends(offers)).all())
    return [
        answers.listed(offer)
        | {
            "label": None,
            "fact_codes": offer.facts,
            "features": offer.features,
            "events": offer.events,
            "seen": str(seen[offer.id]) if offer.id in seen else None,
            "leased_until": until[offer.id].isoformat(),
        }
        for offer in offers
    ]


def release(offer_ids: Sequence[uuid.UUID], reviewer: "User") -> int:
    """Give leases back. Flushes."""
    return leases.drop(offer_ids, reviewer.id)


def progress(reviewer: "User") -> dict[str, Any]:
    """The day so far, what is left, and the agreement on the shared sample."""
    mine, everybody = _labelled_since(_start_of_day(now()), reviewer)
    pairs = agreement.paired(_shared_words())
    measured = agreement.measure(pairs)
    conflicts = [pair for pair in reversed(pairs) if not pair.same]
    conflicts.sort(key=lambda pair: pair.decided)
    return {
        "labelled_today": {"mine": mine, "all": everybody},
        "unlabelled": db.session.scalar(select(func.count()).select_from(Offer).where(sql(OPEN))) or 0,
        "shared": {
            "pairs": measured.pairs,
            "same": measured.same,
            "agreement": _rounded(measured.share),
            "kappa": _rounded(measured.kappa),
            "open_conflicts": sum(not pair.decided for pair in conflicts),
            "conflicts": _conflicts_as_json(conflicts[:MOST_CONFLICTS]),
        },
    }


def spread(labelled: Mapping[Cell, int], waiting: Mapping[Cell, int], size: int) -> dict[Cell, int]:
    """How many texts to take from which cell, so that the cells with the fewest labels fill up first."""
    taken = dict.fromkeys(waiting, 0)
    for _ in range(min(size, sum(waiting.values()))):
        free = (cell for cell, number in waiting.items() if taken[cell] < number)
        taken[min(free, key=lambda cell: (labelled.get(cell, 0) + taken[cell], cell))] += 1
    return {cell: number for cell, number in taken.items() if number}


class _Queue:
    """The texts that one reviewer may get, for one call."""

    def __init__(self, wish: Wish, reviewer_id: uuid.UUID) -> None:
        self.wish = wish
        self.reviewer_id = reviewer_id
        self.conditions: list[ColumnElement[bool]] = []
        if wish.product:
            self.conditions.append(Offer.product == canonical(wish.product))
        if wish.channel:
            self.conditions.append(Offer.channel == wish.channel)
        if wish.put_aside:
            self.conditions.append(Offer.id.not_in(wish.put_aside))

    def held(self) -> list[Offer]:
        """What the reviewer holds already; the leases are renewed."""
        mine = self._all().where(leases.held_by(self.reviewer_id), Offer.text != "")
        waiting = mine.where(Offer.label.is_(None) | self._second_look())
        return self._leased(waiting.order_by(*ORDERS[self.wish.order]), self.wish.size)

    def unlabelled(self, number: int, held: Sequence[Offer]) -> list[Offer]:
        if self.wish.order not in BY_CONFIDENCE:
            return self._leased(self._open().order_by(*ORDERS[self.wish.order]), number)
        wanted = -(-self.wish.size // DRAWN_EVERY) - sum(is_drawn(offer.id) for offer in held)
        drawn = self._drawn(min(number, wanted))
        ordered = self._by_confidence(number - len(drawn))
        drawn += self._drawn(number - len(drawn) - len(ordered))
        return _mixed(ordered, drawn)

    def _by_confidence(self, number: int) -> list[Offer]:
        ordered = self._open(~_DRAWN).order_by(*ORDERS[self.wish.order])
        if self.wish.order != VALUABLE:
            return self._leased(ordered, number)
        found: list[Offer] = []
        for (product, channel), share in self._cells(number).items():
            found += self._leased(ordered.where(Offer.product == product, Offer.channel == channel), share)
        return found

    def _drawn(self, number: int) -> list[Offer]:
        """The newest drawn texts, first those of the version at work that has the fewest labels of such texts."""
        newest = self._open(_DRAWN).order_by(*ORDERS[NEWEST])
        found: list[Offer] = []
        for version in _compared() if number > 0 else ():
            found += self._leased(newest.where(Offer.model_version == version), number - len(found))
        return found + self._leased(newest, number - len(found))

    def second_looks(self, number: int) -> list[Offer]:
        """Texts of the shared sample that one other reviewer has judged."""
        ready = self._free().where(sql(SHARED), self._second_look())
        return self._leased(ready.order_by(Offer.created_at, Offer.id), number)

    def _cells(self, number: int) -> dict[Cell, int]:
        """A text that somebody has on screen counts as labelled, so that reviewers spread too."""
        done = self._all().where((Offer.label.is_not(None)) | leases.held())
        return spread(_tally(done), _tally(self._open(~_DRAWN)), number)

    def _second_look(self) -> ColumnElement[bool]:
        said = select(Label.id).where(Label.offer_id == Offer.id)
        judges = select(func.count(Label.author.distinct())).where(Label.offer_id == Offer.id, Label.label.is_not(None))
        mine = exists(said.where(Label.author_id == self.reviewer_id))
        return ~mine & (judges.scalar_subquery() == 1) & Offer.label.is_not(None)

    def _all(self) -> Select[Offer]:
        return select(Offer).where(*self.conditions)

    def _free(self) -> Select[Offer]:
        """Not held by anybody: what the reviewer holds is in `held`."""
        return self._all().where(~leases.held())

    def _open(self, *conditions: ColumnElement[bool]) -> Select[Offer]:
        return self._free().where(sql(OPEN), *conditions)

    def _leased(self, statement: Select[Offer], number: int) -> list[Offer]:
        """The first texts of the statement that could be leased; rows that another call is leasing are passed over."""
        found: list[Offer] = []
        for _ in range(TRIES):
            wanted = number - len(found)
            if wanted <= 0:
                break
            free = statement.where(Offer.id.not_in([offer.id for offer in found])).limit(wanted)
            rows = db.session.scalars(free.with_for_update(of=Offer, skip_locked=True)).all()
            got = leases.take([offer.id for offer in rows], self.reviewer_id)
            found += [offer for offer in rows if offer.id in got]
            if len(got) == len(rows):
                break
        return found


def is_drawn(offer_id: uuid.UUID) -> bool:
    """Whether the text is one of those that no confidence chooses: `DRAWN`, said in Python."""
    return hashlib.sha256(offer_id.bytes).digest()[1] < DRAWN_BELOW


def _compared() -> list[str]:
    """The versions at work that are being compared, those with the fewest labels of drawn texts first."""
    released = current()
    if released.champion is None or released.canary is None:
        return []
    names = [released.canary.name, released.champion.name]
    counted: Counter[str] = Counter()
    for (version, _), count in tallies.judged_by_version(names, now() - DRAWN_LATELY, drawn=True).items():
        counted[version] += count
    return sorted(names, key=counted.__getitem__)


def _tally(statement: Select[Offer]) -> dict[Cell, int]:
    counted = statement.with_only_columns(Offer.product, Offer.channel, func.count()).group_by(
        Offer.product, Offer.channel
    )
    return {(product, channel): number for product, channel, number in db.session.execute(counted)}


def _mixed(fresh: Sequence[Offer], second: Sequence[Offer]) -> list[Offer]:
    """Second looks spread among the others: a reviewer should not tell them apart by their place."""
    mixed = list(fresh)
    step = len(fresh) / (len(second) + 1)
    for place, offer in enumerate(second):
        mixed.insert(round(step * (place + 1)) + place, offer)
    return mixed


def _last_labels(offer_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, uuid.UUID]:
    last = (
        select(Label.offer_id, Label.id)
        .where(Label.offer_id.in_(offer_ids))
        .ext(distinct_on(Label.offer_id))
        .order_by(Label.offer_id, Label.id.desc())
    )
    return dict(db.session.execute(last).all())


def _lease_ends(offers: Sequence[Offer]) -> Select[uuid.UUID, datetime]:
    ids = [offer.id for offer in offers]
    return select(ReviewLease.offer_id, ReviewLease.until).where(ReviewLease.offer_id.in_(ids))


def _start_of_day(moment: datetime) -> datetime:
    """Midnight in Moscow, whose time the bank's people keep."""
    return moment.astimezone(MOSCOW).replace(hour=0, minute=0, second=0, microsecond=0)


def _labelled_since(start: datetime, reviewer: "User") -> tuple[int, int]:
    """Texts that the reviewer, and that anybody labelled since then and did not take back."""
    last = (
        select(Label.offer_id, Label.author_id, Label.label)
        .where(Label.created_at >= start)
        .ext(distinct_on(Label.offer_id, Label.author))
        .order_by(Label.offer_id, Label.author, Label.id.desc())
        .subquery()
    )
    mine = func.count(last.c.offer_id.distinct()).filter(last.c.author_id == reviewer.id)
    everybody = func.count(last.c.offer_id.distinct())
    row = db.session.execute(select(mine, everybody).where(last.c.label.is_not(None))).one()
    return row[0], row[1]


def _shared_words() -> Iterator[Word]:
    """Everything that was said of shared texts by more than one reviewer, in order."""
    several = (
        select(Label.offer_id)
        .where(sql(f"get_byte(sha256(uuid_send(labels.offer_id)), 0) < {SHARED_BELOW}"), Label.label.is_not(None))
        .group_by(Label.offer_id)
        .having(func.count(Label.author.distinct()) > 1)
    )
    rows = db.session.execute(
        select(Label.id, Label.offer_id, Label.author, Label.label, Label.created_at)
        .where(Label.offer_id.in_(several))
        .order_by(Label.id)
    )
    return (Word(*row) for row in rows)


def _conflicts_as_json(pairs: Sequence[Pair]) -> list[dict[str, Any]]:
    ids = [pair.first.offer_id for pair in pairs]
    offers = {offer.id: offer for offer in db.session.scalars(select(Offer).where(Offer.id.in_(ids)))}
    said = {word.id for pair in pairs for word in (pair.first, pair.second)}
    labels = {label.id: label for label in db.session.scalars(select(Label).where(Label.id.in_(said)))}
    return [_conflict(pair, offers[pair.first.offer_id], labels) for pair in pairs]


def _conflict(pair: Pair, offer: Offer, labels: Mapping[uuid.UUID, Label]) -> dict[str, Any]:
    both = [labels[pair.first.id], labels[pair.second.id]]
    return {
        "offer_id": str(offer.id),
        "product": offer.product,
        "channel": offer.channel,
        "text": offer.text,
        "label": offer.label,
        "decided": pair.decided,
        "labels": [
            {
                "author": label.author,
                "label": label.label,
                "reasons": label.reasons,
                "comment": label.comment,
                "corrected_text": label.corrected_text,
                "created_at": label.created_at.isoformat(),
            }
            for label in both
        ],
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
