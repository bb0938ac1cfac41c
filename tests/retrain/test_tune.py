"""Fine-tuning: the loss of KTO against TRL's, the draw from the corpus, and that small weights move the right way."""

import json
import random
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training needs the `train` extra")

from model.corpus.generate import generate, told_pairs  # noqa: E402
from model.training.config import ModelConfig  # noqa: E402
from retrain import leanings, score, tune  # noqa: E402
from retrain.tune import Options  # noqa: E402
from tests.retrain.conftest import Made  # noqa: E402
from tests.retrain.reviewers import REVIEWERS, Read  # noqa: E402

WEIGHTS = Path(__file__).parents[2] / "model" / "weights"
RATIOS = torch.tensor([1.285, -1.6509, 1.6068, -0.1841, 0.8495, -0.5597])
DESIRABLE = torch.tensor([True, False, True, True, False, False])
QUICK = Options(tokens=6000, drawn=3000, batch=2048, repeats=2, every=1, threads=2)


def silent(_share: float, _line: str) -> None:
    """Nobody listens."""


@pytest.mark.parametrize(("divergence", "beta", "loss"), [(0.8, 0.1, 0.4831), (-0.5, 0.1, 0.4831), (1.3, 0.5, 0.4257)])
def test_the_loss_is_that_of_trl(divergence: float, beta: float, loss: float) -> None:
    """Expected: KTOTrainer of TRL 1.16.0 on these very log-ratios, with desirable and undesirable weights of 1."""
    mine = tune.kto_loss(RATIOS, DESIRABLE, torch.tensor(divergence), beta)
    assert float(mine) == pytest.approx(loss, abs=2e-4)


def test_the_loss_is_bounded_and_pushes_apart() -> None:
    ratios = torch.tensor([0.0, 0.0, 500.0, -500.0], requires_grad=True)
    kinds = torch.tensor([True, False, False, True])
    loss = tune.kto_loss(ratios, kinds, torch.tensor(0.0), 0.1)
    loss.backward()
    assert 0 < float(loss.detach()) <= 1
    assert ratios.grad is not None
    assert ratios.grad[0] < 0 < ratios.grad[1]
    assert torch.allclose(ratios.grad[2:], torch.zeros(2), atol=1e-6)


@pytest.fixture(scope="module")
def trainable() -> tuple[dict[str, np.ndarray], ModelConfig, Path]:
    """The shipped weights as they can be trained."""
    found = sorted(WEIGHTS.glob("*.npz"))
    if not found:
        pytest.skip("model/weights holds no trainable weights")
    with np.load(found[0]) as stored:
        tensors = {name: stored[name] for name in stored.files}
    config = ModelConfig(**json.loads(found[0].with_suffix(".json").read_text("utf-8"))["config"])
    return tensors, config, WEIGHTS / "tokenizer.json"


def test_the_corpus_is_drawn_towards_what_is_liked(examples_of: Made) -> None:
    examples = examples_of(400, "plain")
    success, _ = score.fit(examples)
    chosen = tune.favoured(success, leanings.usual_inputs(examples), QUICK, silent)
    every = [(brief, text) for brief, _, text in generate(QUICK.drawn, QUICK.seed)]
    reviewer = next(one for one in REVIEWERS if one.name == "plain")
    tastes = [
        [reviewer.taste(Read(text, b.product, b.channel, b.tone, b.facts)) for b, text in texts]
        for texts in (chosen, every)
    ]
    assert np.mean(tastes[0]) > np.mean(tastes[1]) + 0.25 * np.std(tastes[1])
    assert {(b.product, b.channel, b.tone) for b, _ in every} == {(b.product, b.channel, b.tone) for b, _ in chosen}
    share = len(chosen) / len(every)
    assert 0.15 < share < 0.45


def test_accepted_texts_become_likelier_than_rejected_ones(trainable, examples_of: Made) -> None:
    tensors, config, path = trainable
    vocabulary = tune.tokenizer(path)
    examples = examples_of(120, "plain")
    corpus = [(brief, text) for brief, _, text in generate(60, 8)]
    held = list(told_pairs(40, 9, aside=True))
    tuned = tune.tune(tensors, config, vocabulary, corpus, examples, held, QUICK, silent)
    assert QUICK.tokens <= tuned.tokens < 2 * QUICK.tokens
    assert tuned.held_out_after < tuned.held_out_before + 0.5
    before, _ = tune.loaded(tensors, config, 0.0)
    after, _ = tune.loaded(tuned.tensors, config, 0.0)
    parent = tune.Labelled(before, vocabulary, examples, 0)
    child = tune.Labelled(after, vocabulary, examples, 0)
    gained = (child.reference - parent.reference).numpy()
    assert gained[parent.desirable].mean() > gained[~parent.desirable].mean()


def test_a_report_that_raises_ends_the_work(trainable, examples_of: Made) -> None:
    tensors, config, path = trainable

    def cancelled(_share: float, _line: str) -> None:
        raise InterruptedError

    held = list(told_pairs(10, 9, aside=True))
    with pytest.raises(InterruptedError):
        tune.tune(tensors, config, tune.tokenizer(path), [], examples_of(60, "plain"), held, QUICK, cancelled)


def test_one_kind_of_labels_has_no_aversion(trainable, examples_of: Made) -> None:
    tensors, config, path = trainable
    successes = [one for one in examples_of(40, "plain") if one.success]
    model, _ = tune.loaded(tensors, config, 0.0)
    labelled = tune.Labelled(model, tune.tokenizer(path), successes, 0)
    assert labelled.loss(model, random.Random(1), QUICK) is None


def test_corrections_stand_in_for_what_they_correct(examples_of: Made) -> None:
    [one] = [example for example in examples_of(20, "plain") if not example.success][:1]
    assert tune.accepted([one]) == []
    assert tune.accepted([replace(one, corrected="Лучше.")]) == [(one.brief, "Лучше.")]
