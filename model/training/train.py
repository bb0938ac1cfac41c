"""Trains the shipped model from the corpus on a CPU (or a GPU when torch sees one), with checkpoints and resume.

Run as: python -m model.training.train --out var/train
        python -m model.training.train --tiny --out var/tiny          (a minute; proves the whole way)
Then:   python -m model.training.ship --run var/train --version base-7
"""

import argparse
import json
import math
import random
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from matplotlib.figure import Figure
from tokenizers import Tokenizer
from torch.nn.functional import cross_entropy

from model.brief import END, PAD
from model.corpus.generate import corpus_hash, told_pairs
from model.training.config import ModelConfig
from model.training.muon import MuonAdam
from model.training.net import Model
from model.training.output import output_folder
from model.training.tokenizer import VOCABULARY, train_tokenizer

Encoded = list[tuple[int, np.ndarray]]
"""Pairs as (number of prompt tokens, all tokens as uint16): the loss is taken on the text only."""


def encode(tokenizer: Tokenizer, pairs: list[tuple[str, str]]) -> Encoded:
    """Prompt and text of each pair as one token list that ends with END."""
    end = tokenizer.token_to_id(END)
    data: Encoded = []
    for start in range(0, len(pairs), 10_000):  # what the tokenizer returns is many times larger than the ids
        some = pairs[start : start + 10_000]
        prompts = tokenizer.encode_batch_fast([prompt for prompt, _ in some])
        texts = tokenizer.encode_batch_fast([text for _, text in some])
        for p, t in zip(prompts, texts, strict=True):
            data.append((len(p.ids), np.array([*p.ids, *t.ids, end], dtype=np.uint16)))
    return data


Batch = tuple[torch.Tensor, torch.Tensor]


def batches(data: Encoded, batch_tokens: int, rng: random.Random, pad: int) -> Iterator[Batch]:
    """Endless (ids, counted) batches of about `batch_tokens`; rows of like length together, so little is padding."""
    while True:
        order = sorted(range(len(data)), key=lambda i: len(data[i][1]) + rng.random() * 6)
        groups: list[list[int]] = [[]]
        for i in order:
            if groups[-1] and (len(groups[-1]) + 1) * len(data[i][1]) > batch_tokens:
                groups.append([])
            groups[-1].append(i)
        rng.shuffle(groups)
        for group in groups:
            width = max(len(data[i][1]) for i in group)
            ids = np.full((len(group), width), pad, dtype=np.int64)
            counted = np.zeros((len(group), width), dtype=bool)
            for row, i in enumerate(group):
                prompt, tokens = data[i]
                ids[row, : len(tokens)] = tokens
                counted[row, prompt : len(tokens)] = True
            yield torch.from_numpy(ids), torch.from_numpy(counted)


CHUNK = 1024
"""Rows of logits made at a time: a whole batch of them would be the largest buffer of the step by far."""


def backward(model: Model, ids: torch.Tensor, counted: torch.Tensor) -> float:
    """Leave the gradients of the mean cross-entropy (nats) over the text tokens in the model; returns that mean."""
    chosen = counted[:, 1:]
    states = model(ids[:, :-1])[chosen]
    targets = ids[:, 1:][chosen]
    leaf = states.detach().requires_grad_()
    total = 0.0
    for rows, wanted in zip(leaf.split(CHUNK), targets.split(CHUNK), strict=True):
        part = cross_entropy(model.logits(rows), wanted, reduction="sum") / len(targets)
        part.backward()
        total += float(part.detach())
    states.backward(leaf.grad)
    return total


