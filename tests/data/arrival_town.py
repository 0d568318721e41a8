"""What a source sends to the small town, and a door that it sends it through."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from small_town import at

from data.arrival.signature import SIGNATURE_HEADER, SOURCE_HEADER, TIME_HEADER, key_of, signature


def time_of(hour: float) -> str:
    """An hour of the town as it is sent."""
    return datetime.fromtimestamp(at(hour), UTC).isoformat()


def sent(number: object, *steps: tuple[str, float], **more: Any) -> dict[str, Any]:
    """A case as it is sent: `("reported", 0), ("accepted", 1)`; a third of a step is its limit in hours."""
    events = []
    for type_, hour, *limit in steps or (("reported", 0), ("accepted", 1, 24)):
        event: dict[str, Any] = {"type": type_, "at": time_of(hour)}
        if limit:
            event["limit_seconds"] = round(limit[0] * 3600)
        events.append(event)
    plain = {"id": str(number), "category": "road", "title": "路面破损", "grid": "A1"}
    return {**plain, "events": events, **more}


def body_of(cases: Sequence[Any]) -> bytes:
    return json.dumps({"cases": list(cases)}, ensure_ascii=False).encode()


def headers_of(token: str, sent_at: int, body: bytes, source: str = "hotline") -> dict[str, str]:
    signed = signature(key_of(token), str(sent_at), body)
    return {SOURCE_HEADER: source, TIME_HEADER: str(sent_at), SIGNATURE_HEADER: signed}
