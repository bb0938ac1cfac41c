"""The way to the server: sizes, retries, complaints. The server of these tests is a script of the wire, no more."""

import json
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest

from backend.clients.events import Event, EventType
from backend.clients.features import Features
from backend.clients.rows import ClientRow
from backend.clients.sender import MOST_TRIES, Options, Sender, SendError

SMS = Options("CC", "SMS")


def rows(count: int) -> list[ClientRow]:
    return [ClientRow(i + 2, f"C{i}", Features(age=40.0), (), None, None, ()) for i in range(count)]


def offers(request: httpx.Request) -> httpx.Response:
    clients = json.loads(request.content)["clients"]
    made = [{"client_id": c["client_id"], "text": f"Текст {c['client_id']}"} for c in clients]
    return httpx.Response(200, json={"model_version": "base-1", "offers": made})


def problem(status: int, detail: str = "нет", headers=None, **members) -> httpx.Response:
    return httpx.Response(status, json={"status": status, "detail": detail, **members}, headers=headers)


class Wire:
    """Answers by a script first, then as `last` says; keeps what it saw."""

    def __init__(self, *script, last: Callable[[httpx.Request], httpx.Response] = offers) -> None:
        self.script = list(script)
        self.last = last
        self.seen: list[httpx.Request] = []
        self.pauses: list[float] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.seen.append(request)
        step = self.script.pop(0) if self.script else self.last
        if isinstance(step, Exception):
            raise step
        return step if isinstance(step, httpx.Response) else step(request)

    def sender(self, options: Options = SMS) -> Sender:
        client = httpx.Client(transport=httpx.MockTransport(self), base_url="http://offers.test")
        return Sender(client, options, self.pauses.append)

    def keys(self) -> list[str]:
        return [request.headers["Idempotency-Key"] for request in self.seen]

    def sizes(self) -> list[int]:
        return [len(json.loads(request.content)["clients"]) for request in self.seen]


def texts(answers) -> list[str]:
    return [answer.offer["text"] for answer in answers]


def test_rows_go_in_chunks_and_come_back_in_order():
    wire = Wire()
    assert texts(wire.sender().send(rows(130))) == [f"Текст C{i}" for i in range(130)]
    assert wire.sizes() == [64, 64, 2]
    assert len(set(wire.keys())) == 3


@pytest.mark.parametrize(("channel", "size"), [("EMAIL", 16), ("TMO", 16), ("KND", 16), ("PUSH", 64), (None, 16)])
def test_long_texts_go_in_small_chunks(channel, size):
    assert Options("CC", channel).chunk_size() == size


def test_the_body_holds_known_features_and_the_rows_own_codes():
    wire = Wire()
    event = Event(EventType.TRIP, datetime(2026, 11, 20, tzinfo=UTC).date())
    row = ClientRow(2, 101, Features(age=40.0, gender=1), (event,), "DC", "PUSH", ())
    list(wire.sender(Options(None, None, "formal", "full")).send([row]))
    assert json.loads(wire.seen[0].content) == {
        "clients": [
            {
                "client_id": 101,
                "features": {"gender": 1, "age": 40.0},
                "events": [{"type": "trip", "at": "2026-11-20"}],
                "product": "DC",
                "channel": "PUSH",
            }
        ],
        "tone": "formal",
        "conditions": "full",
    }


def test_a_retry_carries_the_same_key():
    wire = Wire(
        httpx.ConnectError("away"), problem(503, headers={"Retry-After": "3"}), httpx.ReadTimeout("slow"), problem(502)
    )
    assert len(texts(wire.sender().send(rows(3)))) == 3
    assert len(set(wire.keys())) == 1
    assert len({request.content for request in wire.seen}) == 1
    assert wire.pauses == [1.0, 3.0, 4.0, 8.0]


def test_another_run_has_other_keys():
    first, second = Wire(), Wire()
    list(first.sender().send(rows(1)))
    list(second.sender().send(rows(1)))
    assert first.keys() != second.keys()


def test_the_key_is_stable_within_a_run():
    wire = Wire()
    sender = wire.sender()
    sender.run = uuid.UUID(int=1)
    list(sender.send(rows(1)))
    list(sender.send(rows(1)))
    assert len(set(wire.keys())) == 1


def test_a_call_that_still_runs_is_asked_for_again():
    wire = Wire(problem(409, headers={"Retry-After": "1"}))
    assert len(texts(wire.sender().send(rows(2)))) == 2
    assert len(set(wire.keys())) == 1


def test_retry_after_may_be_a_date():
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=20), usegmt=True)
    wire = Wire(problem(503, headers={"Retry-After": later}), problem(429, headers={"Retry-After": "9999"}),
                problem(503, headers={"Retry-After": "soon"}))  # fmt: skip
    list(wire.sender().send(rows(1)))
    assert 15 < wire.pauses[0] <= 20
    assert wire.pauses[1:] == [30.0, 4.0]


def test_tries_are_bounded():
    wire = Wire(last=lambda _: problem(504))
    with pytest.raises(SendError, match="не отвечает"):
        list(wire.sender().send(rows(1)))
    assert len(wire.seen) == MOST_TRIES


