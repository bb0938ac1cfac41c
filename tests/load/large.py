"""What an instruct model of half a billion parameters would cost here: random weights, real size, real prompts.

Run as: python -m tests.load.large [--kind Q4_0] [--keep var/large]
Speed does not depend on what the weights say, so a made-up model tells it. Its texts are noise.
"""

import argparse
import json
import resource
import time
from pathlib import Path

import gguf
import numpy as np
from gguf.scripts.gguf_new_metadata import MetadataDetails, copy_with_new_metadata
from rich.console import Console
from rich.table import Table

from backend.catalogue.seed import demo_products
from model.brief import Brief, chat_messages
from model.serving.bench import run_request
from model.serving.chat import render_chat
from model.serving.engine import Engine
from model.serving.host import Settings, build_engine
from model.serving.jobs import Request
from model.serving.sampling import SamplingParams
from model.serving.stats import Stats
from model.training.config import ModelConfig
from model.training.export import quantize, write_gguf
from model.training.output import output_folder
from retrain.evaluation.report import crowd_briefs, shipped

HALF_BILLION = ModelConfig(vocab_size=151_936, dim=896, layers=24, heads=14, kv_heads=2, hidden=4864, context=2048)
"""The shape of the common half-billion instruct models."""
TEMPLATE = "{% for m in messages %}{{ m.role }}: {{ m.content }}\n{% endfor %}assistant: "
TOKENS = 60
"""New tokens of a short text: a general vocabulary cuts Russian finer than ours."""
AT_ONCE = (1, 8, 32)


def write_random(path: Path, kind: str) -> None:
    """A Llama of that shape with random weights, the shipped tokenizer filled up to its vocabulary."""
    config, rng = HALF_BILLION, np.random.default_rng(0)
    tokenizer = json.loads((shipped().parent / "tokenizer.json").read_text("utf-8"))
    known = len(tokenizer["model"]["vocab"])
    tokenizer["model"]["vocab"] |= {f"<|filler:{i}|>": i for i in range(known, config.vocab_size)}
    kv = config.kv_heads * config.head_dim
    shapes = {
        "q": (config.dim, config.dim),
        "k": (kv, config.dim),
        "v": (kv, config.dim),
        "o": (config.dim, config.dim),
    }
    shapes |= {"gate": (config.hidden, config.dim), "up": (config.hidden, config.dim)}
    shapes |= {"down": (config.dim, config.hidden)}
    tensors = {"norm": np.ones(config.dim, np.float32)}
    tensors["embed"] = rng.standard_normal((config.vocab_size, config.dim), np.float32) * 0.02
    for layer in range(config.layers):
        for name, shape in shapes.items():
            tensors[f"layers.{layer}.{name}"] = rng.standard_normal(shape, np.float32) * 0.02
        for name in ("attn_norm", "ffn_norm"):
            tensors[f"layers.{layer}.{name}"] = np.ones(config.dim, np.float32)
    whole, small = path.with_suffix(".f32"), path.with_suffix(".small")
    write_gguf(whole, config, tensors, tokenizer, {"version": "half-billion"})
    quantize(whole, small, kind)
    reader = gguf.GGUFReader(small)
    details = MetadataDetails(gguf.GGUFValueType.STRING, TEMPLATE)
    copy_with_new_metadata(reader, gguf.GGUFWriter(path, "llama"), {gguf.Keys.Tokenizer.CHAT_TEMPLATE: details}, [])
    whole.unlink()
    small.unlink()


def prompts(engine: Engine, briefs: list[Brief]) -> list[list[int]]:
    """The API's chat prompts for these briefs, as tokens."""
    template = engine.model.chat_template or TEMPLATE
    made = []
    for brief in briefs:
        product = demo_products()[brief.product]
        messages = chat_messages(brief, product["name"], [one["text"] for one in product["benefits"][:2]])
        made.append(engine.vocabulary.tokenize(render_chat(template, messages, bos="", eos="")))
    return made


def measure(engine: Engine) -> Table:
    """Seconds of calls with one candidate a client; the first call reads the rules, the others find them read."""
    table = Table("clients", "prompt tokens", "read", "seconds", "new tokens/s", title=engine.model.description)
    sampling = SamplingParams(temperature=0.8, top_p=0.95, logprobs=0)
    for number, clients in enumerate((AT_ONCE[0], *AT_ONCE)):
        ids = prompts(engine, crowd_briefs(clients, number))
        before = engine.stats.prompt_tokens
        request = Request(ids, seed=1, max_tokens=TOKENS, sampling=sampling, russian=True, ignore_end=True)
        seconds = run_request(engine, request)[1]
        read = engine.stats.prompt_tokens - before
        speed = f"{clients * TOKENS / seconds:,.0f}"
        table.add_row(str(clients), f"{sum(map(len, ids)):,}", f"{read:,}", f"{seconds:.1f}", speed)
    return table


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kind", default="Q4_0", help="quantization: Q4_0, Q8_0 or F16")
    parser.add_argument("--keep", type=Path, default=Path("var/large"), help="folder of the made-up file")
    args = parser.parse_args()
    path = output_folder(args.keep) / f"half-billion-{args.kind}.gguf"
    if not path.exists():
        write_random(path, args.kind)
    started = time.perf_counter()
    engine = build_engine(Settings(path, sequences=32), path, Stats())
    console = Console()
    console.print(f"{path.stat().st_size / 2**20:.0f} MB, loaded and measured in {time.perf_counter() - started:.0f} s")
    console.print(measure(engine))
    engine.close()
    console.print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10:.0f} MB")


if __name__ == "__main__":
    main()
