"""One spelling of addresses, names and codes that are searched for."""

import unicodedata


def plain_address(text: str) -> str:
    """Full and half width, upper and lower case are one; blanks and direction marks do not count."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    return "".join(sign for sign in plain if unicodedata.category(sign)[0] not in "ZC")
