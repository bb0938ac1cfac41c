"""The body of POST /offers, read by hand: one pass, plain data out, every mistake with its JSON pointer.

A schema library would cost more time on 64 clients x 25 fields than the rest of the parsing; the schema in `schemas.py`
describes the same rules for OpenAPI.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal, Protocol, TypeVar

from backend.clients.service import EXACT, Event, Features, parse_events, parse_features
from backend.errors import DomainError, FieldError, Invalid, TooLarge, escaped
from backend.offers.limits import CallLimits, check_size
from backend.offers.shelf import ChannelView, ProductView
from model.brief import TONES

Conditions = Literal["none", "full"]
AUTO = "auto"
CONDITIONS: tuple[Conditions, ...] = ("none", "full")
MOST_VARIANTS = 4
MOST_SEED = 2**31 - 1
MOST_CLIENT_ID = 128
MOST_CLIENT_NUMBER = 2**63 - 1
MOST_ERRORS = 100

CALL_FIELDS = ("product", "channel", "clients", "tone", "variants", "conditions", "seed")
CLIENT_FIELDS = ("client_id", "features", "events", "product", "channel")

_UNWRITABLE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")

Code = TypeVar("Code", ProductView, ChannelView)
Word = TypeVar("Word", bound=str)


class Shelf(Protocol):
    """What parsing asks of the catalogue; both raise a DomainError that explains itself."""

    def product(self, code: str) -> ProductView: ...

    def channel(self, code: str) -> ChannelView: ...


@dataclass(frozen=True)
class ClientIn:
    """One client of a call. `product` is None when the choice is left to us."""

    position: int
    client_id: str
    is_number: bool
    features: Features
    events: tuple[Event, ...]
    product: ProductView | None
    channel: ChannelView

    def id_as_sent(self) -> int | str:
        return int(self.client_id) if self.is_number else self.client_id


@dataclass(frozen=True)
class OfferCall:
    """A call of POST /offers, wholly checked."""

    clients: tuple[ClientIn, ...]
    tone: str = "neutral"
    variants: int = 1
    conditions: Conditions = "none"
    seed: int | None = None


def parse_call(body: Any, shelf: Shelf, limits: CallLimits, today: date) -> OfferCall:
    """Check everything and return plain data. Raises Invalid with all pointers, or TooLarge."""
    if not isinstance(body, Mapping):
        raise Invalid("Тело запроса должно быть объектом JSON", [FieldError("", "нужен объект")])
    reader = _Reader(shelf, today)
    clients = reader.clients(body, limits)
    call = OfferCall(
        clients=clients,
        tone=reader.choice(body, "tone", TONES, "neutral"),
        variants=reader.number(body, "variants", 1, MOST_VARIANTS, 1) or 1,
        conditions=reader.choice(body, "conditions", CONDITIONS, "none"),
        seed=reader.number(body, "seed", 0, MOST_SEED, None),
    )
    reader.unknown(body, CALL_FIELDS, "")
    if reader.errors:
        raise Invalid("Проверьте отмеченные поля", reader.errors[:MOST_ERRORS])
    check_size([client.channel.short for client in clients], limits)
    return call


class _Reader:
    """Collects the mistakes of one body; each code is resolved once, however many clients use it."""

    def __init__(self, shelf: Shelf, today: date) -> None:
        self.errors: list[FieldError] = []
        self._shelf = shelf
        self._today = today
        self._products: dict[str, ProductView | str] = {}
        self._channels: dict[str, ChannelView | str] = {}
        self._seen: dict[str, int] = {}

    def clients(self, body: Mapping[str, Any], limits: CallLimits) -> tuple[ClientIn, ...]:
        raw = body.get("clients")
        if not isinstance(raw, Sequence) or isinstance(raw, str):
            self._wrong("/clients", "обязательное поле: список клиентов" if raw is None else "нужен список клиентов")
            return ()
        if not raw:
            self._wrong("/clients", "список пуст: нужен хотя бы один клиент")
            return ()
        if len(raw) > limits.short:
            raise TooLarge(
                f"Клиентов в вызове {len(raw)}, можно не больше {limits.short}. Больше — через POST /api/v1/batches"
            )
        read = (self._client(item, index, body) for index, item in enumerate(raw))
        clients = tuple(client for client in read if client is not None)
        for name in ("product", "channel"):
            self._check_common(body, name)
        return clients

    def choice(self, body: Mapping[str, Any], name: str, allowed: Sequence[Word], default: Word) -> Word:
        value = body.get(name, default)
        if isinstance(value, str) and value in allowed:
            return allowed[allowed.index(value)]
        self._wrong(f"/{name}", f"допустимы {', '.join(allowed)}")
        return default

    def number(self, body: Mapping[str, Any], name: str, least: int, most: int, default: int | None) -> int | None:
        value = body.get(name, default)
        if value is None and default is None:
            return None
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if isinstance(value, int) and not isinstance(value, bool) and least <= value <= most:
            return value
        self._wrong(f"/{name}", f"нужно целое число от {least} до {most}")
        return default

    def unknown(self, body: Mapping[str, Any], known: Sequence[str], pointer: str) -> None:
        for name in body:
            if name not in known and len(self.errors) < MOST_ERRORS:
                self._wrong(f"{pointer}/{escaped(name[:80])}", "неизвестное поле")

    def _client(self, raw: Any, index: int, body: Mapping[str, Any]) -> ClientIn | None:
        pointer = f"/clients/{index}"
        if not isinstance(raw, Mapping):
            self._wrong(pointer, "нужен объект клиента")
            return None
        client_id = self._client_id(raw, pointer, index)
        features, wrong_features = parse_features(raw.get("features"), f"{pointer}/features")
        events, wrong_events = parse_events(raw.get("events"), f"{pointer}/events", self._today)
        self.errors += [*wrong_features, *wrong_events]
        self.unknown(raw, CLIENT_FIELDS, pointer)
        product = self._product(raw, body, pointer)
        channel = self._channel(raw, body, pointer)
        if client_id is None or product is None or channel is None:
            return None
        return ClientIn(
            position=index,
            client_id=client_id,
            is_number=not isinstance(raw["client_id"], str),
            features=features,
            events=tuple(events),
            product=product if isinstance(product, ProductView) else None,
            channel=channel,
        )

    def _client_id(self, raw: Mapping[str, Any], pointer: str, index: int) -> str | None:
        pointer = f"{pointer}/client_id"
        value = raw.get("client_id")
        if isinstance(value, float) and value.is_integer() and abs(value) < EXACT:
            value = int(value)
        problem = _wrong_id(value)
        if problem:
            self._wrong(pointer, problem)
            return None
        client_id = str(value)
        if client_id in self._seen:
            self._wrong(pointer, f"тот же client_id, что у /clients/{self._seen[client_id]}")
            return None
        self._seen[client_id] = index
        return client_id

    def _product(self, raw: Mapping[str, Any], body: Mapping[str, Any], pointer: str) -> ProductView | str | None:
        """The product of one client; the string "auto" as it is; None when there is an error."""
        code, place = _override(raw, body, "product", pointer)
        if code == AUTO:
            return AUTO
        return self._resolve(code, place, self._products, self._shelf.product)

    def _channel(self, raw: Mapping[str, Any], body: Mapping[str, Any], pointer: str) -> ChannelView | None:
        code, place = _override(raw, body, "channel", pointer)
        return self._resolve(code, place, self._channels, self._shelf.channel)

    def _resolve(self, code: Any, place: str, known: dict[str, Any], find: Callable[[str], Code]) -> Code | None:
        if not isinstance(code, str):
            self._wrong_once(place, "нужен код из каталога" if code is None else "код должен быть строкой")
            return None
        if code not in known:
            try:
                known[code] = find(code)
            except DomainError as error:
                if error.status >= 500:
                    raise
                known[code] = error.detail
        found = known[code]
        if isinstance(found, str):
            self._wrong_once(place, found)
            return None
        return found  # type: ignore[no-any-return] # the dictionary holds what `find` returned

    def _check_common(self, body: Mapping[str, Any], name: str) -> None:
        """The common code must be right even when every client overrides it."""
        code = body.get(name)
        if code is None or (name == "product" and code == AUTO):
            return
        if name == "product":
            self._resolve(code, "/product", self._products, self._shelf.product)
        else:
            self._resolve(code, "/channel", self._channels, self._shelf.channel)

    def _wrong(self, pointer: str, detail: str) -> None:
        self.errors.append(FieldError(pointer, detail))

    def _wrong_once(self, pointer: str, detail: str) -> None:
        """A common code is one mistake, not one for each client."""
        error = FieldError(pointer, detail)
        if error not in self.errors:
            self.errors.append(error)


def _override(raw: Mapping[str, Any], body: Mapping[str, Any], name: str, pointer: str) -> tuple[Any, str]:
    """The client's own code or else the call's, and where it stands."""
    own = raw.get(name)
    return (own, f"{pointer}/{name}") if own is not None else (body.get(name), f"/{name}")


def _wrong_id(value: Any) -> str | None:
    if value is None:
        return "обязательное поле: число или строка"
    if isinstance(value, bool) or not isinstance(value, int | str):
        return "нужно целое число или строка"
    if isinstance(value, int):
        return None if abs(value) <= MOST_CLIENT_NUMBER else "слишком большое число"
    if not value.strip() or len(value) > MOST_CLIENT_ID:
        return f"нужна непустая строка не длиннее {MOST_CLIENT_ID} знаков"
    return "недопустимые знаки" if _UNWRITABLE.search(value) else None
