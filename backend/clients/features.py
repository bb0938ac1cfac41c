"""The 25 features of a client: their table, and the parser that cleans them and points at what is wrong."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from difflib import get_close_matches
from enum import StrEnum
from functools import lru_cache
from typing import Any, TypeVar

from backend.clients import values
from backend.clients.dictionaries import LAST_POSITION_CODE, LOOKALIKES, VISIT_PURPOSES
from backend.errors import FieldError


@dataclass(frozen=True)
class Features:
    """What is known of one client. None is "unknown", never zero. Units and limits are in FIELDS."""

    gender: int | None = None
    age: float | None = None
    reg_region_nm: str | None = None
    cnt_tr_all_3m: int | None = None
    cnt_tr_top_up_3m: int | None = None
    cnt_tr_cash_3m: int | None = None
    cnt_tr_buy_3m: int | None = None
    cnt_tr_mobile_3m: int | None = None
    cnt_tr_oil_3m: int | None = None
    cnt_tr_on_card_3m: int | None = None
    cnt_tr_service_3m: int | None = None
    cnt_zp_12m: int | None = None
    sum_zp_12m: float | None = None
    limit_exchange_count: int | None = None
    max_outstanding_amount_6m: float | None = None
    avg_outstanding_amount_3m: float | None = None
    cnt_dep_act: int | None = None
    sum_dep_now: float | None = None
    avg_dep_avg_balance_1month: float | None = None
    max_dep_avg_balance_3month: float | None = None
    app_vehicle_ind: int | None = None
    app_position_type_nm: str | None = None
    visit_purposes: str | None = None
    qnt_months_from_last_visit: float | None = None
    super_clust: str | None = None

    def known(self) -> dict[str, Any]:
        """The known fields only, ready for JSON."""
        return {name: value for name in NAMES if (value := getattr(self, name)) is not None}


class Kind(StrEnum):
    """How a field is read."""

    COUNT = "count"
    MONEY = "money"
    NUMBER = "number"
    CHOICE = "choice"
    FLAG = "flag"
    TEXT = "text"
    POSITION = "position"
    PURPOSE = "purpose"


@dataclass(frozen=True)
class Field:
    """One feature: `lowest` and `highest` bound what is possible (inclusive), `meaning` is for people."""

    name: str
    kind: Kind
    unit: str
    lowest: float | None
    highest: float | None
    meaning: str


_N = TypeVar("_N", int, float)
_MOST_COUNT = 100_000
_MOST_MONEY = 1e12

LOWEST_AGE = 14
"""Younger children act in a bank through their parents only (ст. 26, 28 ГК РФ), so nothing is offered to them."""


def _count(name: str, meaning: str) -> Field:
    return Field(name, Kind.COUNT, "шт.", 0, _MOST_COUNT, meaning)


def _money(name: str, meaning: str) -> Field:
    return Field(name, Kind.MONEY, "₽", 0, _MOST_MONEY, meaning)


FIELDS: tuple[Field, ...] = (
    Field("gender", Kind.CHOICE, "", 0, 1, "пол: 0 мужчина, 1 женщина"),
    Field("age", Kind.NUMBER, "лет", LOWEST_AGE, 120, "возраст"),
    Field("reg_region_nm", Kind.TEXT, "", None, None, "регион регистрации"),
    _count("cnt_tr_all_3m", "операций за 3 месяца"),
    _count("cnt_tr_top_up_3m", "пополнений за 3 месяца"),
    _count("cnt_tr_cash_3m", "снятий наличных за 3 месяца"),
    _count("cnt_tr_buy_3m", "покупок за 3 месяца"),
    _count("cnt_tr_mobile_3m", "оплат связи за 3 месяца"),
    _count("cnt_tr_oil_3m", "покупок топлива за 3 месяца"),
    _count("cnt_tr_on_card_3m", "переводов по карте за 3 месяца"),
    _count("cnt_tr_service_3m", "оплат услуг за 3 месяца"),
    _count("cnt_zp_12m", "зарплатных зачислений за 12 месяцев"),
    _money("sum_zp_12m", "сумма зарплаты за 12 месяцев"),
    _count("limit_exchange_count", "изменений лимита"),
    _money("max_outstanding_amount_6m", "наибольший основной долг за 6 месяцев"),
    _money("avg_outstanding_amount_3m", "средний основной долг за 3 месяца"),
    _count("cnt_dep_act", "действующих срочных вкладов от 1000 ₽"),
    _money("sum_dep_now", "сумма вкладов сейчас"),
    _money("avg_dep_avg_balance_1month", "средний остаток вкладов за последний месяц"),
    _money("max_dep_avg_balance_3month", "наибольший остаток вкладов за 3 месяца"),
    Field("app_vehicle_ind", Kind.FLAG, "", 0, 1, "есть автомобиль: 0 нет, 1 да"),
    Field("app_position_type_nm", Kind.POSITION, "", 1, LAST_POSITION_CODE, "уровень должности: текст или код"),
    Field("visit_purposes", Kind.PURPOSE, "", None, None, "цель последнего визита в офис"),
    Field("qnt_months_from_last_visit", Kind.NUMBER, "мес.", 0, 1200, "месяцев с последнего визита в офис"),
    Field("super_clust", Kind.TEXT, "", None, None, "сегмент клиента"),
)
BY_NAME: dict[str, Field] = {field.name: field for field in FIELDS}
NAMES: tuple[str, ...] = tuple(field.name for field in fields(Features))
ALIASES: dict[str, str] = {"avg_dep_avg_balance_lmonth": "avg_dep_avg_balance_1month"}
"""Other spellings that external systems use: here the letter l stands where the digit 1 belongs."""

_MOST_UNKNOWN_NAMES = 10
_MOST_KEYS = 200
_MOST_NAME = 64


def parse_features(raw: Any, pointer: str) -> tuple[Features, list[FieldError]]:
    """Clean the raw features of one client. `pointer` is the JSON pointer of `raw`, errors point below it.

    Never raises: whatever is wrong becomes a FieldError, and the field stays unknown.
    """
    if raw is None:
        return Features(), []
    if not isinstance(raw, Mapping):
        return Features(), [FieldError(pointer, f"нужен объект с признаками, получено {values.shown(raw)}")]
    if len(raw) > _MOST_KEYS:
        return Features(), [FieldError(pointer, f"полей больше {_MOST_KEYS}, а признаков {len(FIELDS)}")]
    return _parse_known(raw, pointer)


def _parse_known(raw: Mapping[Any, Any], pointer: str) -> tuple[Features, list[FieldError]]:
    found: dict[str, Any] = {}
    errors: list[FieldError] = []
    unknown: list[str] = []
    for key, value in raw.items():
        name = ALIASES.get(key, key) if isinstance(key, str) else None
        if name not in BY_NAME:
            unknown.append(str(key))
        elif not values.is_unknown(value):
            try:
                clean = parse_value(BY_NAME[name], value)
                if found.setdefault(name, clean) != clean:
                    raise ValueError(f"значение не совпадает с тем же признаком под другим именем ({name})")
            except ValueError as error:
                errors.append(FieldError(f"{pointer}/{key}", str(error)))
    return Features(**found), errors + _unknown_names(unknown, pointer)


def parse_value(field: Field, value: Any) -> int | float | str:
    """The clean value of one field. `value` is not unknown. Raises ValueError with a text for the user."""
    match field.kind:
        case Kind.COUNT:
            return _within(field, values.whole(value), value)
        case Kind.MONEY | Kind.NUMBER:
            return _within(field, float(_within(field, values.number(value), value)), value)
        case Kind.CHOICE | Kind.FLAG:
            return _choice(field, value)
        case Kind.POSITION:
            return _position(field, value)
        case Kind.PURPOSE:
            return _purpose(value)
    return values.text(value)


def _within(field: Field, result: _N, source: Any) -> _N:
    if field.lowest is not None and result < field.lowest:
        what = "не может быть отрицательным" if field.lowest == 0 else f"не может быть меньше {field.lowest:g}"
    elif field.highest is not None and result > field.highest:
        what = f"не может быть больше {field.highest:,.0f}".replace(",", "\u00a0")
    else:
        return result
    raise ValueError(f"{field.meaning}: {what}, получено {values.shown(source)}")


def _choice(field: Field, value: Any) -> int:
    if isinstance(value, bool) and field.kind is Kind.FLAG:
        return int(value)
    result = values.number(value)
    if result not in (0, 1):
        raise ValueError(f"{field.meaning}; получено {values.shown(value)}")
    return int(result)


def _position(field: Field, value: Any) -> str:
    """A code comes back as its digits, so that 17, "17" and 17.0 are the same level."""
    if isinstance(value, str):
        try:
            values.number(value)
        except ValueError:
            return values.text(value)
    return str(_within(field, values.whole(value), value))


def _purpose(value: Any) -> str:
    code = values.text(value).upper()
    if code in VISIT_PURPOSES:
        return code
    if code.translate(LOOKALIKES) in VISIT_PURPOSES:
        raise ValueError(
            f"в коде {values.shown(value)} есть кириллица: наберите {code.translate(LOOKALIKES)} латиницей"
        )
    raise ValueError(f"неизвестная цель визита {values.shown(value)}; допустимы {', '.join(VISIT_PURPOSES)}")


def _unknown_names(names: list[str], pointer: str) -> list[FieldError]:
    # Bounded, because a proposal costs a fraction of a millisecond and a caller can send thousands of names
    errors = [
        FieldError(f"{pointer}/{values.for_pointer(name)}", f"неизвестный признак{_proposal(name)}")
        for name in names[:_MOST_UNKNOWN_NAMES]
    ]
    if len(names) > _MOST_UNKNOWN_NAMES:
        errors.append(FieldError(pointer, f"и ещё неизвестных признаков: {len(names) - _MOST_UNKNOWN_NAMES}"))
    return errors


def _proposal(name: str) -> str:
    closest = closest_name(name[:_MOST_NAME])
    return f"; возможно, {closest}" if closest else ""


@lru_cache(maxsize=1024)
def closest_name(name: str) -> str | None:
    """The feature whose name resembles `name` most, or None."""
    found = get_close_matches(name.strip().lower(), NAMES, 1, 0.6)
    return found[0] if found else None
