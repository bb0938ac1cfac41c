"""What other domains ask of the catalogue, against the real database."""

import threading
from datetime import UTC, datetime
from typing import Any

import pytest
from apiflask import APIFlask
from sqlalchemy import event, text

from backend.catalogue import service
from backend.catalogue.models import Product
from backend.common import clock
from backend.common.db import db
from backend.compliance.service import Bank, Card
from backend.errors import Conflict, Invalid, NotFound

pytestmark = pytest.mark.usefixtures("demo_catalogue")


def count_queries(session: Any, act: Any) -> int:
    queries: list[str] = []

    def note(*call: Any) -> None:
        queries.append(call[2])

    engine = session.get_bind()
    event.listen(engine, "before_cursor_execute", note)
    try:
        act()
    finally:
        event.remove(engine, "before_cursor_execute", note)
    return len(queries)


def test_the_seed_is_repeatable_and_keeps_what_people_changed(db_session: Any) -> None:
    service.change_product("CC", 1, {"name": "Карта мечты"})
    db_session.commit()
    assert service.seed_demo() == {"bank": 0, "channels": 0, "products": 0}
    assert service.find_product("CC").name == "Карта мечты"
    assert len(service.offered_products()) == 22


def test_two_processes_may_seed_at_once(app: APIFlask) -> None:
    made = []

    def seed() -> None:
        with app.app_context():
            db.session.execute(text("DELETE FROM products WHERE code = 'CC'"))
            made.append(service.seed_demo()["products"])
            db.session.commit()

    workers = [threading.Thread(target=seed) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(timeout=20)
    assert len(made) == 2
    with app.app_context():
        assert service.resolve_product("CC").version == 1


def test_card_and_bank_are_those_of_the_rules(db_session: Any) -> None:
    card, bank = service.card(service.resolve_product("PK")), service.bank()
    assert isinstance(card, Card)
    assert isinstance(bank, Bank)
    assert (card.code, card.group) == ("ПК", "consumer_credit")
    assert card.conditions["psk_range"].startswith("полная стоимость кредита")
    assert bank.legal_name in bank.names
    with pytest.raises(TypeError):
        card.conditions["psk_range"] = "ноль"  # type: ignore[index]


def test_a_call_with_many_clients_costs_one_query_for_each_record(db_session: Any) -> None:
    def call() -> None:
        for _ in range(64):
            service.card(service.resolve_product("CC"))
            service.resolve_channel("SMS")
            service.bank()

    assert count_queries(db_session, call) == 3


def test_cards_are_built_once_for_each_version(db_session: Any) -> None:
    first = service.card(service.resolve_product("CC"))
    db_session.commit()
    assert service.card(service.resolve_product("CC")) is first
    service.change_product("CC", 1, {"name": "Другая карта"})
    assert service.card(service.resolve_product("CC")).name == "Другая карта"


def test_a_change_in_another_process_is_seen_by_the_next_transaction(db_session: Any) -> None:
    before = service.card(service.resolve_product("CC")), service.bank()
    db_session.commit()
    with db.engine.begin() as other:
        other.execute(
            text("UPDATE products SET name = 'Карта', version = version + 1, updated_at = now() WHERE code = 'CC'")
        )
        other.execute(text("UPDATE bank_profiles SET agent = 'Мария', version = version + 1, updated_at = now()"))
    after = service.card(service.resolve_product("CC")), service.bank()
    assert (before[0].name, before[1].agent) == ("Кредитная карта", "Анна")
    assert (after[0].name, after[1].agent) == ("Карта", "Мария")


@pytest.mark.parametrize("code", ["CREDIT", "", "💳", "X" * 5000])
def test_unknown_codes(db_session: Any, code: str) -> None:
    with pytest.raises(NotFound, match="нет"):
        service.resolve_product(code)
    with pytest.raises(NotFound, match="нет"):
        service.resolve_channel(code)


def test_lookalike_codes_are_refused_with_advice(db_session: Any) -> None:
    with pytest.raises(NotFound, match="символ 2 «С» — прописная кириллическая буква"):
        service.resolve_product("CС")
    with pytest.raises(NotFound, match="«SMS»: символ 2 «М»"):
        service.resolve_channel("SМS")


def test_archived_and_draft_records_serve_no_texts_but_keep_their_names(db_session: Any) -> None:
    service.archive_product("CC", 1)
    service.create_product({"code": "GOLD", "name": "Золотая карта"})
    with pytest.raises(NotFound, match="в архиве"):
        service.resolve_product("CC")
    with pytest.raises(NotFound, match="черновик"):
        service.resolve_product("GOLD")
    assert service.find_product("CC").name == "Кредитная карта"
    assert "CC" not in [product.code for product in service.offered_products()]
    service.restore_product("CC", 2)
    assert service.resolve_product("CC").version == 3


def test_codes_that_look_the_same_cannot_be_created(db_session: Any) -> None:
    for code, said in (("CC", "уже есть"), ("PK", "уже есть"), ("0MS", "не отличить")):
        with pytest.raises(Conflict, match=said):
            service.create_product({"code": code, "name": "Ещё один"})


def test_of_two_simultaneous_changes_one_meets_a_conflict(app: APIFlask) -> None:
    results: list[str] = []
    together = threading.Barrier(2)

    def change(name: str) -> None:
        with app.app_context():
            together.wait(timeout=20)
            try:
                service.change_product("CC", 1, {"name": name})
                db.session.commit()
                results.append("changed")
            except Conflict:
                results.append("conflict")

    workers = [threading.Thread(target=change, args=(name,)) for name in ("Первая", "Вторая")]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(timeout=20)
    assert sorted(results) == ["changed", "conflict"]


def test_missing_conditions_follow_the_regime(db_session: Any) -> None:
    product = service.change_product("SAVE_ACC", 1, {"card": {"base_rate": "9 %", "promo_rate": "12 %"}})
    assert {"promo_period", "new_client", "account_fee"} <= set(service.missing(product))
    assert {item["key"] for item in service.conditions(product) if item["required"]} >= {"promo_period", "account_fee"}
    assert service.missing(Product(code="X", name="X", card={})) == []


def test_the_bank_must_be_recognised_by_its_own_name(db_session: Any) -> None:
    with pytest.raises(Invalid):
        service.change_bank(1, {"legal_name": "ПАО «Иной»"})
    profile = service.change_bank(1, {"legal_name": "ПАО «Иной»", "names": ["ПАО «Иной»", "Иной"]})
    assert (profile.version, service.bank().legal_name) == (2, "ПАО «Иной»")


def test_a_section_lies_on_the_banks_site(db_session: Any) -> None:
    with pytest.raises(Invalid, match="не принадлежит"):
        service.change_product("CC", 1, {"site_section": "primerbank.example.evil.example/card"})


def pointed(code: str) -> dict[str, str]:
    """What of a product is out of date: pointer -> words."""
    return {error.pointer: error.detail for error in service.outdated(service.find_product(code))}


def test_the_demo_is_up_to_date(db_session: Any) -> None:
    assert [product.code for product in service.offered_products() if service.outdated(product)] == []
    assert len(service.offered_products()) == 22


def test_cards_that_hold_former_details_of_the_bank_are_shown(db_session: Any) -> None:
    service.change_bank(1, {"insurer": "АО «Новый страховщик»", "phone": "8 800 111-11-11"})
    assert set(pointed("ISG")) == set(pointed("INS_PROPERTY")) == {"/card/insurer"}
    assert "«АО «Пример Страхование»»" in pointed("ISG")["/card/insurer"]
    assert "«8 800 000-00-00»" in pointed("TRUST")["/card/disclosure"]
    assert pointed("DC") == {}
    mended = {**service.find_product("ISG").card, "insurer": "страховщик — АО «Новый страховщик»"}
    service.change_product("ISG", 1, {"card": mended})
    assert pointed("ISG") == {}


def test_sections_of_a_site_that_the_bank_has_left_are_shown(db_session: Any) -> None:
    service.change_bank(1, {"site": "newbank.example"})
    assert "newbank.example" in pointed("CC")["/site_section"]
    assert set(pointed("DC")) == {"/site_section", "/card/cashback"}
    service.change_product("CC", 1, {"site_section": "newbank.example/card"})
    assert pointed("CC") == {}


def test_a_product_is_shown_without_a_bank(db_session: Any) -> None:
    db.session.execute(text("DELETE FROM bank_profiles"))
    assert service.outdated(service.find_product("CC")) == []


def until(words: str) -> None:
    card = {**service.find_product("DEPOSIT").card, "offer_until": words}
    service.change_product("DEPOSIT", service.find_product("DEPOSIT").version, {"card": card})


def test_an_offer_that_is_over_serves_no_texts(db_session: Any) -> None:
    until("предложение действует до 30 июня 2025 года")
    with pytest.raises(NotFound, match=r"до 30\.06\.2025.*offer_until"):
        service.resolve_product("DEPOSIT")
    assert "DEPOSIT" not in [product.code for product in service.offered_products()]
    assert "30.06.2025" in pointed("DEPOSIT")["/card/offer_until"]
    assert service.find_product("DEPOSIT").state == "ready"
    until("предложение действует, пока его не отменят")
    assert service.resolve_product("DEPOSIT").code == "DEPOSIT"
    assert pointed("DEPOSIT") == {}


@pytest.mark.parametrize(("hour", "over"), [(20, False), (21, True)])
def test_the_last_day_ends_at_midnight_in_moscow(
    db_session: Any, monkeypatch: pytest.MonkeyPatch, hour: int, over: bool
) -> None:
    until("до 24 ноября 2026 года")
    monkeypatch.setattr(clock, "now", lambda: datetime(2026, 11, 24, hour, 59, tzinfo=UTC))
    assert ("/card/offer_until" in pointed("DEPOSIT")) is over
