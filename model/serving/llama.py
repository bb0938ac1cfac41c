"""A thin, typed layer over llama.cpp's low-level bindings: model file, vocabulary, context, batch.

It knows nothing of requests. A `Context` belongs to one thread; a `Vocabulary` may be used from any.
"""

import ctypes
import os
import struct
import weakref
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import llama_cpp
import numpy as np
import numpy.typing as npt

from model.serving.native import NATIVE_LOG, start_backend

Int32s = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float32]

VERSION = "offerloop.version"
METADATA = (
    "general.name",
    "general.architecture",
    "tokenizer.chat_template",
    "tokenizer.ggml.bos_token_id",
    VERSION,
    "offerloop.prompt_format",
    "offerloop.corpus_hash",
)
MOST_SEQUENCES = 256  # llama.cpp's own limit
KV_TYPES = {"f16": (llama_cpp.GGML_TYPE_F16, 2.0), "q8_0": (llama_cpp.GGML_TYPE_Q8_0, 34 / 32)}


class ModelError(RuntimeError):
    """The model cannot be loaded or run; the message is meant for the operator."""


def check_file(path: Path) -> None:
    """Refuse what is plainly not a GGUF before llama.cpp sees it."""
    if not path.is_file():
        raise ModelError(f"no model file at {path}")
    try:
        with path.open("rb") as file:
            head = file.read(8)
    except OSError as error:
        raise ModelError(f"cannot read the model file {path}: {error.strerror}") from error
    if len(head) < 8 or head[:4] != b"GGUF":
        raise ModelError(f"{path} is not a GGUF file")
    if struct.unpack("<I", head[4:])[0] not in (2, 3):
        raise ModelError(f"{path} has a GGUF version that llama.cpp does not know")


def version_of(path: Path) -> str:
    """What a GGUF calls itself, read without its weights. Raises ModelError."""
    check_file(path)
    start_backend()
    parameters = llama_cpp.llama_model_default_params()
    parameters.vocab_only = True
    handle = llama_cpp.llama_model_load_from_file(os.fsencode(path), parameters)
    if not handle:
        raise ModelError(f"llama.cpp cannot read {path}: {NATIVE_LOG.drain()}")
    try:
        return _metadata(handle, VERSION) or path.stem
    finally:
        llama_cpp.llama_model_free(handle)


def _metadata(handle: Any, key: str) -> str | None:
    size = 4096
    while True:
        buffer = ctypes.create_string_buffer(size)
        count = llama_cpp.llama_model_meta_val_str(handle, key.encode(), buffer, size)
        if count < 0:
            return None
        if count < size:
            return buffer.raw[:count].decode("utf-8", "replace")
        size = count + 1


class NativeModel:
    """The memory of a model, freed when nobody refers to it any more.

    A swap of the model must not pull it from under a thread that still turns text into its tokens.
    """

    def __init__(self, pointer: Any) -> None:
        self.pointer = pointer
        self.free = weakref.finalize(self, llama_cpp.llama_model_free, pointer)
        self.free.atexit = False  # the engine's thread may still be decoding then; the process ends anyway


class Vocabulary:
    """Tokens as bytes, the end-of-generation set, and tokenization."""

    def __init__(self, native: NativeModel, *, has_bos: bool) -> None:
        self._native = native
        self._vocab = llama_cpp.llama_model_get_vocab(native.pointer)
        self.size = int(llama_cpp.llama_vocab_n_tokens(self._vocab))
        self.pieces = [self._piece(token, special=False) for token in range(self.size)]
        self.is_end = np.array([llama_cpp.llama_vocab_is_eog(self._vocab, t) for t in range(self.size)], dtype=bool)
        self.bos = int(llama_cpp.llama_vocab_bos(self._vocab)) if has_bos else -1  # llama.cpp makes one up otherwise
        self.eos = int(llama_cpp.llama_vocab_eos(self._vocab))
        self.adds_bos = bool(llama_cpp.llama_vocab_get_add_bos(self._vocab))

    def _piece(self, token: int, *, special: bool) -> bytes:
        size = 64
        while True:
            buffer = ctypes.create_string_buffer(size)
            count = llama_cpp.llama_token_to_piece(self._vocab, token, buffer, size, 0, special)
            if count >= 0:
                return buffer.raw[:count]
            size = -count

    def shown(self, token: int) -> str:
        """A token as text, control tokens too (for logprobs and chat templates)."""
        return self._piece(token, special=True).decode("utf-8", "replace") if 0 <= token < self.size else ""

    def tokenize(self, text: str, *, add_special: bool = True) -> list[int]:
        """Token ids; special tokens inside the text are parsed. A doubled begin-of-text is made single."""
        data = text.encode("utf-8")
        size = len(data) + 8
        while True:
            buffer = (llama_cpp.llama_token * size)()
            count = llama_cpp.llama_tokenize(self._vocab, data, len(data), buffer, size, add_special, True)
            if count >= 0:
                break
            size = -count
        tokens = list(buffer[:count])
        return tokens[1:] if len(tokens) > 1 and tokens[0] == tokens[1] == self.bos else tokens

    def text(self, tokens: Sequence[int]) -> str:
        """Text of tokens, control tokens hidden; half a character at the end becomes U+FFFD."""
        pieces = self.pieces
        return b"".join([pieces[t] for t in tokens]).decode("utf-8", "replace")


