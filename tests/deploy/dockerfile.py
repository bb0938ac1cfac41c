"""Reads our Dockerfiles: stages with their instructions, and which files of the context they may see."""

import fnmatch
import json
import re
import shlex
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

KNOWN = {"ARG", "ENV", "WORKDIR", "COPY", "RUN", "USER", "EXPOSE", "HEALTHCHECK", "CMD"}


@dataclass(frozen=True)
class Instruction:
    """One line of a stage, with its continuations."""

    word: str
    rest: str


@dataclass
class Stage:
    """What is built upon `base`: an image, or an earlier stage."""

    base: str
    name: str | None
    instructions: list[Instruction] = field(default_factory=list)

    def all(self, word: str) -> list[str]:
        return [one.rest for one in self.instructions if one.word == word]

    def last(self, word: str) -> str | None:
        return next(reversed(self.all(word)), None)


def parse(content: str) -> list[Stage]:
    """The stages in their order. Raises ValueError for an instruction that is not known here."""
    lines = [line for line in content.splitlines() if not line.lstrip().startswith("#")]
    stages: list[Stage] = []
    for line in re.sub(r"\\\n", " ", "\n".join(lines)).splitlines():
        word, _, rest = line.strip().partition(" ")
        if not word:
            continue
        if word == "FROM":
            base, *named = rest.split()
            stages.append(Stage(base, named[1] if named else None))
        elif word in KNOWN and stages:
            stages[-1].instructions.append(Instruction(word, " ".join(rest.split())))
        else:
            raise ValueError(f"unknown instruction: {line}")
    return stages


def pairs(rest: str) -> dict[str, str]:
    """NAME=value NAME="a value" of ENV and ARG."""
    return dict(one.split("=", 1) for one in shlex.split(rest) if "=" in one)


def command(rest: str) -> list[str]:
    """The list of CMD, or of the CMD in a HEALTHCHECK."""
    found: list[str] = json.loads(rest[rest.index("[") :])
    return found


def ignored(path: str, patterns: Iterable[str]) -> bool:
    """What .dockerignore says of a file of the context: the last pattern that fits decides."""
    result = False
    for pattern in patterns:
        wanted = not pattern.startswith("!")
        if _fits(path, pattern.removeprefix("!")):
            result = wanted
    return result


def _fits(path: str, pattern: str) -> bool:
    """A pattern that fits a folder fits what is in it. `**/` stands for any folders, also none."""
    parts = PurePosixPath(path).parts
    beginnings = ["/".join(parts[:end]) for end in range(1, len(parts) + 1)]
    if pattern.startswith("**/"):
        names = [PurePosixPath(one).name for one in beginnings]
        return any(fnmatch.fnmatchcase(name, pattern[3:]) for name in names)
    return any(fnmatch.fnmatchcase(one, pattern) for one in beginnings if one.count("/") == pattern.count("/"))


def patterns_of(dockerignore: Path) -> list[str]:
    lines = dockerignore.read_text(encoding="utf-8").splitlines()
    return [line.strip() for line in lines if line.strip() and not line.startswith("#")]
