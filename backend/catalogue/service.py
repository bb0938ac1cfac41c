"""The door of the catalogue: find, change and import products and channels, and give other domains their facts.

A record without what the law or a form needs is a draft: imported codes that nobody has classified yet. A draft is
listed and can be edited, but no text is written for it until an admin sets its group (product) or form (channel).
"""

from collections.abc import Mapping
from datetime import date, datetime
from types import MappingProxyType
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, and_, or_, select

from backend.catalogue import codes, editing
from backend.catalogue.intake import Imported, ImportedRow, import_catalogue
from backend.catalogue.models import BankProfile, Channel, Product
from backend.catalogue.seed import seed_demo
from backend.clients.service import SEGMENTS as SEGMENT_NAMES
from backend.common import audit
from backend.common.clock import today
from backend.common.db import db
from backend.common.pages import Key, Page, paginate
from backend.compliance.service import CHECKLISTS, GROUP_NAMES, Bank, Card, last_day, strangers
from backend.errors import FieldError, Invalid, NotFound
from model.brief import FACTS

__all__ = [
    "FORMS",
    "LIMITS",
    "SEGMENTS",
    "STATES",
    "Imported",
    "ImportedRow",
    "archive_channel",
    "archive_product",
    "bank",
    "bank_profile",
    "card",
    "change_bank",
    "change_channel",
    "change_product",
    "conditions",
    "create_channel",
    "create_product",
    "find_channel",
    "find_product",
    "import_catalogue",
    "list_channels",
    "list_products",
    "missing",
    "offered_products",
    "outdated",
    "reference",
    "resolve_channel",
    "resolve_product",
    "restore_channel",
    "restore_product",
    "seed_demo",
    "view",
    "view_page",
]

STATES = ("ready", "draft", "archived")
FORMS = ("sms", "push", "email", "script", "banner", "office", "chat")
LIMITS = ("max_units", "title_max", "body_max", "max_words", "subject_max", "preheader_max")
SEGMENTS = tuple("abcdefghijk")

_cards: dict[str, tuple[tuple[int, datetime], Card]] = {}
_banks: dict[int, tuple[tuple[int, datetime], Bank]] = {}

Record = TypeVar("Record", Product, Channel)
Kept = TypeVar("Kept", Product, Channel, BankProfile)


# --- what other domains ask ---------------------------------------------------------------------------------------


def resolve_product(code: str) -> Product:
    """The product that may be offered. Raises NotFound, with advice, for unknown, archived, draft and ended ones."""
    product = _usable(find_product(code))
    if day := _ended(product):
        advice = "администратору нужно указать новый срок в карточке (offer_until)"
        raise NotFound(f"Предложение «{product.code}» действовало до {day:%d.%m.%Y}, новых текстов нет: {advice}")
    return product


def resolve_channel(code: str) -> Channel:
    """The channel that may be written for. Raises NotFound, with advice, for unknown, archived and draft codes."""
    return _usable(find_channel(code))


def find_product(code: str) -> Product:
    """A product in any state, so that old offers keep its name. Raises NotFound with advice."""
    return _find(Product, codes.canonical(code))


def find_channel(code: str) -> Channel:
    """A channel in any state. Raises NotFound with advice."""
    return _find(Channel, code)


def offered_products() -> list[Product]:
    """All products that may be offered, in the order of the catalogue."""
    statement = select(Product).where(_in_state(Product, "ready")).order_by(Product.position, Product.code)
    return [product for product in _kept(list(db.session.scalars(statement))) if not _ended(product)]


def card(product: Product) -> Card:
    """The conditions as the compliance domain takes them; built once for each version of the product."""
    stamp = (product.version, product.updated_at)
    known = _cards.get(product.code)
    if known is None or known[0] != stamp:
        known = _cards[product.code] = (stamp, _as_card(product))
    return known[1]


def bank() -> Bank:
    """The bank as the compliance domain takes it; one look into the database in a transaction."""
    profile = bank_profile()
    stamp = (profile.version, profile.updated_at)
    known = _banks.get(profile.id)
    if known is None or known[0] != stamp:
        known = _banks[profile.id] = (stamp, _as_bank(profile))
    return known[1]


def bank_profile() -> BankProfile:
    """The bank's profile as stored. Raises NotFound before the first seed."""
    profile = db.session.get(BankProfile, 1)
    if profile is None:
        raise NotFound("Профиль банка не заполнен: наполните каталог командой seed")
    return _kept([profile])[0]


