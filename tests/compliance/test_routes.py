"""The API: judging a text and reading the rules, without the language model."""

import pytest

from tests.conftest import problem

API = "/api/v1/compliance"
pytestmark = pytest.mark.usefixtures("demo_catalogue")


def judge(client, auth, **body):
    return client.post(f"{API}/check", json=body, headers=auth("marketer"))


def test_a_group_by_its_russian_name(client, auth):
    answer = judge(client, auth, text="ПАО «Примербанк»: вклад до 21%", product="вклад", channel="sms")
    body = answer.get_json()
    assert answer.status_code == 200
    assert body["verdict"] == "violation"
    finding = next(f for f in body["findings"] if f["rule"] == "FIN-PARTIAL")
    assert set(finding) == {"rule", "severity", "law", "start", "end", "excerpt", "advice"}
    assert finding["excerpt"] == "21%"


def test_a_product_code_is_grounded_in_its_card(client, auth):
    text = "ПАО «Примербанк»: вклад. Ответим за 7 минут."
    found = judge(client, auth, text=text, product="DEPOSIT", channel="SMS").get_json()["findings"]
    assert [f["rule"] for f in found if f["severity"] == "block"] == ["FACT-GROUND"]
    named = judge(client, auth, text=text, product="вклад", channel="SMS").get_json()
    assert named["verdict"] == "ok"


def test_an_offer_card_grounds_the_figures(client, auth):
    card = {"кешбэк": "5 % в категории «Аптеки»", "cap": 1000, "nested": {"from": ["10 000 ₽", None, True]}}
    text = "ПАО «Примербанк»: кешбэк {} % в категории «Аптеки», не более 1 000 ₽ в месяц, при покупках от 10 000 ₽"
    right = judge(client, auth, text=text.format(5), product="дебетовая карта", channel="sms", offer_card=card)
    wrong = judge(client, auth, text=text.format(6), product="дебетовая карта", channel="sms", offer_card=card)
    assert right.get_json()["verdict"] == "ok"
    assert [f["rule"] for f in wrong.get_json()["findings"] if f["severity"] == "block"] == ["FACT-GROUND"]


@pytest.mark.parametrize(("field", "value"), [("product", "самокат"), ("channel", "голубь"), ("text", "")])
def test_a_wrong_field_is_pointed_at(field, value, client, auth):
    body = {"text": "ПАО «Примербанк»", "product": "вклад", "channel": "sms", field: value}
    errors = problem(judge(client, auth, **body), 422)["errors"]
    assert [error["pointer"] for error in errors] == [f"/{field}"]


def test_too_large_a_card(client, auth):
    card = {f"поле {i}": i for i in range(300)}
    answer = judge(client, auth, text="текст", product="вклад", channel="sms", offer_card=card)
    assert problem(answer, 422)["errors"][0]["pointer"] == "/offer_card"


def test_rules(client, auth):
    body = client.get(f"{API}/rules", headers=auth("marketer")).get_json()
    assert body["total"] == len(body["items"]) == 49
    rule = next(item for item in body["items"] if item["id"] == "CRED-RISK")
    assert rule["products"] == ["потребительский кредит", "кредитная карта", "ипотека", "автокредит"]
    assert rule["channels"] == ["sms", "push", "email", "telemarketing"]


def test_nobody_is_refused(client):
    problem(client.get(f"{API}/rules"), 401)