@torch.no_grad()
def evaluate(model: Model, data: Encoded, pad: int) -> float:
    """Mean loss over a fixed set."""
    model.eval()
    source = batches(data, 8192, random.Random(0), pad)
    rounds = max(1, sum(len(tokens) for _, tokens in data) // 8192)
    total = 0.0
    for _ in range(rounds):
        ids, counted = next(source)
        chosen = counted[:, 1:]
        states = model(ids[:, :-1])[chosen]
        total += float(cross_entropy(model.logits(states), ids[:, 1:][chosen]))
    model.train()
    return total / rounds


WARM_UP = 800_000
"""Tokens until the full learning rate; less in a run too short for it."""


SEED_STEP = 1_000_003
"""Distance between the seeds of two runs."""


def schedule(trained: float, total: float) -> float:
    """Share of the full learning rate after `trained` tokens of `total`: warm-up, flat, from 20 % straight down."""
    return min(1.0, trained / min(WARM_UP, 0.03 * total), max(0.0, (1 - trained / total) / 0.8))


def draw_curve(history: list[dict[str, float]], path: Path) -> None:
    """The loss curve as a picture."""
    figure = Figure(figsize=(7, 4), layout="constrained")
    axes = figure.subplots()
    axes.plot([h["tokens"] / 1e6 for h in history], [h["loss"] for h in history], label="training")
    held = [h for h in history if "held_out" in h]
    axes.plot([h["tokens"] / 1e6 for h in held], [h["held_out"] for h in held], "o-", label="held-out combinations")
    axes.set(xlabel="million tokens", ylabel="loss, nats per token", ylim=(0, 4))
    axes.legend()
    figure.savefig(path, dpi=110)


def save(path: Path, state: dict[str, object]) -> None:
    """Write a checkpoint whole or not at all."""
    part = path.with_suffix(".part")
    torch.save(state, part)
    part.replace(path)


def arguments() -> argparse.Namespace:
    """Flags; `--tiny` sets a run of about a minute."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("var/train"), help="folder of the run: checkpoint, tokenizer")
    parser.add_argument("--tokens", type=float, default=28e6, help="tokens to train on")
    parser.add_argument("--pairs", type=int, default=700_000, help="pairs of the corpus to draw")
    parser.add_argument("--batch", type=int, default=8192, help="tokens in a batch")
    parser.add_argument("--dim", type=int, default=384)
    parser.add_argument("--layers", type=int, default=5)
    parser.add_argument("--hidden", type=int, default=1024)
    parser.add_argument("--dropout", type=float, default=0.03, help="share of each block's output left out in training")
    parser.add_argument("--vocabulary", type=int, default=VOCABULARY)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--checkpoint-minutes", type=float, default=5)
    parser.add_argument("--compile", action=argparse.BooleanOptionalAction, default=True, help="needs a C++ compiler")
    parser.add_argument("--threads", type=int, default=0, help="0: torch's own choice")
    parser.add_argument("--tiny", action="store_true", help="a minute: 2 layers of 128, 150,000 tokens")
    if parser.parse_known_args()[0].tiny:
        parser.set_defaults(dim=128, layers=2, hidden=352, vocabulary=2048, tokens=150e3, pairs=4000, batch=2048)
        parser.set_defaults(compile=False)
    return parser.parse_args()


def main() -> None:
    """Command line."""
    args = arguments()
    output_folder(args.out)
    if args.threads:
        torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")

    tokenizer_path = args.out / "tokenizer.json"
    pairs = list(told_pairs(args.pairs, args.seed))
    aside = list(told_pairs(min(1500, args.pairs // 4), args.seed + 1, aside=True))
    if tokenizer_path.exists():
        tokenizer = Tokenizer.from_file(str(tokenizer_path))
    else:
        tokenizer = train_tokenizer([text for _, text in pairs[:60_000]], args.vocabulary)
        tokenizer.save(str(tokenizer_path))
    data, held = encode(tokenizer, pairs), encode(tokenizer, aside)
    pad = int(tokenizer.token_to_id(PAD) or 0)  # the first token of the vocabulary
    corpus = corpus_hash(pairs)
    del pairs
    print(f"{len(data)} pairs, {sum(len(t) for _, t in data) / 1e6:.1f} M tokens, corpus {corpus[:12]}", flush=True)

    config = ModelConfig(tokenizer.get_vocab_size(), args.dim, args.layers, heads=args.dim // 64, hidden=args.hidden)
    if config.heads % config.kv_heads:
        raise SystemExit(f"--dim {args.dim} gives {config.heads} heads, not a multiple of {config.kv_heads}")
    model = Model(config, args.dropout).to(device, torch.bfloat16)
    optimizer = MuonAdam(model)
    if args.compile:
        model.forward = torch.compile(model.forward, dynamic=True)
    trained, step, spent, history = 0, 0, 0.0, []
    checkpoint = args.out / "checkpoint.pt"
    if checkpoint.exists():
        state = torch.load(checkpoint, map_location=device, weights_only=True)
        if (state["corpus_hash"], state["config"]) != (corpus, config.to_dict()):
            raise SystemExit(f"{checkpoint} was trained on another corpus or shape: take a new folder for this run")
        optimizer.load_state_dict(state["optimizer"])
        trained, step = state["tokens"], state["steps"]
        spent, history = state["seconds"], state["history"]
        print(f"resumed at {trained / 1e6:.2f} M tokens", flush=True)
    (args.out / "config.json").write_text(json.dumps(config.to_dict(), indent=1))
    print(f"{sum(p.numel() for p in model.parameters()) / 1e6:.2f} M parameters on {device}", flush=True)

    source = batches(data, args.batch, random.Random(args.seed), pad)
    for _ in range(step):  # a resumed run sees what an uninterrupted one would have seen
        next(source)
    started = saved = time.monotonic()
    running = history[-1]["loss"] if history else math.nan
    while trained < args.tokens:
        ids, counted = next(source)
        torch.manual_seed(args.seed * SEED_STEP + step)  # what is left out does not depend on where a run was resumed
        value = backward(model, ids.to(device), counted.to(device))
        optimizer.step(schedule(trained, args.tokens))
        trained += int((ids != pad).sum())
        step += 1
        running = value if math.isnan(running) else 0.95 * running + 0.05 * value
        finished = trained >= args.tokens
        if step % 50 == 0 or finished:
            seconds = spent + time.monotonic() - started
            point = {"tokens": float(trained), "loss": running, "seconds": seconds}
            if step % 250 == 0 or finished:
                point["held_out"] = evaluate(model, held, pad)
            history.append(point)
            speed = trained / seconds
            left = (args.tokens - trained) / speed / 60
            print(
                f"{trained / args.tokens:6.1%}  {trained / 1e6:6.2f} M tokens  loss {running:.3f}"
                f"  held-out {point.get('held_out', math.nan):.3f}  {speed:,.0f} tokens/s  {left:.0f} min left",
                flush=True,
            )
        if finished or time.monotonic() - saved > args.checkpoint_minutes * 60:
            saved = time.monotonic()
            state = {"optimizer": optimizer.state_dict(), "tokens": trained, "steps": step, "history": history}
            state |= {"seconds": spent + saved - started, "config": config.to_dict(), "corpus_hash": corpus}
            state |= {"flags": {k: str(v) for k, v in vars(args).items()}}
            save(checkpoint, state)
    draw_curve(history, args.out / "loss.png")
    print(f"done in {(spent + time.monotonic() - started) / 60:.1f} minutes", flush=True)


if __name__ == "__main__":
    main()
