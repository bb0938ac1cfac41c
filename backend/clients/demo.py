"""A generated base of clients: the shape, the dirt and the gaps of real data, and not one real row.

    python -m backend.clients.demo --rows 200 --out clients.xlsx

The segment drives the rest: who is paid through the bank makes transactions, who keeps deposits visits for them, and so
on. The shares of segments and the rates of unknown values follow the project's domain notes.
"""

import csv
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import click
from openpyxl import Workbook

from backend.clients.features import NAMES

Row = dict[str, str | int | float]

UNKNOWN = "NULL"


@dataclass(frozen=True)
class Profile:
    """One segment: its share, its ages, and for each block of features how often it is known."""

    label: str
    share: float
    youngest: float
    usual_age: float
    oldest: float
    gender: float
    transactions: float
    activity: float
    """Median transactions in 3 months of those who make any."""
    idle: float
    """Share of the known transactions that are all zero."""
    salary: float
    limits: float
    debts: float
    deposits: float
    wealth: float
    """Median deposit in thousands of roubles, 0 for the leftovers of closed deposits."""
    vehicle: float
    position: float
    visit: float

    @property
    def letter(self) -> str:
        return self.label[0]


_PROFILES = """
label                           | %   from mode to sex  moves usual idle pay  limit debt deps rub_k car  post visit
a. Супер-ЗП (3,11)              | 6   27   45   64 0.98 1.0   90    0.02 1.0  1.0   0.25 0.7  90    0.35 0.1  0.45
b. Текущие заёмщики (9)         | 5   23   38   66 0.92 1.0   14    0.3  0.05 0.7   0.5  0.4  60    0.25 0.1  0.4
c. Масс-ЗП закредитованные (7)  | 9   21   38   65 0.9  1.0   22    0.6  0.3  0.2   0.1  0.05 0     0.15 0.04 0.15
d. Масс-ЗП без согласия БКИ (2) | 16  19   36   72 0.4  1.0   30    0.45 0.7  0.05  0.02 0.18 500   0.05 0.03 0.13
e. Супер-аффлуент (0)           | 2.5 28   46   72 0.65 0.7   8     0.4  0.2  0.3   0.02 0.7  3000  0.3  0.12 0.5
f. Супер-депозиты (5,18)        | 2   35   58   82 0.2  0.7   20    0.4  0.15 0.05  0.02 1.0  800   0.1  0.03 0.8
g. ДК/ЗК до 6 месяцев (1)       | 2   14   22   45 0.1  1.0   12    0.5  0.05 0.05  0.05 0.05 0     0.03 0.02 0.05
h. Бывшие зарплатники (6,8,13)  | 26  20   44   78 0.15 0.3   3     0.75 0.04 0.02  0.01 0.1  0     0.04 0.03 0.12
i. Бывшие заёмщики (10,16)      | 5   25   47   70 1.0  0.02  2     0.8  0.08 0.85  0.02 0.45 0     0.4  0.06 0.05
j. Депозиты в оттоке (12,20)    | 5   30   64   94 0.1  0.05  3     0.7  0.02 0.02  0.01 1.0  30    0.03 0.02 0.1
k. Без продукта (14,15,17)      | 22  21   40   68 0.96 0.01  2     0.8  0.01 0.03  0.01 0.12 0     0.38 0.2  0.04
"""


def _profiles() -> tuple[Profile, ...]:
    _, *lines = _PROFILES.strip().splitlines()
    cells = (line.split("|", 1) for line in lines)
    return tuple(Profile(label.strip(), *map(float, rest.split())) for label, rest in cells)


PROFILES = _profiles()

KINDS: Mapping[str, float] = {
    "cnt_tr_buy_3m": 0.42,
    "cnt_tr_on_card_3m": 0.27,
    "cnt_tr_top_up_3m": 0.17,
    "cnt_tr_mobile_3m": 0.05,
    "cnt_tr_oil_3m": 0.04,
    "cnt_tr_cash_3m": 0.025,
    "cnt_tr_service_3m": 0.025,
}
"""Kinds of transactions and their mean share; each client leans to a few of them."""

DEPOSIT_FIELDS = ("cnt_dep_act", "sum_dep_now", "avg_dep_avg_balance_1month", "max_dep_avg_balance_3month")
POSITIONS = (
    "не руководящий сотрудник",
    "17",
    "18",
    "16",
    "не руководящий сотрудник",
    "руководитель подразделения",
    "12",
)
CARD_VISITS = ("DCARD", "DCARD", "CCARD", "TRANS", "POTREB", "PAY", "OTHER", "EXTRACT", "CREDIT", "MVNO", "INVEST")
DEPOSIT_VISITS = ("DEPOSIT", "DEPOSIT", "DEPOSIT", "DEPOSCLOSE", "DCARD", "SDB", "ORDER", "INVEST")

