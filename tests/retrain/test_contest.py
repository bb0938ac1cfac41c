"""Sides write for the same briefs, also those whose model is an instruct GGUF that nobody here has trained."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import gguf
import numpy as np
import pytest
from gguf.scripts.gguf_new_metadata import MetadataDetails, copy_with_new_metadata

from backend.learning.ranking import HAND_SET, Ranking
from model.brief import MANNERS, Brief
from model.evaluation import likelihood
from model.evaluation.likelihood import bits_per_byte
from model.evaluation.sampling import Prompt, complete, read_by
from model.serving.engine import Engine
from model.serving.host import Settings, build_engine
from model.serving.llama import opened
from model.serving.stats import Stats
from retrain import contest, gate, judge, score, stages
from retrain.contest import Side
from retrain.dataset import Example
from retrain.evaluation import served
from retrain.gate import Verdict
from retrain.local import LocalModel
from retrain.stages import Effort, Job, Parent
from tests.model.serving.tiny import train_tokenizer, with_chat_template, write_adapter, write_model
from tests.retrain.conftest import Made
from tests.retrain.test_run import store

TEMPLATE = (
    "<|p:CC|><|c:SMS|>{% for code, manner in [" + ", ".join(f"('{c}', '{m}')" for c, m in MANNERS.items()) + "] %}"
    "{% if manner in messages[-1].content %}<|t:{{ code }}|>{% endif %}{% endfor %}<|text|>"
)
"""Makes the shipped weights an instruct model for one product and channel: the tone is read from the messages."""
BRIEF = Brief("CC", "SMS", "friendly")


def instruct_of(source: Path, target: Path) -> Path:
    """The same weights as somebody's instruct model, which can write."""
    writer = gguf.GGUFWriter(target, "llama")
    details = MetadataDetails(gguf.GGUFValueType.STRING, TEMPLATE)
    new = {gguf.Keys.Tokenizer.CHAT_TEMPLATE: details}
    copy_with_new_metadata(gguf.GGUFReader(source), writer, new, ["offerloop.prompt_format", "offerloop.version"])
    return target


