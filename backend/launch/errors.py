"""The one error that the launcher shows to a person instead of a traceback."""


class LaunchError(Exception):
    """Something that the person who typed `make run` can put right; the text says how, in Russian."""
