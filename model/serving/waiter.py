"""A listener for callers in the same process that want the whole answer: benches, evaluation, tests."""

import threading

from model.serving.jobs import Choice, EngineError


class Waiter:
    """Collects the choices of one request; streams are let pass."""

    def __init__(self) -> None:
        self.choices: list[Choice] = []
        self.error: EngineError | None = None
        self.over = threading.Event()

    def piece(self, index: int, text: str) -> None:
        """A part of a stream."""

    def done(self, choices: list[Choice]) -> None:
        self.choices = choices
        self.over.set()

    def failed(self, error: EngineError) -> None:
        self.error = error
        self.over.set()

    def wait(self, seconds: float | None = None) -> list[Choice]:
        """The choices. Raises what the engine failed with, TimeoutError after `seconds`."""
        if not self.over.wait(seconds):
            raise TimeoutError("the engine has not answered")
        if self.error:
            raise self.error
        return self.choices
