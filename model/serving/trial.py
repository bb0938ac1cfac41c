"""Loads a model and decodes a batch in a process of its own, so that a crash of the C library costs nothing.

Two uses. At start: some virtual machines announce AMX tiles and then fault on the first one, which kills the process
as soon as llama.cpp repacks weights for them; only a trial tells. Before a hot swap: a file that would abort the
server is found out here. Run as: python -m model.serving.trial --model PATH --extra-buffers 1 [--adapter PATH]
"""

import argparse
import logging
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import llama_cpp
import numpy as np

from model.serving.llama import Context, ModelError, opened

log = logging.getLogger(__name__)
TIMEOUT_S = 120.0
SEQUENCES = 16
NICENESS = 10  # what serves meanwhile goes first


def decode_speed(context: Context, sequences: int, seconds: float = 0.15, most: int = 200) -> float:
    """Tokens a second of plain decode steps at a number of sequences.

    ModelError when what comes out are no numbers: training went astray, and every text would be the same rubbish.
    """
    context.clear()
    batch, token = context.batch, max(0, context.model.vocabulary.eos)
    batch.token[:sequences] = token
    batch.seq[:sequences] = np.arange(sequences)
    batch.output[:sequences] = 1
    steps = 0
    start = time.perf_counter()
    while steps < min(most, context.shape.context - 1):
        batch.pos[:sequences] = steps
        logits = context.decode(sequences, sequences)
        if steps == 0 and np.isnan(logits).any():
            raise ModelError(f"{context.model.path} computes no numbers (NaN)")
        steps += 1
        if steps == 2:
            start = time.perf_counter()  # the first steps build the graph
        if time.perf_counter() - start > seconds and steps > 3:
            break
    return sequences * (steps - 2) / max(1e-9, time.perf_counter() - start)


def run_trial(path: Path, *, extra_buffers: bool, adapter: Path | None = None) -> float:
    """Tokens a second in a child process; ModelError when it died or could not load the file."""
    command = [sys.executable, "-m", "model.serving.trial", "--model", str(path)]
    command += ["--extra-buffers", str(int(extra_buffers)), *(["--adapter", str(adapter)] if adapter else [])]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_S, check=False)
    except subprocess.TimeoutExpired as error:
        raise ModelError(f"{path} was tried for {TIMEOUT_S:.0f} s without a result") from error
    if done.returncode != 0:
        log.info("trial failed", extra={"extra_buffers": extra_buffers, "code": done.returncode})
        raise ModelError(_reason(path, done))
    return float(done.stdout.strip().splitlines()[-1])


def _reason(path: Path, done: "subprocess.CompletedProcess[str]") -> str:
    if done.returncode < 0:
        return f"{path} ended the process that tried it: {signal.Signals(-done.returncode).name}"
    lines = done.stderr.strip().splitlines()
    return lines[-1] if lines else f"{path} does not run"


def choose_extra_buffers(path: Path, adapter: Path | None = None, *, careful: bool = False) -> bool:
    """Whether repacked weights are safe here and pay: always, but for processors that announce AMX.

    `careful`: decode in a child process in any case, the way it is going to be here; ModelError says what went wrong.
    """
    if b"AMX_INT8 = 1" not in llama_cpp.llama_print_system_info():
        if careful:
            run_trial(path, extra_buffers=True, adapter=adapter)
        return True
    try:
        repacked = run_trial(path, extra_buffers=True, adapter=adapter)
    except ModelError:
        if careful:
            run_trial(path, extra_buffers=False, adapter=adapter)
        return False
    return repacked > run_trial(path, extra_buffers=False, adapter=adapter)


def main() -> int:
    """Command line: prints tokens a second."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--extra-buffers", type=int, choices=(0, 1), default=0)
    parser.add_argument("--adapter", type=Path)
    args = parser.parse_args()
    os.nice(NICENESS)
    try:
        with opened(
            args.model, extra_buffers=bool(args.extra_buffers), adapter=args.adapter, sequences=SEQUENCES
        ) as context:
            sys.stdout.write(f"{decode_speed(context, context.shape.sequences):.1f}\n")
    except ModelError as error:
        sys.stderr.write(f"{error}\n")
        return 3
    return 0


if __name__ == "__main__":
    sys.exit(main())
