"""The shape of the language model: a small Llama with grouped-query attention and tied embeddings."""

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class ModelConfig:
    """Width, depth and lengths. `dim` must be a multiple of 32 for quantization, `heads` of `kv_heads`."""

    vocab_size: int = 4608
    dim: int = 384
    layers: int = 5
    heads: int = 6
    kv_heads: int = 2
    hidden: int = 1024
    context: int = 512
    rope_base: float = 10_000.0
    norm_eps: float = 1e-5

    @property
    def head_dim(self) -> int:
        return self.dim // self.heads

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)
