"""Errors whose text is written for the person who has to act on it."""


class SetupError(Exception):
    """Something outside the program must be put right first; the text says what and how."""


class InputError(Exception):
    """A file or a mapping cannot be taken as it is; the text names file, field and fix."""


def first_line(error: BaseException) -> str:
    """What an error says, in a line; what kind it is of one without words."""
    return (str(error).strip() or type(error).__name__).splitlines()[0]
