"""How a stage tells where it stands."""

from collections.abc import Callable

Report = Callable[[float, str], None]
"""Told the share that is done and a line for the log, empty for none; may raise to end the work."""