def _as_card(product: Product) -> Card:
    return Card(
        code=product.code,
        group=product.group or "",
        name=product.name,
        site_section=product.site_section,
        conditions=MappingProxyType(dict(product.card)),
    )


def _as_bank(profile: BankProfile) -> Bank:
    return Bank(
        legal_name=profile.legal_name,
        names=tuple(profile.names),
        app=profile.app,
        site=profile.site,
        phone=profile.phone,
        agent=profile.agent,
        insurer=profile.insurer,
        asset_manager=profile.asset_manager,
        disclosure_site=profile.disclosure_site,
        address=profile.address,
    )


def _ended(product: Product) -> date | None:
    """The last day of an offer that is over; None while it holds or where its card names no end."""
    day = last_day(product.card.get("offer_until", ""))
    return day if day and day < today() else None


def _usable(record: Record) -> Record:
    if record.state == "ready":
        return record
    kind = editing.WORDS[type(record)][2]
    if record.state == "archived":
        raise NotFound(f"{kind} «{record.code}» в архиве, новых текстов для него нет")
    lacking = "правовой режим (group)" if isinstance(record, Product) else "форму текста (form)"
    raise NotFound(f"{kind} «{record.code}» — черновик: администратору нужно указать {lacking}")


def _find(kind: type[Record], code: str) -> Record:
    record = db.session.get(kind, code)
    if record is None:
        raise NotFound(editing.unknown(kind, code))
    return _kept([record])[0]


def _kept(records: list[Kept]) -> list[Kept]:
    """Hold the records as long as the session lives: its own map is weak and would ask again for every client.

    A commit still expires them, so a change made by another process is seen by the next transaction.
    """
    held = db.session.info.setdefault("catalogue", {})
    for record in records:
        held[type(record), record.id if isinstance(record, BankProfile) else record.code] = record
    return records


# --- products and channels as people see them ---------------------------------------------------------------------


def list_products(filters: Mapping[str, Any]) -> Page[Product]:
    """Products in the order of the catalogue. Filters: group, state, q, cursor, limit."""
    statement = select(Product).where(_in_state(Product, filters.get("state")))
    if group := filters.get("group"):
        statement = statement.where(Product.group == group)
    if q := filters.get("q"):
        part = {"autoescape": True}
        statement = statement.where(or_(Product.code.icontains(q, **part), Product.name.icontains(q, **part)))
    return paginate(statement, [Key(Product.position), Key(Product.code)], filters.get("cursor"), filters["limit"])


def list_channels(filters: Mapping[str, Any]) -> Page[Channel]:
    """Channels in the order of the catalogue. Filters: state, cursor, limit."""
    statement = select(Channel).where(_in_state(Channel, filters.get("state")))
    return paginate(statement, [Key(Channel.position), Key(Channel.code)], filters.get("cursor"), filters["limit"])


def _in_state(kind: type[Any], state: str | None) -> ColumnElement[bool]:
    """The states of the records as SQL; without a state, all but the archive."""
    live: ColumnElement[bool] = kind.archived_at.is_(None)
    ready: ColumnElement[bool] = (kind.group if kind is Product else kind.form).is_not(None)
    if state == "archived":
        return ~live
    return live if state is None else and_(live, ready if state == "ready" else ~ready)


def view_page(filters: Mapping[str, Any]) -> Page[dict[str, Any]]:
    """`list_products` with what is out of date in each."""
    page = list_products(filters)
    return Page([_row(product) for product in page.items], page.next_cursor, page.total)


def view(product: Product) -> dict[str, Any]:
    """The product with the conditions that the law wants named together, and those that the card lacks."""
    return {**_row(product), "conditions": conditions(product), "missing": missing(product)}


def _row(product: Product) -> dict[str, Any]:
    columns = {column.key: getattr(product, column.key) for column in Product.__table__.columns}
    return {**columns, "state": product.state, "outdated": outdated(product)}


def outdated(product: Product) -> list[FieldError]:
    """What of the product no longer holds, in words: what the bank's profile does not know, an end that is past."""
    found = _drifted(product, bank()) if db.session.get(BankProfile, 1) else []
    if day := _ended(product):
        wrong = f"Предложение действовало до {day:%d.%m.%Y}: пока нет нового срока, тексты не пишутся"
        found.append(FieldError("/card/offer_until", wrong))
    return found


