"""The catalogue over HTTP: roles, versions, audit, import."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from openpyxl import Workbook
from sqlalchemy import select

from backend.catalogue.models import Channel, Product
from backend.common.audit import AuditEntry
from backend.common.db import db
from backend.users.models import ROLES
from tests.conftest import problem

API = "/api/v1"
Auth = Callable[[str], dict[str, str]]

pytestmark = pytest.mark.usefixtures("demo_catalogue")


def book(*rows: list[Any]) -> bytes:
    file = Workbook()
    for row in (["Продукт", "Описание", None, None, "Канал", "Описание"], *rows):
        file.worksheets[0].append(row)
    content = io.BytesIO()
    file.save(content)
    return content.getvalue()


def send(client: FlaskClient, auth: Auth, content: bytes, query: str = "", role: str = "admin") -> Any:
    """The body is written by hand: the test client leaves the temporary file of a large one open."""
    head = 'Content-Disposition: form-data; name="file"; filename="catalogue.xlsx"'
    return client.post(
        f"{API}/catalogue/import{query}",
        data=b"--part\r\n" + head.encode() + b"\r\n\r\n" + content + b"\r\n--part--\r\n",
        content_type="multipart/form-data; boundary=part",
        headers=auth(role),
    )


def pointers(body: dict[str, Any]) -> set[str]:
    return {error["pointer"] for error in body["errors"]}


@pytest.mark.parametrize("role", ROLES)
def test_every_role_reads_the_catalogue(client: FlaskClient, auth: Auth, role: str) -> None:
    products = client.get(f"{API}/products", headers=auth(role)).get_json()
    assert (products["total"], products["next_cursor"]) == (22, None)
    assert [item["code"] for item in products["items"]][:3] == ["ПК", "TOPUP", "REFIN"]
    assert client.get(f"{API}/channels", headers=auth(role)).get_json()["total"] == 8
    assert client.get(f"{API}/bank", headers=auth(role)).get_json()["legal_name"] == "ПАО «Примербанк»"


def test_what_a_card_is_filled_from(client: FlaskClient, auth: Auth) -> None:
    told = client.get(f"{API}/catalogue/conditions", headers=auth("marketer")).get_json()
    groups = {group["code"]: group for group in told["groups"]}
    assert len(groups) == 15
    assert groups["savings"]["name"] == "накопительный счёт"
    promo = next(item for item in groups["savings"]["conditions"] if item["key"] == "promo_period")
    assert promo == {
        "key": "promo_period",
        "label": "срок повышенной ставки",
        "required": False,
        "needed_with": "promo_rate",
    }
    assert {"code": "fuels_often", "name": "часто заправляет автомобиль"} in told["facts"]
    assert {"code": "c", "name": "Масс-ЗП закредитованные"} in told["segments"]
    problem(client.get(f"{API}/catalogue/conditions"), 401)


def test_the_reference_agrees_with_what_a_product_lacks(client: FlaskClient, auth: Auth) -> None:
    headers = auth("admin")
    card = {"promo_rate": "для новых клиентов 18 % годовых"}
    client.patch(f"{API}/products/SAVE_ACC", json={"version": 1, "card": card}, headers=headers)
    product = client.get(f"{API}/products/SAVE_ACC", headers=headers).get_json()
    told = client.get(f"{API}/catalogue/conditions", headers=headers).get_json()
    listed = next(group for group in told["groups"] if group["code"] == "savings")["conditions"]
    lacking = {item["key"] for item in listed if item["required"] or item["needed_with"] in card} - set(card)
    assert set(product["missing"]) == lacking


@pytest.mark.parametrize("role", [role for role in ROLES if role != "admin"])
def test_only_an_admin_changes_it(client: FlaskClient, auth: Auth, role: str) -> None:
    headers = auth(role)
    for method, path, body in (
        ("post", "/products", {"code": "GOLD", "name": "Золотая карта"}),
        ("patch", "/products/CC", {"version": 1, "name": "Карта"}),
        ("post", "/products/CC/archive", {"version": 1}),
        ("post", "/products/CC/restore", {"version": 1}),
        ("post", "/channels", {"code": "ATM", "name": "Банкомат"}),
        ("patch", "/channels/SMS", {"version": 1, "name": "Сообщение"}),
        ("post", "/channels/SMS/archive", {"version": 1}),
        ("post", "/channels/SMS/restore", {"version": 1}),
        ("patch", "/bank", {"version": 1, "agent": "Мария"}),
    ):
        problem(getattr(client, method)(f"{API}{path}", json=body, headers=headers), 403)
    problem(send(client, auth, book(["CC", "Карта"]), role=role), 403)


def test_nothing_is_shown_to_strangers(client: FlaskClient) -> None:
    for path in ("/products", "/products/CC", "/channels", "/bank"):
        problem(client.get(f"{API}{path}"), 401)


def test_a_product_shows_what_the_law_needs(client: FlaskClient, auth: Auth) -> None:
    body = client.get(f"{API}/products/PK", headers=auth("marketer")).get_json()
    assert (body["code"], body["state"], body["missing"]) == ("ПК", "ready", [])
    assert body["conditions"][0]["key"] == "psk_range"
    assert body["benefits"][0]["corpus"] == 0
    headers = auth("admin")
    card = {key: text for key, text in body["card"].items() if key != "psk_range"}
    changed = client.patch(
        f"{API}/products/{quote('ПК')}", json={"version": 1, "card": card}, headers=headers
    ).get_json()
    assert (changed["version"], changed["missing"]) == (2, ["psk_range"])


def test_lists_are_filtered_and_paged(client: FlaskClient, auth: Auth) -> None:
    headers = auth("marketer")

    def codes(query: str) -> list[str]:
        return [item["code"] for item in client.get(f"{API}/products?{query}", headers=headers).get_json()["items"]]

    assert codes("group=life_insurance") == ["ISG", "NSG", "INS_LIFE"]
    assert codes(f"q={quote('ипотек')}") == ["MORTG", "MORTG_REFIN"]
    assert codes("state=draft") == codes("state=archived") == []
    first = client.get(f"{API}/products?limit=20", headers=headers).get_json()
    assert codes(f"limit=20&cursor={first['next_cursor']}") == ["IZP", "CURR_EXC"]
    assert pointers(problem(client.get(f"{API}/products?group=x", headers=headers), 422)) == {"/query/group"}


def test_lookalikes_get_a_404_with_advice(client: FlaskClient, auth: Auth) -> None:
    body = problem(client.get(f"{API}/products/{quote('СС')}", headers=auth("marketer")), 404)
    assert "«CC»: символ 1 «С» — прописная кириллическая буква" in body["detail"]
    problem(client.get(f"{API}/channels/{quote('ЅМЅ')}", headers=auth("marketer")), 404)


def test_outdated_changes_conflict_and_changes_are_audited(client: FlaskClient, auth: Auth, app: APIFlask) -> None:
    headers = auth("admin")
    first = client.patch(f"{API}/products/CC", json={"version": 1, "name": "Новая карта"}, headers=headers)
    assert first.get_json()["version"] == 2
    assert (
        "версия 2"
        in problem(client.patch(f"{API}/products/CC", json={"version": 1, "name": "Другая"}, headers=headers), 409)[
            "detail"
        ]
    )
    same = client.patch(f"{API}/products/CC", json={"version": 2, "name": "Новая карта"}, headers=headers)
    assert same.get_json()["version"] == 2
    with app.app_context():
        entries = list(db.session.scalars(select(AuditEntry).where(AuditEntry.target == "product:CC")))
        assert [(entry.action, entry.actor, entry.details) for entry in entries] == [
            ("product.change", "admin-user", {"name": ["Кредитная карта", "Новая карта"]})
        ]


def test_archive_and_restore(client: FlaskClient, auth: Auth) -> None:
    headers = auth("admin")
    archived = client.post(f"{API}/products/CC/archive", json={"version": 1}, headers=headers).get_json()
    assert (archived["state"], archived["version"]) == ("archived", 2)
    assert client.get(f"{API}/products", headers=headers).get_json()["total"] == 21
    assert client.get(f"{API}/products?state=archived", headers=headers).get_json()["total"] == 1
    restored = client.post(f"{API}/products/CC/restore", json={"version": 2}, headers=headers).get_json()
    assert (restored["state"], restored["archived_at"]) == ("ready", None)
    sms = client.post(f"{API}/channels/SMS/archive", json={"version": 1}, headers=headers).get_json()
    assert sms["state"] == "archived"


def test_the_price_of_a_part_is_changed_audited_and_forgotten(app: APIFlask, client: FlaskClient, auth: Auth) -> None:
    headers = auth("admin")
    for version, price in ((1, 5.15), (2, 0), (3, None)):
        body = {"version": version, "part_price": price}
        assert client.patch(f"{API}/channels/SMS", json=body, headers=headers).get_json()["part_price"] == price
    renamed = client.patch(f"{API}/channels/SMS", json={"version": 4, "name": "Сообщение"}, headers=headers)
    assert renamed.get_json()["part_price"] is None
    assert client.get(f"{API}/channels/PUSH", headers=headers).get_json()["part_price"] is None
    with app.app_context():
        entries = db.session.scalars(
            select(AuditEntry).where(AuditEntry.target == "channel:SMS").order_by(AuditEntry.id)
        )
        prices = [entry.details.get("part_price") for entry in entries]
    assert prices == [[4.2, 5.15], [5.15, 0], [0, None], None]


@pytest.mark.parametrize("price", [-0.01, 1000.01, 4.205, "дорого", True, "NaN"])
def test_a_wrong_price_of_a_part_is_pointed_at(client: FlaskClient, auth: Auth, price: Any) -> None:
    body = {"version": 1, "part_price": price}
    response = client.patch(f"{API}/channels/SMS", json=body, headers=auth("admin"))
    assert pointers(problem(response, 422)) == {"/part_price"}


def test_create(client: FlaskClient, auth: Auth) -> None:
    headers = auth("admin")
    body = {"code": "GOLD", "name": "Золотая карта", "group": "debit_card", "card": {"fee": "обслуживание — 100 ₽"}}
    response = client.post(f"{API}/products", json=body, headers=headers)
    assert response.status_code == 201
    assert "limits" in response.get_json()["missing"]
    problem(client.post(f"{API}/products", json=body, headers=headers), 409)
    channel = {"code": "ATM", "name": "Банкомат", "form": "banner", "limits": {"max_words": 10}}
    assert client.post(f"{API}/channels", json=channel, headers=headers).get_json()["state"] == "ready"
    draft = client.post(f"{API}/channels", json={"code": "FAX", "name": "Факс"}, headers=headers).get_json()
    assert draft["state"] == "draft"


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"name": "Карта"}, "/version"),
        ({"version": 1, "colour": "red"}, "/colour"),
        ({"version": 1, "code": "DC"}, "/code"),
        ({"version": "1"}, "/version"),
        ({"version": 2**31}, "/version"),
        ({"version": 1, "group": "magic"}, "/group"),
        ({"version": 1, "name": "Карта {bank}"}, "/name"),
        ({"version": 1, "name": "Карта\nв две строки"}, "/name"),
        ({"version": 1, "value_line": "Кешбэк 5 процентов"}, "/value_line"),
        ({"version": 1, "benefits": [{"tag": "a_b", "text": "Без 1 рубля"}]}, "/benefits/0/text"),
        ({"version": 1, "benefits": [{"tag": "a_b", "text": "Раз"}, {"tag": "a_b", "text": "Два"}]}, "/benefits"),
        ({"version": 1, "audience": [{"fact": "rich", "suits": True, "hint": "Почему"}]}, "/audience/0/fact"),
        ({"version": 1, "audience": [{"suits": True, "hint": "Почему"}]}, "/audience/0"),
        ({"version": 1, "card": {"Rate": "ставка"}}, "/card/Rate/key"),
        ({"version": 1, "card": {"fees": ""}}, "/card/fees/value"),
        ({"version": 1, "card": []}, "/card"),
        ({"version": 1, "site_section": "foreign.example/card"}, "/site_section"),
        ({"version": 1, "site_section": "не адрес"}, "/site_section"),
    ],
)
def test_wrong_values_are_pointed_at(client: FlaskClient, auth: Auth, body: dict[str, Any], pointer: str) -> None:
    assert pointer in pointers(problem(client.patch(f"{API}/products/CC", json=body, headers=auth("admin")), 422))


def test_the_bank_is_changed_and_audited(client: FlaskClient, auth: Auth) -> None:
    headers = auth("admin")
    body = client.patch(f"{API}/bank", json={"version": 1, "agent": "Мария"}, headers=headers).get_json()
    assert (body["agent"], body["version"]) == ("Мария", 2)
    problem(client.patch(f"{API}/bank", json={"version": 1, "agent": "Ольга"}, headers=headers), 409)
    wrong = client.patch(f"{API}/bank", json={"version": 2, "site": "не сайт", "phone": "позвоните"}, headers=headers)
    assert pointers(problem(wrong, 422)) == {"/site", "/phone"}
    broken = {"version": 2, "site": "primerbank.example\n", "phone": "8 800 000-00-00\n"}
    assert pointers(problem(client.patch(f"{API}/bank", json=broken, headers=headers), 422)) == {"/site", "/phone"}


def test_a_code_ends_with_its_line(client: FlaskClient, auth: Auth) -> None:
    body = {"code": "NEWP\n", "name": "Новый"}
    assert pointers(problem(client.post(f"{API}/products", json=body, headers=auth("admin")), 422)) == {"/code"}


def test_a_change_of_the_bank_shows_in_the_cards_that_it_leaves_behind(client: FlaskClient, auth: Auth) -> None:
    headers = auth("admin")
    client.patch(f"{API}/bank", json={"version": 1, "insurer": "АО «Новый страховщик»"}, headers=headers)
    listed = client.get(f"{API}/products", headers=headers).get_json()["items"]
    assert {item["code"] for item in listed if item["outdated"]} == {"ISG", "NSG", "INS_LIFE", "INS_PROPERTY"}
    [error] = client.get(f"{API}/products/ISG", headers=headers).get_json()["outdated"]
    assert error["pointer"] == "/card/insurer"
    assert "«АО «Пример Страхование»»" in error["detail"]


def test_import_creates_renames_and_reports(client: FlaskClient, auth: Auth, app: APIFlask) -> None:
    content = book(
        ["CC", "Карта с лимитом", None, None, "SMS", "СМС"],
        ["DC", "Дебетовая карта", None, None, "ATM", "Банкомат"],
        ["GOLD", "Золотая карта"],
        ["INS_PROPERTY", "Страхование жизни"],
    )
    preview = send(client, auth, content, "?dry_run=true").get_json()
    report = send(client, auth, content).get_json()
    assert {**preview, "dry_run": False} == report
    assert [(row["kind"], row["code"], row["cell"]) for row in report["created"]] == [
        ("product", "GOLD", "A4"),
        ("channel", "ATM", "E3"),
    ]
    assert [(row["code"], row["previous_name"], row["name"]) for row in report["updated"]] == [
        ("CC", "Кредитная карта", "Карта с лимитом")
    ]
    assert [row["code"] for row in report["unchanged"]] == ["DC", "INS_PROPERTY", "SMS"]
    assert [warning["pointer"] for warning in report["warnings"]] == ["/file/B5"]
    with app.app_context():
        assert db.session.get_one(Product, "GOLD").state == "draft"
        assert db.session.get_one(Product, "CC").card
        assert db.session.get_one(Channel, "SMS").part_price == 4.2
        entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "catalogue.import")).one()
        assert entry.details["file"] == "catalogue.xlsx"


def test_a_mistake_refuses_the_whole_file(client: FlaskClient, auth: Auth, app: APIFlask) -> None:
    response = send(client, auth, book(["CC", "Переименована"], ["GOLD", "Золотая карта"], ["GOLD", "Снова она"]))
    assert pointers(problem(response, 422)) == {"/file/A4"}
    with app.app_context():
        assert db.session.get_one(Product, "CC").name == "Кредитная карта"
        assert db.session.get(Product, "GOLD") is None


def test_an_imported_channel_knows_its_form_but_not_what_another_bank_pays(
    client: FlaskClient, auth: Auth, app: APIFlask
) -> None:
    with app.app_context():
        db.session.delete(db.session.get_one(Channel, "SMS"))
        db.session.commit()
    send(client, auth, book(["CC", "Карта", None, None, "SMS", "Сообщение"]))
    with app.app_context():
        sms = db.session.get_one(Channel, "SMS")
        assert (sms.form, sms.part_price) == ("sms", None)


def test_an_imported_standard_code_knows_its_regime(client: FlaskClient, auth: Auth, app: APIFlask) -> None:
    with app.app_context():
        db.session.delete(db.session.get_one(Product, "DEPOSIT"))
        db.session.commit()
    send(client, auth, book(["DEPOSIT", "Депозит"]))
    body = client.get(f"{API}/products/DEPOSIT", headers=auth("marketer")).get_json()
    assert (body["group"], body["state"], body["name"]) == ("deposit", "ready", "Депозит")
    assert "rate" in body["missing"]


def test_the_customers_file_changes_names_only(client: FlaskClient, auth: Auth, shared_dir: Path) -> None:
    content = (shared_dir / "data" / "products.xlsx").read_bytes()
    report = send(client, auth, content).get_json()
    assert report["created"] == report["errors"] == []
    assert [warning["pointer"] for warning in report["warnings"]] == ["/file/B19"]
    assert "INS_PROPERTY" in [row["code"] for row in report["unchanged"]]


def test_wrong_uploads(client: FlaskClient, auth: Auth) -> None:
    headers = auth("admin")
    problem(send(client, auth, b"code;name"), 415)
    problem(client.post(f"{API}/catalogue/import", json={}, headers=headers), 415)
    problem(client.post(f"{API}/catalogue/import", headers=headers), 415)
    multipart = {"content_type": "multipart/form-data", "headers": headers}
    assert pointers(problem(client.post(f"{API}/catalogue/import", data={"x": "1"}, **multipart), 422)) == {"/file"}
    problem(send(client, auth, b"0" * (3 * 1024 * 1024)), 413)
    problem(send(client, auth, b"0" * (5 * 1024 * 1024)), 413)


@pytest.mark.parametrize("code", ["%FF%FE", "%00", "A" * 5000, "%F0%9F%92%B3", "..%2F..", "%ED%A0%80", "'; --"])
@pytest.mark.parametrize("path", ["products", "channels"])
def test_odd_codes_are_not_found(client: FlaskClient, auth: Auth, path: str, code: str) -> None:
    response = client.get(f"{API}/{path}/{code}", headers=auth("marketer"))
    assert response.status_code in {400, 404}
    assert response.mimetype == "application/problem+json"


@pytest.mark.parametrize("changes", [{"names": ["ПАО «Примербанк»", "«»"]}, {"app": "«»"}, {"insurer": "———"}])
def test_a_name_needs_letters(changes: dict[str, Any], client: FlaskClient, auth: Auth) -> None:
    answer = client.patch(f"{API}/bank", json={"version": 1, **changes}, headers=auth("admin"))
    assert problem(answer, 422)["errors"][0]["pointer"].startswith(f"/{next(iter(changes))}")