@pytest.fixture(scope="module")
def instruct(weights: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return instruct_of(weights, tmp_path_factory.mktemp("instruct") / "instruct.gguf")


@pytest.fixture(scope="module")
def noise(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A random instruct model: no text of it passes."""
    folder = tmp_path_factory.mktemp("noise")
    return with_chat_template(
        write_model(folder / "plain.gguf", train_tokenizer(), context=2048), folder / "noise.gguf"
    )


@pytest.fixture(scope="module")
def engine(instruct: Path) -> Iterator[Engine]:
    engine = build_engine(Settings(instruct, sequences=16), instruct, Stats())
    yield engine
    engine.close()


def test_the_model_is_asked_as_the_api_asks(engine: Engine) -> None:
    [prompt] = served.prompts_for([BRIEF], served.demo_shop(), engine.model.prompt_format)
    assert isinstance(prompt, list)
    assert MANNERS["friendly"] in prompt[-1]["content"]
    assert read_by(engine.model, prompt) == engine.vocabulary.tokenize("<|p:CC|><|c:SMS|><|t:friendly|><|text|>")


def test_texts_of_an_instruct_model(engine: Engine) -> None:
    finished = served.serve(engine, [BRIEF] * 8, 5)
    assert sum(one.body is not None for one in finished) >= 6
    assert all(one.chosen.features["strangeness"] == 0 for one in finished if one.chosen)
    assert [one.body for one in served.serve(engine, [BRIEF] * 8, 5)] == [one.body for one in finished]


def test_a_longer_deadline_affords_more_candidates(engine: Engine) -> None:
    channel, meta = served.demo_shop().channels["EMAIL"], LocalModel(engine, engine.measured_tokens_per_s).meta
    sizes = [served.affordable(channel, meta, 64, seconds) for seconds in (0.1, 2.0, 200.0)]
    assert sizes == sorted(sizes)
    assert (sizes[0], sizes[-1]) == (1, served.CANDIDATES)


def test_a_prompt_that_does_not_fit_is_told(engine: Engine) -> None:
    with pytest.raises(ValueError, match="does not fit the context"):
        complete(engine, ["карта " * 3000], served.sampling(1.0), 1)


def test_likelihood_is_read_in_parts(noise: Path) -> None:
    with opened(noise, extra_buffers=False, sequences=2) as context:
        tokens = read_by(context.model, "Откройте вклад в приложении {app} за несколько минут " * 6)
        whole = likelihood._logits(context, tokens, 40)
        context.shape = replace(context.shape, step_tokens=16)
        parts = likelihood._logits(context, tokens, 40)
    assert whole.shape == parts.shape == (len(tokens) - 40, context.model.vocabulary.size)
    assert np.allclose(whole, parts, atol=0.05)


def test_likelihood_under_an_adapter(noise: Path, tmp_path: Path) -> None:
    pairs: list[tuple[Prompt, str]] = [([{"role": "user", "content": "карта"}], "Откройте вклад в приложении {app}.")]
    adapter = write_adapter(tmp_path / "adapter.gguf", scale=0.1)
    assert bits_per_byte(noise, pairs, adapter) != pytest.approx(bits_per_byte(noise, pairs), rel=1e-3)


@pytest.fixture
def card_examples(examples_of: Made) -> list[Example]:
    """As if all texts had been written about the card by text message."""
    return [replace(one, brief=replace(BRIEF, tone=one.brief.tone)) for one in examples_of(240, "brisk")]


def test_several_gold_texts_of_one_client_are_one_source(card_examples: list[Example]) -> None:
    gold = [replace(one, client=f"client {place % 3}") for place, one in enumerate(card_examples[:12])]
    asked = contest.clients_of(gold, served.demo_shop(), 24)
    assert len(asked) == 24
    assert {one.source for one in asked} == {0, 1, 2}


def test_a_contest_between_sides_of_an_instruct_model(instruct: Path, card_examples: list[Example]) -> None:
    shop, gold = served.demo_shop(), [one for one in card_examples if one.gold]
    known = [one for one in card_examples if not one.gold]
    success, _ = score.fit(known)
    asked, said = contest.clients_of(gold, shop, 24), list[float]()
    sides = [Side("champion", instruct, HAND_SET), Side("ranked", instruct, Ranking(success))]
    champion, ranked = contest.hold(sides, asked, shop, said.append)
    assert said[-1] == 1.0
    bits = contest.likelihoods([champion, ranked], gold, shop)
    assert list(bits) == [champion.side.files]
    measured = contest.measure(champion, ranked, asked, judge.appoint(gold, known, [success]), gold, bits)
    assert measured.distinct.of[0] > 12
    assert measured.bits_per_byte[0] == measured.bits_per_byte[1] > 0
    assert gate.decide(measured).summary


def test_a_side_with_an_adapter(noise: Path, card_examples: list[Example], tmp_path: Path) -> None:
    adapter = write_adapter(tmp_path / "adapter.gguf", scale=0.1)
    sides = [Side("champion", noise, HAND_SET), Side("tuned", noise, HAND_SET, adapter)]
    gold, shop = card_examples[:40], served.demo_shop()
    asked = contest.clients_of(gold, shop, 3)
    entries = contest.hold(sides, asked, shop, lambda share: None)
    bits = contest.likelihoods(entries, gold, shop)
    assert len(bits) == 2
    assert len(set(bits.values())) == 2
    assert gate.decide(contest.measure(*entries, asked, None, gold, bits)).verdict is not Verdict.WIN


@pytest.mark.usefixtures("demo_catalogue", "db_session")
def test_a_run_with_the_score_alone_works_for_any_model(
    instruct: Path, card_examples: list[Example], tmp_path: Path
) -> None:
    store(card_examples)
    parent = Parent("instruct", "instruct", instruct, None, None)
    lines: list[str] = []
    job = Job(
        folder=tmp_path / "run",
        challenger="instruct.1",
        parent=parent,
        learners=("score",),
        report=lambda share, line: lines.append(line),
        effort=Effort(gold_clients=16, read=300),
    )
    finished: list[str] = []
    result = stages.work(job, lambda stage, *_: finished.append(stage))
    assert finished == list(stages.SHARES)
    assert result["chosen"] == stages.RANKED
    assert job.done("tune")["skipped"]
    assert {one["name"] for one in result["decision"]["dimensions"]} >= {"success", "likelihood", "latency"}