def _drifted(product: Product, own: Bank) -> list[FieldError]:
    """A change of the profile leaves the former details in the cards, where people have written them into phrases."""
    foreign = {key: strangers(phrase, own) for key, phrase in product.card.items()}
    advice = "не из профиля банка: проверьте, не прежние ли это сведения"
    found = [
        FieldError(f"/card/{key}", f"{', '.join(f'«{words}»' for words in said)} — {advice}")
        for key, said in foreign.items()
        if said
    ]
    if product.site_section and not own.owns(product.site_section):
        found.append(FieldError("/site_section", f"Раздел лежит не на сайте банка: {own.site}"))
    return found


def conditions(product: Product) -> list[dict[str, Any]]:
    """The checklist of the product's group with the card's phrases, then the card's further phrases."""
    checklist = CHECKLISTS.get(product.group or "", ())
    absent = set(missing(product))
    listed = [
        {
            "key": item.key,
            "label": item.label,
            "required": item.required or item.key in absent,
            "text": product.card.get(item.key),
        }
        for item in checklist
    ]
    known = {item.key for item in checklist}
    extra = [{"key": k, "label": k, "required": False, "text": v} for k, v in product.card.items() if k not in known]
    return listed + extra


def missing(product: Product) -> list[str]:
    """Keys that texts with full conditions need and the card lacks; a draft has no checklist yet."""
    given = {key for key, phrase in product.card.items() if phrase.strip()}
    return [
        item.key
        for item in CHECKLISTS.get(product.group or "", ())
        if item.key not in given and (item.required or item.needed_with in given)
    ]


def reference() -> dict[str, Any]:
    """What cards are filled from: the legal regimes with their checklists, and the facts and segments of audiences."""
    return {
        "groups": [{"code": g, "name": GROUP_NAMES[g], "conditions": listed} for g, listed in CHECKLISTS.items()],
        "facts": [{"code": fact.code, "name": fact.words} for fact in FACTS.values()],
        "segments": [{"code": letter, "name": SEGMENT_NAMES[letter].name} for letter in SEGMENTS],
    }


# --- changes ------------------------------------------------------------------------------------------------------


def create_product(values: Mapping[str, Any]) -> Product:
    """A new product. Raises Conflict when the code, or one that looks the same, is taken."""
    _check_section(values)
    return editing.create(Product, {**values, "code": codes.canonical(values["code"])})


def change_product(code: str, version: int, changes: Mapping[str, Any]) -> Product:
    """Raises Conflict when the product is no longer the version that the caller saw."""
    _check_section(changes)
    return editing.change(editing.locked(Product, codes.canonical(code), version), changes, "change")


def archive_product(code: str, version: int) -> Product:
    return editing.archive(editing.locked(Product, codes.canonical(code), version))


def restore_product(code: str, version: int) -> Product:
    return editing.change(editing.locked(Product, codes.canonical(code), version), {"archived_at": None}, "restore")


def create_channel(values: Mapping[str, Any]) -> Channel:
    """A new channel. Raises Conflict when the code, or one that looks the same, is taken."""
    return editing.create(Channel, values)


def change_channel(code: str, version: int, changes: Mapping[str, Any]) -> Channel:
    """Raises Conflict when the channel is no longer the version that the caller saw."""
    return editing.change(editing.locked(Channel, code, version), changes, "change")


def archive_channel(code: str, version: int) -> Channel:
    return editing.archive(editing.locked(Channel, code, version))


def restore_channel(code: str, version: int) -> Channel:
    return editing.change(editing.locked(Channel, code, version), {"archived_at": None}, "restore")


def change_bank(version: int, changes: Mapping[str, Any]) -> BankProfile:
    """Raises Conflict on an outdated version, Invalid when the legal name is not among the accepted names."""
    profile = db.session.get(BankProfile, 1, with_for_update=True, populate_existing=True) or bank_profile()
    editing.check_version(profile, version, "Профиль банка")
    if changes.get("legal_name", profile.legal_name) not in changes.get("names", profile.names):
        wrong = FieldError("/names", "Среди написаний должно быть и полное юридическое название (legal_name)")
        raise Invalid("Правила не узнают банк по его названию", [wrong])
    if difference := editing.apply(profile, changes):
        audit.record("bank.change", "bank", difference)
        db.session.flush()
    return profile


def _check_section(values: Mapping[str, Any]) -> None:
    """The law wants a section of the bank's own site."""
    section, profile = values.get("site_section"), db.session.get(BankProfile, 1)
    if section and profile and not _as_bank(profile).owns(section):
        wrong = FieldError("/site_section", f"Раздел должен лежать на сайте банка: {profile.site}/…")
        raise Invalid("Раздел сайта не принадлежит банку", [wrong])
