"""Trains the tokenizer: byte-level BPE with GPT-2's split, slots and control tokens whole.

Run as: python -m model.training.tokenizer --out model/weights/tokenizer.json
"""

import argparse
from pathlib import Path

from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, trainers

from model.brief import control_tokens
from model.corpus.generate import generate
from model.slots import SLOTS

VOCABULARY = 4608


def train_tokenizer(texts: list[str], vocabulary: int = VOCABULARY) -> Tokenizer:
    """Control tokens take the first ids, then the slots; splits as llama.cpp's `gpt2` with pre `gpt-2` does."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)
    tokenizer.decoder = decoders.ByteLevel()
    slots = [AddedToken(slot, normalized=False, special=False) for slot in SLOTS]
    control = [AddedToken(token, normalized=False, special=True) for token in control_tokens()]
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary,
        special_tokens=[*control, *slots],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--texts", type=int, default=60_000, help="how many texts of the corpus to learn from")
    parser.add_argument("--vocabulary", type=int, default=VOCABULARY)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    tokenizer = train_tokenizer([text for _, _, text in generate(args.texts, args.seed)], args.vocabulary)
    tokenizer.save(str(args.out))
    print(f"{tokenizer.get_vocab_size()} tokens in {args.out}")


if __name__ == "__main__":
    main()