class Model:
    """A loaded GGUF, with the LoRA of another one where `adapter` names it.

    `extra_buffers` lets llama.cpp repack weights (see `trial.py` for why it may be unsafe); `version` is a name for
    it, by default the one in the file.
    """

    def __init__(
        self, path: Path, *, extra_buffers: bool = False, version: str | None = None, adapter: Path | None = None
    ) -> None:
        check_file(path)
        start_backend()
        NATIVE_LOG.drain()
        parameters = llama_cpp.llama_model_default_params()
        parameters.use_extra_bufts = extra_buffers
        handle = llama_cpp.llama_model_load_from_file(os.fsencode(path), parameters)
        if not handle:
            reason = NATIVE_LOG.drain()
            raise ModelError(f"llama.cpp cannot load {path}: {reason}")
        self._native = NativeModel(handle)
        self.path, self.extra_buffers, self.adapter_path = path, extra_buffers, adapter
        self._name = version
        try:
            self._read()
            self.adapter = self._load_adapter(adapter) if adapter else None
        except BaseException:
            self.close()
            raise

    @property
    def handle(self) -> Any:
        return self._native.pointer

    def _read(self) -> None:
        handle = self.handle
        if not llama_cpp.llama_model_has_decoder(handle) or llama_cpp.llama_model_has_encoder(handle):
            raise ModelError(f"{self.path} is not a text generator (only decoder models are served)")
        self.metadata = {key: value for key in METADATA if (value := self._metadata(key)) is not None}
        self.n_params = int(llama_cpp.llama_model_n_params(handle))
        self.n_ctx_train = int(llama_cpp.llama_model_n_ctx_train(handle))
        self.size_bytes = int(llama_cpp.llama_model_size(handle))
        self.vocabulary = Vocabulary(self._native, has_bos="tokenizer.ggml.bos_token_id" in self.metadata)
        if self.vocabulary.size == 0:
            raise ModelError(f"{self.path} holds no vocabulary")

    def _load_adapter(self, path: Path) -> Any:
        """A LoRA for this model; it must be there before the first context is, and is freed with the model."""
        check_file(path)
        NATIVE_LOG.drain()
        adapter = llama_cpp.llama_adapter_lora_init(self.handle, os.fsencode(path))
        if not adapter:
            reason = NATIVE_LOG.drain()
            raise ModelError(f"llama.cpp cannot apply the adapter {path} to {self.path}: {reason}")
        return adapter

    def _metadata(self, key: str) -> str | None:
        return _metadata(self.handle, key)

    @property
    def description(self) -> str:
        buffer = ctypes.create_string_buffer(256)
        llama_cpp.llama_model_desc(self.handle, buffer, 256)
        return buffer.value.decode("utf-8", "replace")

    @property
    def version(self) -> str:
        return self._name or self.weights

    @property
    def weights(self) -> str:
        """What the file calls itself."""
        return self.metadata.get(VERSION) or self.path.stem

    @property
    def chat_template(self) -> str | None:
        return self.metadata.get("tokenizer.chat_template")

    @property
    def prompt_format(self) -> str:
        """How a caller should write to this model: `control`, `chat` or `plain`."""
        return self.metadata.get("offerloop.prompt_format") or ("chat" if self.chat_template else "plain")

    def kv_bytes_per_token(self, kv_type: str) -> float:
        head_size = llama_cpp.llama_model_n_embd(self.handle) / max(1, llama_cpp.llama_model_n_head(self.handle))
        width = head_size * llama_cpp.llama_model_n_head_kv(self.handle)
        return float(2 * width * llama_cpp.llama_model_n_layer(self.handle) * KV_TYPES[kv_type][1])

    def close(self) -> None:
        """Free the memory now; nothing of this model may be used afterwards."""
        self._native.free()


