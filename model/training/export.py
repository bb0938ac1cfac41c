"""Writes a trained checkpoint as GGUF, so that llama.cpp can serve it; needs numpy and gguf only.

Tensor names are those of the training code (`embed`, `layers.0.q`, …, `norm`), shapes are (out, in).
"""

import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import gguf
import llama_cpp
import numpy as np

from model.slots import SLOTS
from model.training.config import ModelConfig

NAMES = {
    "q": "attn_q",
    "k": "attn_k",
    "v": "attn_v",
    "o": "attn_output",
    "gate": "ffn_gate",
    "up": "ffn_up",
    "down": "ffn_down",
    "attn_norm": "attn_norm",
    "ffn_norm": "ffn_norm",
}


def rotary_permutation(weight: np.ndarray, heads: int) -> np.ndarray:
    """Rows (heads, 2, half) to (heads, half, 2): llama.cpp rotates neighbours, the training code rotates halves."""
    rows, columns = weight.shape
    return weight.reshape(heads, 2, rows // heads // 2, columns).swapaxes(1, 2).reshape(rows, columns)


def _gguf_name(name: str) -> str:
    if name == "embed":
        return "token_embd.weight"
    if name == "norm":
        return "output_norm.weight"
    _, layer, part = name.split(".")
    return f"blk.{layer}.{NAMES[part]}.weight"


def _write_tokenizer(writer: gguf.GGUFWriter, tokenizer: Mapping[str, Any], end: str, pad: str) -> None:
    vocabulary: dict[str, int] = tokenizer["model"]["vocab"]
    special = {t["content"]: t["id"] for t in tokenizer["added_tokens"]}
    size = max([*vocabulary.values(), *special.values()]) + 1
    tokens, types = [""] * size, [gguf.TokenType.NORMAL] * size
    for token, i in vocabulary.items():
        tokens[i] = token
    for token, i in special.items():
        tokens[i] = token
        types[i] = gguf.TokenType.USER_DEFINED if token in SLOTS else gguf.TokenType.CONTROL
    merges = [m if isinstance(m, str) else " ".join(m) for m in tokenizer["model"]["merges"]]
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list(tokens)
    writer.add_token_types(types)
    writer.add_token_merges(merges)
    writer.add_eos_token_id(special[end])
    writer.add_eot_token_id(special[end])
    writer.add_pad_token_id(special[pad])
    writer.add_add_bos_token(False)
    writer.add_add_eos_token(False)
    writer.add_add_space_prefix(False)


def write_gguf(
    path: Path,
    config: ModelConfig,
    tensors: Mapping[str, np.ndarray],
    tokenizer_json: Path | Mapping[str, Any],
    metadata: Mapping[str, str],
    *,
    end: str = "<|end|>",
    pad: str = "<|pad|>",
) -> None:
    """Write an F32 GGUF of the llama architecture, whole or not at all (temporary file, fsync, rename).

    `tensors` holds float arrays by training name; `metadata` becomes `offerloop.<key>` strings and `general.name`.
    """
    tokenizer = json.loads(tokenizer_json.read_text("utf-8")) if isinstance(tokenizer_json, Path) else tokenizer_json
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=path.name, suffix=".part")
    os.close(handle)
    try:
        _write_file(Path(temporary), path.stem, config, tensors, tokenizer, metadata, (end, pad))
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    finally:
        Path(temporary).unlink(missing_ok=True)


def _write_file(
    path: Path,
    name: str,
    config: ModelConfig,
    tensors: Mapping[str, np.ndarray],
    tokenizer: Mapping[str, Any],
    metadata: Mapping[str, str],
    ends: tuple[str, str],
) -> None:
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_name(metadata.get("version", name))
    for key, value in metadata.items():
        writer.add_string(f"offerloop.{key}", value)
    writer.add_context_length(config.context)
    writer.add_embedding_length(config.dim)
    writer.add_block_count(config.layers)
    writer.add_feed_forward_length(config.hidden)
    writer.add_head_count(config.heads)
    writer.add_head_count_kv(config.kv_heads)
    writer.add_rope_dimension_count(config.head_dim)
    writer.add_rope_freq_base(config.rope_base)
    writer.add_layer_norm_rms_eps(config.norm_eps)
    writer.add_vocab_size(config.vocab_size)
    writer.add_file_type(gguf.LlamaFileType.ALL_F32)
    _write_tokenizer(writer, tokenizer, *ends)
    for tensor_name, tensor in tensors.items():
        writer.add_tensor(_gguf_name(tensor_name), _for_llama(tensor_name, tensor, config))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    with path.open("rb") as written:
        os.fsync(written.fileno())


def _for_llama(name: str, tensor: np.ndarray, config: ModelConfig) -> np.ndarray:
    array = np.ascontiguousarray(tensor, dtype=np.float32)
    part = name.rsplit(".", 1)[-1]
    if part in ("q", "k"):
        return rotary_permutation(array, config.heads if part == "q" else config.kv_heads)
    return array


def quantize(source: Path, target: Path, kind: str = "Q8_0") -> None:
    """Quantize a GGUF with llama.cpp; embeddings and output stay Q8_0 (its own choice, Q6_K, has no fast kernel here).

    `kind` is a name of llama.cpp's file types: Q8_0, Q4_0, F16.
    """
    parameters = llama_cpp.llama_model_quantize_default_params()
    parameters.ftype = getattr(llama_cpp, f"LLAMA_FTYPE_MOSTLY_{kind}")
    parameters.nthread = os.cpu_count() or 1
    parameters.output_tensor_type = llama_cpp.GGML_TYPE_Q8_0
    parameters.token_embedding_type = llama_cpp.GGML_TYPE_Q8_0
    temporary = target.with_name(target.name + ".part")
    code = llama_cpp.llama_model_quantize(str(source).encode(), str(temporary).encode(), parameters)
    if code != 0:
        raise RuntimeError(f"llama.cpp could not quantize {source} to {kind} (code {code})")
    temporary.replace(target)


def float_gguf(shipped: Path, target: Path) -> None:
    """The trainable weights of a shipped version as a GGUF of 32-bit floats, to compare the quantized file with."""
    card = json.loads(shipped.with_suffix(".json").read_text("utf-8"))
    with np.load(shipped.with_suffix(".npz")) as stored:
        tensors = {name: stored[name].astype(np.float32) for name in stored.files}
    metadata = {key: card[key] for key in ("version", "prompt_format", "corpus_hash")}
    write_gguf(target, ModelConfig(**card["config"]), tensors, shipped.with_name("tokenizer.json"), metadata)
