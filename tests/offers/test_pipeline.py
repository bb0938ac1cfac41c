"""The steps between a parsed call and its texts, one by one, on the demo catalogue and without a model."""

import json
import random
import time
from typing import Any

import httpx
import pytest

from backend.catalogue.seed import demo_bank, demo_channels, demo_products
from backend.clients.service import parse_features
from backend.compliance.service import Bank, Card
from backend.errors import Unavailable
from backend.learning import release
from backend.learning.ranking import Ranking
from backend.learning.release import Release, Released
from backend.learning.score import count_triples
from backend.learning.success import SuccessModel
from backend.offers import drafting, pipeline, writer
from backend.offers.model_client import Deadline, ModelClient, ModelMeta, Sample
from backend.offers.parse import ClientIn, OfferCall
from backend.offers.pipeline import Candidate, Setting, Task
from backend.offers.shelf import ChannelView, ProductView
from backend.offers.writer import Plan, Work
from model.brief import Brief, benefit_tags
from model.corpus.banks import common_bank, couplets

BANK = Bank(**{name: tuple(value) if isinstance(value, list) else value for name, value in demo_bank().items()})
SETTING = Setting(BANK, "none")
SURE = (-0.2,) * 20
SMS = "За рулём каждый день? Оформите карту {bank} в приложении {app}."
GOOD = Sample(SMS, "stop", SURE)


def product(code: str) -> ProductView:
    raw = demo_products()[code]
    card = Card(code, raw["group"], raw["name"], raw["site_section"], raw["card"])
    tags = benefit_tags(code)
    benefits = {tags[one["corpus"]]: one["text"] for one in raw["benefits"] if "corpus" in one}
    return ProductView(code, raw["name"], raw["group"], 1, card, benefits)


def channel(code: str) -> ChannelView:
    raw = demo_channels()[code]
    return ChannelView(code, raw["form"], raw["short"], raw["limits"])


def task(
    product_code: str = "DC", channel_code: str = "SMS", facts: tuple[str, ...] = ("drives", "middle"), place: int = 0
) -> Task:
    features, _ = parse_features({"app_vehicle_ind": 1, "age": 40}, "")
    client = ClientIn(place, str(place), True, features, (), product(product_code), channel(channel_code))
    return Task(client, client.product, facts)


def judged(sample: Sample, made: Task | None = None, facts: tuple[str, ...] = ("drives",)) -> Candidate:
    made = made or task()
    code = made.product.code if made.product else ""
    return pipeline.judge(made, Brief(code, made.client.channel.code, "neutral", facts), sample, 0.8, SETTING)


def test_a_good_text_is_finished_and_passes() -> None:
    candidate = judged(GOOD)
    assert candidate.text == "За рулём каждый день? Оформите карту ПАО «Примербанк» в приложении «Примербанк Онлайн»."
    assert candidate.rejected is None
    assert candidate.evidence is not None
    assert candidate.evidence.fact_expressed is True
    assert candidate.rules_version


def test_a_credit_text_gets_its_obligatory_phrase() -> None:
    candidate = judged(GOOD, task("CC"))
    assert candidate.text is not None
    assert "Оценивайте свои финансовые возможности и риски" in candidate.text


@pytest.mark.parametrize(
    ("sample", "step"),
    [
        (Sample(SMS, "length", SURE), "cut"),
        (Sample(SMS, "deadline", SURE), "cut"),
        (Sample("", "stop", ()), "form"),
        (Sample("Карта {bank} для {client}.", "stop", SURE), "slots"),
        (Sample("Карта {bank", "stop", SURE), "slots"),
        (Sample("Карта {bank} " + "очень удобна каждый день " * 10, "stop", SURE), "length"),
        (Sample("Карта {bank} с кешбэком 77 % на всё.", "stop", SURE), "guard"),
        (Sample("Лучшая карта в стране — у {bank}.", "stop", SURE), "guard"),
    ],
)
def test_each_step_refuses_what_it_must_and_keeps_no_words(sample: Sample, step: str) -> None:
    candidate = judged(sample)
    assert candidate.rejected == step
    assert candidate.text is None
    assert candidate.body == ""
    assert (candidate.findings != ()) == (step == "guard")


def test_ranking_puts_the_refused_last_and_the_surer_first() -> None:
    unsure = judged(Sample(SMS.replace("каждый день", "всегда"), "stop", (-3.0,) * 20))
    ranked = pipeline.rank([judged(Sample("", "stop")), unsure, judged(GOOD)], count_triples(()))
    assert [candidate.rejected for candidate in ranked] == [None, None, "form"]
    assert ranked[0].text == judged(GOOD).text
    assert ranked[0].score > ranked[1].score > 0


def test_a_text_that_the_call_has_used_already_falls_behind() -> None:
    fresh = judged(Sample("В дорогу — с картой {bank}: подробности на {site}.", "stop", (-0.3,) * 20))
    ranked = pipeline.rank([judged(GOOD), fresh], count_triples([SMS]))
    assert ranked[0].text == fresh.text


