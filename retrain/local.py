"""An engine of this process in the place of the model component, so that the API's own rounds write for a contest."""

from backend.offers.model_client import Ask, Deadline, ModelMeta, Sample, Sampled
from model.evaluation.sampling import complete
from model.serving.engine import Engine
from model.serving.sampling import SamplingParams

UNHURRIED = 1e6
"""Tokens a second that are planned with: a contest is about texts, so no clock may cost a side its candidates."""


class LocalModel:
    """Samples as the component would. Without `tokens_per_s` it is planned with as one fast enough for all wanted."""

    def __init__(self, engine: Engine, tokens_per_s: float = UNHURRIED) -> None:
        self._engine = engine
        model = engine.model
        self.meta = ModelMeta(model.version, model.prompt_format, tokens_per_s, engine.shape.sequences)

    def sample(self, ask: Ask, meta: ModelMeta, deadline: Deadline, reserve: float = 0.0) -> Sampled:
        """As `ModelClient.sample`; the deadline is of no matter. Raises EngineError."""
        params = SamplingParams(temperature=ask.temperature, top_p=ask.top_p, logprobs=0)
        choices = complete(self._engine, list(ask.prompts), params, ask.seed or 0, ask.n, ask.max_tokens)
        texts = [Sample(c.text, c.finish_reason, tuple(c.logprobs or ())) for c in choices]
        return Sampled(meta.version, [texts[i : i + ask.n] for i in range(0, len(texts), ask.n)])
