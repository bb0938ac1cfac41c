"""What the engine counts."""

from dataclasses import dataclass, field


@dataclass
class Stats:
    """Counters since the start of the process; they outlive a swap of the model."""

    requests: int = 0
    refused: int = 0
    cancelled: int = 0
    failed: int = 0
    preempted: int = 0
    finished: dict[str, int] = field(default_factory=lambda: {"stop": 0, "length": 0, "deadline": 0})
    steps: int = 0
    step_seconds: float = 0.0
    step_sequences: int = 0
    generated_tokens: int = 0
    prompt_tokens: int = 0
