"""A screen's page as the server sends it, and the files it names."""

import re

from flask.testing import FlaskClient as Client


def page(client: Client, screen: str) -> str:
    answer = client.get(f"/{screen}/")
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def parts_of(client: Client, addresses: list[str]) -> set[str]:
    """The names of all that was put together in these files."""
    texts = [client.get(address).get_data(as_text=True) for address in addresses]
    names = re.findall(r"^/\* (\S+\.(?:js|css)) \*/$", "\n".join(texts), re.MULTILINE)
    return {re.sub(r"@(\d+)\.\d+\.\d+\.min", r"@\1", name) for name in names}


def scripts_of(html: str) -> list[str]:
    return re.findall(r'<script[^>]* src="([^"]+)"', html)


def styles_of(html: str) -> list[str]:
    return re.findall(r'<link rel="stylesheet" href="([^"]+)"', html)


def file_of(html: str, ending: str) -> str:
    """The one file of the page with this ending."""
    (address,) = {*scripts_of(html), *styles_of(html)} & set(
        re.findall(rf"/files/[\w-]+\.{ending}", html)
    )
    return str(address)