@dataclass(frozen=True)
class Shape:
    """Sizes of a context: tokens per sequence, sequences at once, tokens per step, threads, type of the KV cache.

    `keeps_prefix` adds one sequence for the beginning that prompts share.
    """

    context: int
    sequences: int
    step_tokens: int
    threads: int
    kv_type: str
    keeps_prefix: bool = False


def fit_shape(
    model: Model,
    *,
    context: int | None = None,
    sequences: int = 64,
    threads: int | None = None,
    kv_type: str = "q8_0",
    kv_budget_mb: int = 256,
) -> Shape:
    """Sizes that suit the model: a large one gets fewer sequences so that the KV cache keeps to its budget."""
    wanted = context or (512 if model.prompt_format == "control" else 2048)
    length = min(wanted, model.n_ctx_train)
    if (llama_cpp.llama_model_n_embd(model.handle) // max(1, llama_cpp.llama_model_n_head(model.handle))) % 32:
        kv_type = "f16"  # a quantized row must be a multiple of 32 wide
    padded = -(-length // 256) * 256
    budget = kv_budget_mb * 2**20
    # a prefix is cut from the end of a sequence, which models with a recurrent state cannot do
    recurrent = llama_cpp.llama_model_is_recurrent(model.handle) or llama_cpp.llama_model_is_hybrid(model.handle)
    prefix = model.prompt_format != "control" and not recurrent
    sequences = min(sequences, MOST_SEQUENCES - prefix)
    while sequences > 1 and (sequences + prefix) * padded * model.kv_bytes_per_token(kv_type) > budget:
        sequences //= 2
    return Shape(length, sequences, max(512, sequences), threads or available_cores(), kv_type, prefix)


def available_cores() -> int:
    return len(os.sched_getaffinity(0))


class Batch:
    """The arrays of a llama_batch as numpy memory: filled by slices, with no ctypes call per token."""

    def __init__(self, capacity: int) -> None:
        self.token: Int32s = np.zeros(capacity, np.int32)
        self.pos: Int32s = np.zeros(capacity, np.int32)
        self.seq: Int32s = np.zeros(capacity, np.int32)
        self.output: npt.NDArray[np.int8] = np.zeros(capacity, np.int8)
        self._one = np.ones(capacity, np.int32)
        self._seq_rows = (self.seq.ctypes.data + 4 * np.arange(capacity)).astype(np.uint64)
        self.native = llama_cpp.llama_batch()
        for name, array in (
            ("token", self.token),
            ("pos", self.pos),
            ("n_seq_id", self._one),
            ("seq_id", self._seq_rows),
            ("logits", self.output),
        ):
            setattr(self.native, name, ctypes.cast(array.ctypes.data, type(getattr(self.native, name))))


class Context:
    """A llama context with separate KV streams. Only whole sequences may be copied (part of one aborts the process)."""

    def __init__(self, model: Model, shape: Shape) -> None:
        self.model, self.shape = model, shape
        handle = llama_cpp.llama_init_from_model(model.handle, self._parameters(shape))
        if not handle:
            reason = NATIVE_LOG.drain("out of memory?")
            raise ModelError(f"llama.cpp cannot create a context of {shape.sequences} × {shape.context}: {reason}")
        self._handle = handle
        if model.adapter:
            self._apply(model.adapter)
        self._memory = llama_cpp.llama_get_memory(handle)
        self.batch = Batch(shape.step_tokens)
        self._copied: set[int] = set()
        self._columns = model.vocabulary.size
        self._address = 0
        self._logits: Floats = np.zeros((0, self._columns), np.float32)

    @staticmethod
    def _parameters(shape: Shape) -> Any:
        parameters = llama_cpp.llama_context_default_params()
        sequences = shape.sequences + shape.keeps_prefix
        parameters.n_ctx = -(-shape.context // 256) * 256 * sequences
        parameters.n_batch = parameters.n_ubatch = shape.step_tokens
        parameters.n_seq_max = sequences
        parameters.n_threads = parameters.n_threads_batch = shape.threads
        parameters.type_k = parameters.type_v = KV_TYPES[shape.kv_type][0]
        parameters.kv_unified = False
        parameters.no_perf = True
        return parameters

    def _apply(self, adapter: Any) -> None:
        adapters = (llama_cpp.llama_adapter_lora_p_ctypes * 1)(adapter)
        if llama_cpp.llama_set_adapters_lora(self._handle, adapters, 1, (ctypes.c_float * 1)(1.0)):
            self.close()
            raise ModelError(f"llama.cpp cannot apply the adapter {self.model.adapter_path}")

    def decode(self, count: int, outputs: int) -> Floats:
        """Run the first `count` entries of the batch; the rows of logits, in the order of the batch's outputs.

        The array is llama.cpp's own memory: it is valid until the next call.
        """
        self.batch.native.n_tokens = count
        self._copied.clear()
        code = llama_cpp.llama_decode(self._handle, self.batch.native)
        if code != 0:
            raise ModelError(f"llama_decode returned {code} for {count} tokens")
        return self._rows()[:outputs]

    def _rows(self) -> Floats:
        pointer = llama_cpp.llama_get_logits(self._handle)
        address = ctypes.addressof(pointer.contents)
        if address != self._address:
            self._logits = np.ctypeslib.as_array(pointer, (self.shape.step_tokens, self._columns))
            self._address = address
        return self._logits

    def use_threads(self, count: int) -> None:
        """For steps of one token and of many alike (llama.cpp calls any step of several tokens a batch)."""
        llama_cpp.llama_set_n_threads(self._handle, count, count)

    def copy(self, source: int, target: int) -> None:
        """Give `target` the whole of `source` (carried out by llama.cpp before the next decode)."""
        self._copied |= {source, target}
        llama_cpp.llama_memory_seq_cp(self._memory, source, target, -1, -1)

    def is_settled(self, sequence: int) -> bool:
        """Whether no copy to it or from it is still to be carried out: only then may it be saved or restored."""
        return sequence not in self._copied

    def settle(self) -> None:
        """Have all copies carried out while no sequence holds anything (llama.cpp does it in a decode only)."""
        if self._copied:
            self.batch.token[0] = self.batch.pos[0] = self.batch.seq[0] = self.batch.output[0] = 0
            self.decode(1, 0)
            self.drop(0)

    def save(self, sequence: int) -> npt.NDArray[np.uint8]:
        """What the cache holds of a sequence, to be restored into any later. Raises ModelError."""
        state = np.empty(llama_cpp.llama_state_seq_get_size(self._handle, sequence), np.uint8)
        if not llama_cpp.llama_state_seq_get_data(self._handle, _bytes_of(state), len(state), sequence):
            raise ModelError(f"llama.cpp cannot save sequence {sequence}")
        return state

    def restore(self, sequence: int, state: npt.NDArray[np.uint8]) -> None:
        """Give an empty sequence what was saved of another. Raises ModelError."""
        if not llama_cpp.llama_state_seq_set_data(self._handle, _bytes_of(state), len(state), sequence):
            raise ModelError(f"llama.cpp cannot restore sequence {sequence}")

    def drop(self, sequence: int) -> None:
        llama_cpp.llama_memory_seq_rm(self._memory, sequence, -1, -1)

    def drop_from(self, sequence: int, position: int) -> None:
        """Forget the tokens of a sequence from `position` on."""
        llama_cpp.llama_memory_seq_rm(self._memory, sequence, position, -1)

    def clear(self) -> None:
        llama_cpp.llama_memory_clear(self._memory, False)

    def close(self) -> None:
        if self._handle:
            llama_cpp.llama_free(self._handle)
            self._handle = None


def _bytes_of(state: npt.NDArray[np.uint8]) -> Any:
    return state.ctypes.data_as(ctypes.POINTER(ctypes.c_uint8))


@contextmanager
def opened(path: Path, *, extra_buffers: bool, adapter: Path | None = None, sequences: int = 64) -> Iterator[Context]:
    """Model and context together, freed at the end: for measurements and trials."""
    model = Model(path, extra_buffers=extra_buffers, adapter=adapter)
    try:
        context = Context(model, fit_shape(model, sequences=sequences))
        try:
            yield context
        finally:
            context.close()
    finally:
        model.close()