LARGE_REGIONS = (
    *("Город Москва",) * 3,
    *("Московская область",) * 2,
    *("Город Санкт-Петербург",) * 2,
    "Свердловская область", "Краснодарский край", "Новосибирская область", "Республика Татарстан (Татарстан)",
    "Ростовская область", "Самарская область", "Челябинская область", "Нижегородская область", "Красноярский край",
    "Пермский край", "Тюменская область", "Республика Башкортостан", "Воронежская область",
)  # fmt: skip
REGIONS = (
    "Алтайский край", "Амурская область", "Архангельская область", "Астраханская область", "Белгородская область",
    "Брянская область", "Владимирская область", "Волгоградская область", "Вологодская область", "Забайкальский край",
    "Ивановская область", "Иркутская область", "Кабардино-Балкарская Республика", "Калининградская область",
    "Калужская область", "Камчатский край", "Кемеровская область - Кузбасс", "Кировская область",
    "Костромская область", "Курганская область", "Курская область", "Ленинградская область", "Липецкая область",
    "Магаданская область", "Мурманская область", "Новгородская область", "Омская область", "Оренбургская область",
    "Орловская область", "Пензенская область", "Приморский край", "Псковская область", "Республика Адыгея",
    "Республика Алтай", "Республика Бурятия", "Республика Дагестан", "Республика Карелия", "Республика Коми",
    "Республика Марий Эл", "Республика Мордовия", "Республика Саха (Якутия)", "Республика Северная Осетия - Алания",
    "Республика Тыва", "Республика Хакасия", "Рязанская область", "Саратовская область", "Сахалинская область",
    "Смоленская область", "Ставропольский край", "Тамбовская область", "Тверская область", "Томская область",
    "Тульская область", "Удмуртская Республика", "Ульяновская область", "Хабаровский край",
    "Ханты-Мансийский автономный округ - Югра", "Чувашская Республика - Чувашия", "Чукотский автономный округ",
    "Ямало-Ненецкий автономный округ", "Ярославская область",
)  # fmt: skip


def generate(n: int, seed: int = 7) -> Iterator[Row]:
    """`n` rows of the 25 features in the order of real files. The same seed gives the same rows."""
    rng = random.Random(seed)
    shares = [profile.share for profile in PROFILES]
    for profile in rng.choices(PROFILES, shares, k=n):
        yield _client(profile, rng)


def _client(profile: Profile, rng: random.Random) -> Row:
    row: Row = dict.fromkeys(NAMES, UNKNOWN)
    row |= _person(profile, rng)
    row |= _transactions(profile, rng)
    row |= _salary(profile, rng)
    row |= _debts(profile, rng)
    row |= _deposits(profile, rng)
    row |= _visit(profile, rng)
    return row


def _person(profile: Profile, rng: random.Random) -> Row:
    row: Row = {"super_clust": profile.label, "reg_region_nm": _region(rng)}
    if rng.random() >= 0.001:
        row["age"] = rng.triangular(profile.youngest, profile.oldest, profile.usual_age)
    if rng.random() < profile.gender:
        # Who told the gender filled in a form: an unanswered level of position is a blank there, and NULL elsewhere
        row |= {"gender": rng.choice("01"), "app_position_type_nm": " "}
        if rng.random() < profile.position / profile.gender:
            row["app_position_type_nm"] = rng.choice(POSITIONS)
    if rng.random() < profile.vehicle:
        row["app_vehicle_ind"] = "1" if rng.random() < 0.15 else "0"
    return row


def _region(rng: random.Random) -> str:
    dice = rng.random()
    if dice < 0.03:
        return "N/A" if dice < 0.004 else UNKNOWN
    name = rng.choice(LARGE_REGIONS if dice < 0.5 else REGIONS)
    return name.lower() if dice > 0.995 else name


