"""The language model in PyTorch: the Llama architecture, small, as llama.cpp reads it back from the export."""

from typing import cast

import torch
from torch import Tensor, nn
from torch.nn.functional import dropout, linear, rms_norm, silu

from model.training.config import ModelConfig


def rotary(length: int, head_dim: int, base: float) -> tuple[Tensor, Tensor]:
    """Cosines and sines of the rotary positions, each (length, head_dim / 2)."""
    frequencies = base ** (-torch.arange(0, head_dim, 2).float() / head_dim)
    angles = torch.outer(torch.arange(length).float(), frequencies)
    return angles.cos(), angles.sin()


def rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Rotate halves of the last axis of (batch, heads, length, head_dim)."""
    a, b = x.chunk(2, dim=-1)
    return torch.cat((a * cos - b * sin, b * cos + a * sin), dim=-1)


class Layer(nn.Module):
    """One block: grouped-query attention and a gated feed-forward, each behind an RMS norm."""

    def __init__(self, config: ModelConfig, left_out: float) -> None:
        super().__init__()
        self.config = config
        self.left_out = left_out
        kv = config.kv_heads * config.head_dim
        self.attn_norm = nn.Parameter(torch.ones(config.dim))
        self.q = nn.Linear(config.dim, config.dim, bias=False)
        self.k = nn.Linear(config.dim, kv, bias=False)
        self.v = nn.Linear(config.dim, kv, bias=False)
        self.o = nn.Linear(config.dim, config.dim, bias=False)
        self.ffn_norm = nn.Parameter(torch.ones(config.dim))
        self.gate = nn.Linear(config.dim, config.hidden, bias=False)
        self.up = nn.Linear(config.dim, config.hidden, bias=False)
        self.down = nn.Linear(config.hidden, config.dim, bias=False)

    def _norm(self, x: Tensor, weight: Tensor) -> Tensor:
        return rms_norm(x, (x.shape[-1],), weight, self.config.norm_eps)

    def _attend(self, x: Tensor, cos: Tensor, sin: Tensor, future: Tensor) -> Tensor:
        batch, length, dim = x.shape

        def heads(y: Tensor, count: int) -> Tensor:
            return y.view(batch, length, count, self.config.head_dim).transpose(1, 2)

        q = rotate(heads(self.q(x), self.config.heads), cos, sin)
        k = rotate(heads(self.k(x), self.config.kv_heads), cos, sin)
        v = heads(self.v(x), self.config.kv_heads)
        # plain products: on short rows they are several times faster on a CPU than the fused kernel's backward pass
        group = self.config.heads // self.config.kv_heads
        q = q.reshape(batch, self.config.kv_heads, group * length, self.config.head_dim)
        scores = (q @ k.transpose(2, 3)).view(batch, self.config.kv_heads, group, length, length)
        weights = (scores * self.config.head_dim**-0.5 + future).softmax(dim=-1)
        y = weights.view(batch, self.config.kv_heads, group * length, length) @ v
        y = y.view(batch, self.config.heads, length, self.config.head_dim)
        return cast(Tensor, self.o(y.transpose(1, 2).reshape(batch, length, dim)))

    def forward(self, x: Tensor, cos: Tensor, sin: Tensor, future: Tensor) -> Tensor:
        """(batch, length, dim) to the same shape; `future` is added to the scores, -inf above the diagonal."""
        x = x + self._thinned(self._attend(self._norm(x, self.attn_norm), cos, sin, future))
        y = self._norm(x, self.ffn_norm)
        return x + self._thinned(cast(Tensor, self.down(silu(self.gate(y)) * self.up(y))))

    def _thinned(self, x: Tensor) -> Tensor:
        return dropout(x, self.left_out, self.training)


class Model(nn.Module):
    """Token ids (batch, length) to hidden states; `logits` turns chosen states into vocabulary logits.

    `left_out` is the dropout of each block's two outputs, in training only (Srivastava et al., 2014): the corpus is
    small and read many times.
    """

    cos: Tensor
    sin: Tensor

    def __init__(self, config: ModelConfig, left_out: float = 0.0) -> None:
        super().__init__()
        self.config = config
        self.embed = nn.Parameter(torch.randn(config.vocab_size, config.dim) * 0.02)
        self.layers = nn.ModuleList(Layer(config, left_out) for _ in range(config.layers))
        self.norm = nn.Parameter(torch.ones(config.dim))
        cos, sin = rotary(config.context, config.head_dim, config.rope_base)
        self.register_buffer("cos", cos, persistent=False)
        self.register_buffer("sin", sin, persistent=False)
        for name, weight in self.named_parameters():
            if weight.ndim == 2 and name != "embed":
                nn.init.normal_(weight, std=0.02 if not name.endswith(("o.weight", "down.weight")) else 0.004)

    def forward(self, ids: Tensor) -> Tensor:
        """Hidden states (batch, length, dim) after the last norm."""
        length = ids.shape[1]
        cos, sin = self.cos[:length], self.sin[:length]
        x = self.embed[ids]
        future = torch.full((length, length), float("-inf"), dtype=x.dtype, device=x.device).triu(1)
        for layer in self.layers:
            x = layer(x, cos, sin, future)
        return rms_norm(x, (x.shape[-1],), self.norm, self.config.norm_eps)

    def logits(self, states: Tensor) -> Tensor:
        """Float32 logits for states (n, dim), with the tied embedding."""
        return linear(states, self.embed).float()

    def export_tensors(self) -> dict[str, Tensor]:
        """Float32 tensors under the names that `export.write_gguf` takes."""
        return {name.removesuffix(".weight"): p.detach().float() for name, p in self.named_parameters()}