def test_variants_are_different_texts() -> None:
    ranked = pipeline.rank([judged(GOOD), judged(GOOD)], count_triples(()))
    assert len(pipeline.choose(ranked, 4)) == 1
    assert pipeline.choose([], 1) == []


def test_failures_say_which_checks_refused() -> None:
    refused = [judged(Sample("", "stop")), judged(Sample("", "stop")), judged(Sample(SMS, "length"))]
    failure = pipeline.failure(task(), refused)
    assert failure.code == "no_compliant_text"
    assert "не по форме канала — 2" in failure.detail
    assert "не успела" in pipeline.failure(task(), []).detail


def test_briefs_of_a_client_differ_and_divide_the_candidates() -> None:
    made = task(facts=("drives", "fuels_often", "transfers_often", "cash_often"))
    for n in (1, 2, 3, 4, 5):
        briefs = pipeline.briefs_for(made, "friendly", n, random.Random(1))
        assert n % len(briefs) == 0
        assert all(brief.tone == "friendly" and brief.benefit in {"", *product("DC").benefits} for brief in briefs)
    assert len({pipeline.briefs_for(made, "neutral", 4, random.Random(seed))[0] for seed in range(20)}) > 5


def test_prompts_fit_the_model() -> None:
    brief = Brief("DC", "SMS", "neutral", ("drives",), benefit_tags("DC")[0])
    assert str(pipeline.prompt_for(brief, product("DC"), "control")).startswith("<|p:DC|>")
    messages = pipeline.prompt_for(brief, product("DC"), "chat")
    assert [message["role"] for message in messages] == ["system", "user"]  # type: ignore[index]
    assert product("DC").benefits[brief.benefit] in str(messages)
    assert isinstance(pipeline.prompt_for(brief, product("DC"), "plain"), str)


def test_a_busy_model_is_asked_for_fewer_candidates_before_the_call_gives_up() -> None:
    asked: list[int] = []

    def refuse(request: httpx.Request) -> httpx.Response:
        body: dict[str, Any] = json.loads(request.content)
        asked.append(body["n"] * len(body["prompt"]))
        return httpx.Response(503, headers={"Retry-After": "3"})

    work = Work(
        tasks=[task(place=0), task("CC", place=1)],
        plan=Plan("neutral", wanted=4, seed=5),
        setting=SETTING,
        client=ModelClient("http://model.test", transport=httpx.MockTransport(refuse)),
        meta=ModelMeta("base-1", "control", 5000.0, 32),
        deadline=Deadline(2.0),
    )
    with pytest.raises(Unavailable) as refusal:
        writer.write(work)
    assert asked == [8, 4, 2]
    assert refusal.value.retry_after == 3


def test_a_strange_text_goes_on_from_where_it_was_sound() -> None:
    known = next(one.text for one in couplets("DC") if (one.fact, one.tone) == ("", "neutral"))
    call = common_bank()["actions"]["SMS"]["neutral"][0]
    prompts: list[list[str]] = []

    def write(request: httpx.Request) -> httpx.Response:
        body: dict[str, Any] = json.loads(request.content)
        tail = f"{known} Жираф заправил карту облаком." if not prompts else f" {call}"
        prompts.append(body["prompt"])
        logprobs = {"token_logprobs": list(SURE)}
        choices = [
            {"index": i, "text": tail, "finish_reason": "stop", "logprobs": logprobs}
            for i in range(body["n"] * len(body["prompt"]))
        ]
        return httpx.Response(200, json={"model": "base-1", "choices": choices})

    work = Work(
        tasks=[task(facts=())],
        plan=Plan("neutral", wanted=4, seed=5),
        setting=SETTING,
        client=ModelClient("http://model.test", transport=httpx.MockTransport(write)),
        meta=ModelMeta("base-1", "control", 5000.0, 32),
        deadline=Deadline(20.0),
    )
    [candidates] = writer.write(work).candidates
    first, second = prompts
    assert not any(prompt.endswith(known) for prompt in first)
    assert all(prompt.endswith(known) for prompt in second)
    assert pipeline.rank(candidates, count_triples(()))[0].body == f"{known} {call}"


def test_a_canary_whose_weights_are_not_there_leaves_its_calls_to_the_champion(monkeypatch: pytest.MonkeyPatch) -> None:
    score = SuccessModel({}, 1.0, (), {})
    champion = Released("base-1.1", "base-1", score)
    at_work = Release(champion, Released("base-1.2", "base-1.2"), share=1.0)
    monkeypatch.setattr(release, "current", lambda: at_work)
    models = {"data": [{"id": "base-1", "meta": {"prompt_format": "control"}}]}
    transport = httpx.MockTransport(lambda _: httpx.Response(200, json=models))
    client = ModelClient("http://model.test", transport=transport)
    version = drafting._version(OfferCall(()), client, Deadline(2.0))
    assert (version.released, version.ranking) == ("base-1.1", Ranking(score))


