"""Turns a finished training run into shipped weights: GGUF, trainable checkpoint, tokenizer, loss curve and card.

Run as: python -m model.training.ship --run var/train --version base-7 [--kind Q8_0] [--out model/weights]
"""

import argparse
import hashlib
import json
import shutil
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import torch

from model.training.config import ModelConfig
from model.training.export import quantize, write_gguf
from model.training.net import Model
from model.training.output import output_folder


def checkpoint_tensors(state: dict[str, dict[str, dict[str, torch.Tensor]]]) -> dict[str, np.ndarray]:
    """The float32 master weights of a checkpoint under the names of the export."""
    return {name.removesuffix(".weight"): w.float().cpu().numpy() for name, w in state["optimizer"]["master"].items()}


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--run", type=Path, required=True, help="folder of a training run")
    parser.add_argument("--version", required=True, help="name of the model version, e.g. base-7")
    parser.add_argument("--kind", default="Q8_0", help="quantization: Q8_0, Q4_0 or F16")
    parser.add_argument("--out", type=Path, default=Path("model/weights"))
    args = parser.parse_args()
    output_folder(args.out)
    state = torch.load(args.run / "checkpoint.pt", map_location="cpu", weights_only=True)
    config = ModelConfig(**state["config"])
    tensors = checkpoint_tensors(state)
    assert set(tensors) == set(Model(config).export_tensors()), "the checkpoint is of another architecture"
    metadata = {"version": args.version, "prompt_format": "control", "corpus_hash": state["corpus_hash"]}
    target = args.out / f"{args.version}.gguf"
    with tempfile.TemporaryDirectory() as folder:
        whole = Path(folder) / "f32.gguf"
        write_gguf(whole, config, tensors, args.run / "tokenizer.json", metadata)
        quantize(whole, target, args.kind)
    halves: dict[str, Any] = {name: w.astype(np.float16) for name, w in tensors.items()}
    np.savez(args.out / f"{args.version}.npz", **halves)
    shutil.copyfile(args.run / "tokenizer.json", args.out / "tokenizer.json")
    if (args.run / "loss.png").exists():
        shutil.copyfile(args.run / "loss.png", args.out / f"{args.version}-loss.png")
    last = state["history"][-1]
    card = {
        **metadata,
        "parameters": int(sum(w.size for w in tensors.values())),
        "config": config.to_dict(),
        "quantization": args.kind,
        "gguf_sha256": hashlib.sha256(target.read_bytes()).hexdigest(),
        "training": {
            "tokens": state["tokens"],
            "seconds": round(state["seconds"]),
            "flags": {k: v for k, v in state["flags"].items() if k not in ("out", "checkpoint_minutes", "threads")},
        },
        "loss": {"training": round(last["loss"], 4), "held_out": round(last.get("held_out", float("nan")), 4)},
    }
    (args.out / f"{args.version}.json").write_text(json.dumps(card, indent=1, ensure_ascii=False) + "\n", "utf-8")
    print(f"{target}: {target.stat().st_size / 2**20:.1f} MB, {card['parameters'] / 1e6:.2f} M parameters")


if __name__ == "__main__":
    main()