def test_a_server_that_is_away_for_good():
    def away(_request):
        raise httpx.ConnectError("connection refused")

    wire = Wire(last=away)
    with pytest.raises(SendError, match="refused"):
        list(wire.sender().send(rows(64)))
    assert len(wire.seen) == MOST_TRIES


def test_a_smaller_limit_is_learnt():
    def limited(request: httpx.Request) -> httpx.Response:
        return problem(413) if len(json.loads(request.content)["clients"]) > 20 else offers(request)

    wire = Wire(last=limited)
    assert texts(wire.sender().send(rows(100))) == [f"Текст C{i}" for i in range(100)]
    assert wire.sizes()[0] == 64
    assert wire.sizes().count(64) == 1
    assert max(wire.sizes()[5:]) <= 20


def test_one_row_that_is_too_large_ends_the_work():
    wire = Wire(last=lambda _: problem(413, "тело больше 4 МБ"))
    with pytest.raises(SendError, match="4 МБ"):
        list(wire.sender().send(rows(2)))


def busy_beyond(most: int) -> Callable[[httpx.Request], httpx.Response]:
    def answer(request: httpx.Request) -> httpx.Response:
        is_too_much = len(json.loads(request.content)["clients"]) > most
        return problem(503, "модель занята", {"Retry-After": "2"}) if is_too_much else offers(request)

    return answer


def test_a_busy_server_gets_smaller_chunks():
    wire = Wire(last=busy_beyond(5))
    assert texts(wire.sender().send(rows(64))) == [f"Текст C{i}" for i in range(64)]
    assert wire.sizes()[:9] == [64, 64, 32, 32, 16, 16, 8, 8, 4]
    assert wire.pauses[:8] == [2.0] * 8


def test_a_chunk_grows_again_when_the_server_is_calm():
    wire = Wire(*[busy_beyond(16)] * 5)
    sender = wire.sender()
    list(sender.send(rows(64)))
    assert sender.size == 16
    for _ in range(3):
        list(sender.send(rows(200)))
    assert sender.size == 64


def test_a_limit_of_the_server_stays():
    wire = Wire(problem(413))
    sender = wire.sender()
    list(sender.send(rows(1000)))
    assert (sender.size, sender.limit) == (32, 32)
    assert wire.sizes().count(64) == 1


def test_a_server_that_stays_busy_ends_the_work():
    wire = Wire(last=busy_beyond(0))
    with pytest.raises(SendError, match="модель занята"):
        list(wire.sender().send(rows(64)))
    assert wire.sizes() == [64, 64, 32, 32, 16, 16, 8, 8, 4, 4, 2, 2] + [1] * MOST_TRIES


def test_rows_that_the_server_refuses_do_not_stop_the_others():
    errors = [
        {"pointer": "/clients/1/product", "detail": "нет такого продукта"},
        {"pointer": "/clients/3/features/age", "detail": "слишком много"},
        {"pointer": "/clients/3", "detail": "и ещё"},
    ]
    wire = Wire(problem(422, errors=errors))
    answers = list(wire.sender().send(rows(5)))
    assert [answer.row.number for answer in answers] == [2, 3, 4, 5, 6]
    assert [bool(answer.offer) for answer in answers] == [True, False, True, False, True]
    assert [(p.row, p.column) for p in answers[3].problems] == [(5, "age"), (5, "")]
    assert len(set(wire.keys())) == 2


def test_all_rows_refused():
    wire = Wire(problem(422, errors=[{"pointer": f"/clients/{i}", "detail": "x"} for i in range(3)]))
    assert not any(answer.offer for answer in wire.sender().send(rows(3)))
    assert len(wire.seen) == 1


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (
            problem(422, "Проверьте", errors=[{"pointer": "/product", "detail": "нет продукта XX"}]),
            "/product: нет продукта",
        ),
        (problem(422, errors=[{"pointer": "/clients/9/product", "detail": "мимо"}]), "мимо"),
        (problem(422), "422"),
        (problem(401), "имя и пароль"),
        (problem(403), "нет права"),
        (problem(404, "не тот адрес"), "не тот адрес"),
        (problem(409, "другое тело"), "другое тело"),
        (httpx.Response(500, text="<html>"), "500"),
        (httpx.Response(200, text="<html>"), "не теми"),
        (httpx.Response(200, json=[]), "не теми"),
        (httpx.Response(200, json={"offers": []}), "не теми"),
        (httpx.Response(200, json={"offers": [1, 2]}), "не теми"),
    ],
)
def test_what_ends_the_work(answer, words):
    wire = Wire(answer)
    with pytest.raises(SendError, match=words):
        list(wire.sender().send(rows(2)))
    assert len(wire.seen) == 1


def test_a_row_without_a_lawful_text_is_a_problem_with_an_offer():
    made = [{"text": None, "error": {"code": "no_compliant_text", "detail": "не вышло"}}, {"text": "Да"}]
    wire = Wire(httpx.Response(200, json={"model_version": "base-1", "offers": made}))
    first, second = wire.sender().send(rows(2))
    assert first.problems[0].detail == "не вышло"
    assert first.offer is not None
    assert second.problems == ()