def test_the_rounds_of_a_seed_do_not_follow_the_clock() -> None:
    rounds: list[tuple[int, int]] = []

    def write(request: httpx.Request) -> httpx.Response:
        body: dict[str, Any] = json.loads(request.content)
        rounds.append((len(body["prompt"]), body["n"]))
        choice = {"text": "", "finish_reason": "stop", "logprobs": {"token_logprobs": []}}
        choices = [{**choice, "index": i} for i in range(body["n"] * len(body["prompt"]))]
        return httpx.Response(200, json={"model": "base-1", "choices": choices})

    def rounds_after(seconds: float, *, repeatable: bool) -> list[tuple[int, int]]:
        rounds.clear()
        work = Work(
            tasks=[task(place=place) for place in range(16)],
            plan=Plan("neutral", wanted=4, seed=5, repeatable=repeatable),
            setting=SETTING,
            client=ModelClient("http://model.test", transport=httpx.MockTransport(write)),
            meta=ModelMeta("base-1", "control", 8000.0, 32),
            deadline=Deadline(4.0, time.monotonic() - seconds),
        )
        writer.write(work)
        return list(rounds)

    assert rounds_after(0.0, repeatable=True) == rounds_after(2.5, repeatable=True)
    assert len(rounds_after(0.0, repeatable=True)) > 1
    assert rounds_after(0.0, repeatable=False) != rounds_after(2.5, repeatable=False)


def test_who_has_no_text_is_tried_oftener_within_what_the_model_takes() -> None:
    rounds: list[tuple[int, int]] = []

    def write(request: httpx.Request) -> httpx.Response:
        body: dict[str, Any] = json.loads(request.content)
        rounds.append((len(body["prompt"]), body["n"]))
        choice = {"text": "", "finish_reason": "stop", "logprobs": {"token_logprobs": []}}
        choices = [{**choice, "index": i} for i in range(body["n"] * len(body["prompt"]))]
        return httpx.Response(200, json={"model": "base-1", "choices": choices})

    def rounds_for(clients: int) -> list[tuple[int, int]]:
        rounds.clear()
        work = Work(
            tasks=[task(place=place) for place in range(clients)],
            plan=Plan("neutral", wanted=4, seed=5),
            setting=SETTING,
            client=ModelClient("http://model.test", transport=httpx.MockTransport(write)),
            meta=ModelMeta("base-1", "control", 1e9, 32),
            deadline=Deadline(60.0),
        )
        assert not any(map(writer.passed, writer.write(work).candidates))
        return rounds

    (first, _), (second, _) = [(prompts * n, prompts) for prompts, n in rounds_for(1)][:2]
    assert (first, second) == (4, writer.AGAIN * writer.TRIES_OF_FAILED)
    for clients in (64, 100, 256):
        assert all(prompts <= writer.MOST_PROMPTS for prompts, _ in rounds_for(clients))


def test_only_a_good_text_of_ones_own_leaves_nothing_to_wish() -> None:
    known = next(one.text for one in couplets("DC") if (one.fact, one.tone) == ("", "neutral"))
    good = judged(Sample(known, "stop", SURE), task(facts=()), ())
    strange = judged(Sample(f"{known} Жираф заправил карту облаком.", "stop", SURE), task(facts=()), ())
    assert writer.settled([[strange], [strange, good], []]) == [False, True, False]
    assert writer.settled([[good], [good]]) == [True, False]
    assert writer.settled([[good]], said={good.body}) == [False]


@pytest.mark.parametrize(
    ("intercept", "priority", "content"),
    [(-3.0, "interactive", False), (3.0, "interactive", True), (-3.0, "batch", True)],
)
def test_a_text_that_will_hardly_please_is_not_the_last_while_somebody_waits(
    intercept: float, priority: str, content: bool
) -> None:
    known = next(one.text for one in couplets("DC") if (one.fact, one.tone) == ("", "neutral"))
    good = judged(Sample(known, "stop", SURE), task(facts=()), ())
    ranking = Ranking(SuccessModel({}, intercept, (), {}))
    plan = Plan("neutral", wanted=4, seed=5, priority=priority, ranking=ranking)
    assert writer.settled([[good]], plan=plan) == [content]


def test_tasks_without_a_product_need_no_model() -> None:
    def unexpected(_: httpx.Request) -> httpx.Response:
        raise AssertionError("nothing is to be written")

    lone = Task(task().client, None, ())
    work = Work(
        [lone],
        Plan("neutral", 4, 5),
        SETTING,
        ModelClient("http://model.test", transport=httpx.MockTransport(unexpected)),
        ModelMeta("base-1", "control", 5000.0, 32),
        Deadline(2.0),
    )
    assert writer.write(work).candidates == [[]]
    assert pipeline.failure(lone, []).code == "no_suitable_product"
