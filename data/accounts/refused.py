"""A change that somebody asked for and that cannot be made, by a key that pages put into words."""

from data.errors import InputError


class ChangeRefused(InputError):
    """`key` is one of the catalogue's [wrong]; `about` is what it is about, as it was typed."""

    def __init__(self, key: str, about: object = "") -> None:
        super().__init__(f"{key.replace('_', ' ')}: {about}" if about else key.replace("_", " "))
        self.key, self.about = key, str(about)[:80]
