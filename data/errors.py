"""Errors whose text is written for the person who has to act on it."""


class SetupError(Exception):
    """Something outside the program must be put right first; the text says what and how."""


class InputError(Exception):
    """A file or a mapping cannot be taken as it is; the text names file, field and fix."""
