"""What browsers load and keep: files made of bytes in memory, at addresses that name their content.

A text is compressed as far as it goes, once for each content: the result is kept in `var/packed`, which
may be deleted at any time, and where nothing can be written a start makes it anew.
"""

import gzip
import hashlib
import logging
import mimetypes
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import brotli
from flask import Flask, Response, abort, request

from queries.memory import Recent

log = logging.getLogger(__name__)

PROGRAM = Path(__file__).resolve().parent.parent
ASSETS = PROGRAM / "assets"
PACKED = PROGRAM / "var" / "packed"
A_YEAR = "public, max-age=31536000, immutable"
BEST, QUICK = 11, 9
"""Brotli qualities: for what is packed once and kept (about a second), and for what somebody waits for."""

TEXTS = (".js", ".css")
mimetypes.add_type("font/woff2", ".woff2")


@dataclass(frozen=True)
class File:
    """A file under its address `/files/NAME-DIGEST.ENDING`."""

    name: str
    content: bytes

    @property
    def address(self) -> str:
        """Where browsers find it."""
        return f"/files/{self.name}"

    @property
    def is_text(self) -> bool:
        """Whether compressing it gains anything."""
        return self.name.endswith(TEXTS)


def digest_of(content: bytes) -> str:
    """What tells one content from another in an address or an ETag."""
    return hashlib.blake2b(content, digest_size=8).hexdigest()


class Files:
    """All files of a server, by name."""

    def __init__(self, packed: Path = PACKED) -> None:
        self._by_name: dict[str, File] = {}
        self._folder = packed
        self._packed = Recent(200)

    def add(self, name: str, ending: str, content: bytes) -> File:
        """Take in a file; its address follows from its name and what is in it."""
        file = File(f"{name}-{digest_of(content)}{ending}", content)
        self._by_name[file.name] = file
        return file

    def pack(self) -> None:
        """Compress what is not compressed yet, so that no visitor waits for it."""
        for file in list(self._by_name.values()):
            if file.is_text:
                self.packed(file)

    def packed(self, file: File) -> bytes:
        """A text compressed by brotli, from where it is kept or made now, once for all who ask."""
        return self._packed.get(file.name, lambda: self._kept(file))

    def _kept(self, file: File) -> bytes:
        place = self._folder / f"{file.name}.br"
        try:
            held = place.read_bytes()
            if brotli.decompress(held) == file.content:
                return held
        except (OSError, brotli.error):
            pass
        made = bytes(brotli.compress(file.content, quality=BEST))
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            written = place.with_suffix(f".{digest_of(made)}")
            written.write_bytes(made)
            written.replace(place)
        except OSError as error:
            log.info("%s is not kept: %s", place, error)
        return made

    def serve(self, flask: Flask) -> None:
        """Give the server the addresses of its files."""

        def file(name: str) -> Response:
            held = self._by_name.get(name)
            if held is None:
                abort(404)
            kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
            answer = in_encoding(
                kind,
                held.content,
                self.packed(held) if held.is_text else None,
                digest_of(held.content),
            )
            answer.headers["Cache-Control"] = A_YEAR
            return answer

        flask.add_url_rule("/files/<name>", "file", file)


def in_encoding(kind: str, plain: bytes, packed: bytes | None, digest: str) -> Response:
    """An answer as the browser can unpack it; 304 for one that holds the same already."""
    encodings = request.accept_encodings
    if packed is not None and encodings["br"] > 0:
        content, encoding = packed, "br"
    elif packed is not None and encodings["gzip"] > 0:
        content, encoding = gzip.compress(plain, 6), "gzip"
    else:
        content, encoding = plain, ""
    answer = Response(content, mimetype=kind)
    if encoding:
        answer.headers["Content-Encoding"] = encoding
    if packed is not None:
        answer.vary.add("Accept-Encoding")
    answer.set_etag(f"{digest}-{encoding}" if encoding else digest)
    answer.make_conditional(request)
    return answer


def bundled(parts: Sequence[tuple[str, str]]) -> bytes:
    """Scripts or styles one after the other, each under its name; `parts` are names and texts."""
    return "\n".join(f"/* {name} */\n{text}" for name, text in parts).encode()


def with_files(style: str, folder: Path, files: Files) -> str:
    """A style sheet whose `url(PATH)`, relative to a folder, lead to files that are kept."""

    def address(found: re.Match[str]) -> str:
        path = folder / found[1]
        return f"url({files.add(path.stem, path.suffix, path.read_bytes()).address})"

    return re.sub(r"url\(([\w/.-]+)\)", address, style)