def _transactions(profile: Profile, rng: random.Random) -> Row:
    if rng.random() >= profile.transactions:
        return {}
    is_idle = rng.random() < profile.idle
    total = 0 if is_idle else max(1, round(rng.lognormvariate(0, 0.9) * profile.activity))
    leanings = {name: share * rng.gammavariate(0.7, 1.4) for name, share in KINDS.items()}
    whole = sum(leanings.values()) * 1.05
    counts = {name: int(total * leaning / whole + rng.random() * 0.9) for name, leaning in leanings.items()}
    row: Row = {name: "0" if is_idle else str(count) for name, count in counts.items()}
    row["cnt_tr_all_3m"] = "0" if is_idle else str(max(total, sum(counts.values())))
    return row


def _salary(profile: Profile, rng: random.Random) -> Row:
    row: Row = {}
    if rng.random() < profile.salary:
        is_paid = profile.letter in "acd" and rng.random() < 0.85
        payments = rng.randint(5, 34) if is_paid else rng.choice((0, 0, 1, 2, 4))
        sum_ = payments * rng.lognormvariate(10.4 if profile.letter == "a" else 9.9, 0.5)
        row |= {"cnt_zp_12m": str(payments), "sum_zp_12m": _as_number(sum_, rng)}
    if rng.random() < profile.limits:
        row["limit_exchange_count"] = int(rng.expovariate(0.4)) if rng.random() < 0.65 else 0
    return row


def _debts(profile: Profile, rng: random.Random) -> Row:
    if rng.random() >= profile.debts:
        return {}
    largest = 0.0 if rng.random() < 0.3 else rng.lognormvariate(10.3, 1.2)
    row: Row = {"max_outstanding_amount_6m": f"{largest:.2f}0000"}
    if rng.random() < 0.9:
        row["avg_outstanding_amount_3m"] = f"{largest * rng.random():.2f}0000"
    return row


def _deposits(profile: Profile, rng: random.Random) -> Row:
    if rng.random() >= profile.deposits:
        return {}
    is_open = profile.wealth > 0 and rng.random() < 0.75
    now = rng.lognormvariate(0, 0.8) * profile.wealth * 1000 if is_open else rng.choice((0, 0, rng.random() * 20))
    is_active = now > 1000
    row: Row = {"cnt_dep_act": str(rng.choice((1, 1, 1, 2))) if is_active else "0"}
    row["max_dep_avg_balance_3month"] = _as_number(now * rng.uniform(0.6, 1.2), rng)
    if is_active or rng.random() < 0.4:
        row["sum_dep_now"] = _as_number(now, rng)
        row["avg_dep_avg_balance_1month"] = _as_number(now * rng.uniform(0.6, 1.1), rng)
    return row


def _visit(profile: Profile, rng: random.Random) -> Row:
    if rng.random() >= profile.visit:
        return {}
    purposes = DEPOSIT_VISITS if profile.letter in "efj" else CARD_VISITS
    return {"visit_purposes": rng.choice(purposes), "qnt_months_from_last_visit": int(rng.triangular(0, 23, 5))}


def _as_number(amount: float, rng: random.Random) -> int | float:
    """Sums come as numbers of a spreadsheet: some whole, most with kopecks, averages with more digits."""
    digits = rng.choice((0, 2, 2, 6))
    return round(amount, digits) if digits else round(amount)


def write(rows: Iterator[Row], path: Path) -> None:
    """Write a table in the format of the file's name: csv or xlsx."""
    match path.suffix.lower():
        case ".csv":
            _write_csv(rows, path)
        case ".xlsx":
            _write_xlsx(rows, path)
        case other:
            raise ValueError(f"нужен файл .csv или .xlsx, а не «{other}»")


def _write_csv(rows: Iterator[Row], path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, NAMES)
        table.writeheader()
        table.writerows(rows)


def _write_xlsx(rows: Iterator[Row], path: Path) -> None:
    book = Workbook(write_only=True)
    sheet = book.create_sheet("clients")
    sheet.append(list(NAMES))
    for row in rows:
        sheet.append(_cells(row))
    book.save(path)


def _cells(row: Row) -> Sequence[str | int | float]:
    return [row[name] for name in NAMES]


@click.command()
@click.option("--rows", type=click.IntRange(1, 10_000_000), default=200, show_default=True, help="сколько строк")
@click.option("--seed", type=int, default=7, show_default=True, help="с одним числом получаются одни и те же строки")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), required=True, help="файл .csv или .xlsx")
def main(rows: int, seed: int, out: Path) -> None:
    """Создать учебную базу клиентов: вид и пропуски как в настоящих данных, а люди вымышлены."""
    try:
        write(generate(rows, seed), out)
    except (ValueError, OSError) as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"{out}: строк {rows}")


if __name__ == "__main__":
    main()
