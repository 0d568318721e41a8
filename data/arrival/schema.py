"""What a case looks like that is sent: one description, from which it is checked and documented."""

from typing import Any, Literal, NamedTuple

from data.events import EVENT_TYPES, LEAD_LEVELS, SATISFACTION
from data.working_time import CLOCKS

Kind = Literal["text", "time", "number", "whole", "flag"]

MOST_CASES = 1_000
MOST_EVENTS = 200
LONGEST_TEXT = 200
LONGEST_NOTE = 1_000


class Field(NamedTuple):
    """One field of an object. choices: the words it may have; low, high: of a number, inclusive."""

    name: str
    kind: Kind
    meaning: str
    required: bool = False
    choices: tuple[str, ...] = ()
    longest: int = LONGEST_TEXT
    low: float | None = None
    high: float | None = None


EVENT = (
    Field("type", "text", "What happened.", True, EVENT_TYPES),
    Field("at", "time", "When it happened; not in the future.", True),
    Field("actor", "text", "Code of the seat or post that did it; never a name."),
    Field("actor_role", "text", "What that seat is."),
    Field("department", "text", "Code of the department that it went to or was done by."),
    Field("deadline", "time", "The limit that begins or moves with it, as an instant."),
    Field("limit_seconds", "whole", "The same as a duration on its clock.", low=0, high=2**40),
    Field(
        "limit_clock", "text", "The clock of the limit; natural time without one.", False, CLOCKS
    ),
    Field("lead_level", "text", "Who leads the case from here on.", False, LEAD_LEVELS),
    Field("stage", "text", "Of step_done: the handling step that is done."),
    Field("note", "text", "A remark.", longest=LONGEST_NOTE),
)

SURVEY = (
    Field("cycle", "whole", "1 for the first survey of the case.", True, low=1, high=1000),
    Field("at", "time", "When the citizen was asked; not in the future.", True),
    Field("channel", "text", "By which way.", True),
    Field("reached", "flag", "Whether the citizen was reached.", True),
    Field("responded", "flag", "Whether somebody had been in touch about the case."),
    Field("solved", "flag", "Whether the citizen says that it is solved."),
    Field("satisfaction", "text", "The answer; none is 未评价.", False, SATISFACTION),
)

CASE = (
    Field("id", "text", "The source's own id of the case: the same id is the same case.", True),
    Field("category", "text", "Code of the category.", True),
    Field("title", "text", "A line on what it is about; no names, no numbers of persons.", True),
    Field("kind", "text", "部件, 事件, 诉求 …; 事件 without it."),
    Field("department", "text", "Code of the department in charge."),
    Field("grid", "text", "Code of the grid that it lies in; without it the point decides."),
    Field("lon", "number", "Longitude in WGS84 degrees.", low=-180, high=180),
    Field("lat", "number", "Latitude in WGS84 degrees.", low=-90, high=90),
    Field("road", "text", "The road only: what a wall may print."),
    Field("address", "text", "The address, to the building; what is below it is cut off."),
    Field("anonymous", "flag", "Whether nobody can be asked about it afterwards."),
    Field("self_handled", "flag", "Whether it was settled on the spot."),
    Field("in_grid", "flag", "Whether the grid can settle it by itself."),
    Field("is_test", "flag", "Whether it is a test, which counts nowhere."),
    Field("importance", "whole", "1 is most.", low=1, high=3),
    Field("urgency", "whole", "1 is most.", low=1, high=3),
)

LISTS = {"events": EVENT, "surveys": SURVEY}
"""Lists within a case; `events` must be there."""


def openapi() -> dict[str, Any]:
    """The OpenAPI 3.1 document of the address."""
    case = _object(CASE)
    case["properties"] |= {
        name: {"type": "array", "maxItems": MOST_EVENTS, "items": _object(fields)}
        for name, fields in LISTS.items()
    }
    case["required"].append("events")
    body = {
        "type": "object",
        "required": ["cases"],
        "additionalProperties": False,
        "properties": {"cases": {"type": "array", "maxItems": MOST_CASES, "items": case}},
    }
    answers = {
        "200": "Every case has a verdict; those that are not refused are taken in, all at once.",
        "400": "The body is no JSON in UTF-8 of this form; nothing is taken in.",
        "401": "No token in force signed this, or not just now.",
        "408": "The body did not come within 30 seconds.",
        "409": "The very same request came before and was taken in.",
        "413": "The body is longer than 10 MB.",
        "429": "Too many requests of this address that nobody signed.",
        "503": "The cases cannot be written just now; the same batch may be sent again.",
    }
    told = {"schema": {"$ref": "#/components/schemas/Answer"}}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Arrival of cases", "version": "1"},
        "paths": {
            "/api/cases": {
                "post": {
                    "summary": "Send new and changed cases of one source.",
                    "security": [{"signature": []}],
                    "parameters": [
                        _header("X-Arrival-Source", "Code of the source."),
                        _header("X-Arrival-Time", "Epoch seconds at which it was sent."),
                    ],
                    "requestBody": {
                        "required": True,
                        "content": {"application/json": {"schema": body}},
                    },
                    "responses": {
                        status: {"description": words, "content": {"application/json": told}}
                        for status, words in answers.items()
                    },
                }
            }
        },
        "components": {"schemas": {"Answer": _answer()}, "securitySchemes": {"signature": SCHEME}},
    }


SCHEME = {
    "type": "apiKey",
    "in": "header",
    "name": "X-Arrival-Signature",
    "description": "Hexadecimal HMAC-SHA256 of X-Arrival-Time, a full stop and the body; the key is the "
    "SHA-256 of the token.",
}


def _header(name: str, meaning: str) -> dict[str, Any]:
    told = {"name": name, "in": "header", "required": True, "description": meaning}
    return {**told, "schema": {"type": "string"}}


def _object(fields: tuple[Field, ...]) -> dict[str, Any]:
    return {
        "type": "object",
        "additionalProperties": False,
        "required": [field.name for field in fields if field.required],
        "properties": {field.name: _property(field) for field in fields},
    }


def _property(field: Field) -> dict[str, Any]:
    told: dict[str, Any] = {"description": field.meaning}
    if field.kind == "time":
        return {**told, "type": "string", "format": "date-time"}
    if field.kind == "flag":
        return {**told, "type": "boolean"}
    if field.kind in ("number", "whole"):
        told["type"] = "number" if field.kind == "number" else "integer"
        limits = {"minimum": field.low, "maximum": field.high}
        return told | {name: limit for name, limit in limits.items() if limit is not None}
    told["type"] = "string"
    return told | ({"enum": list(field.choices)} if field.choices else {"maxLength": field.longest})


def _answer() -> dict[str, Any]:
    text = {"type": "string"}
    problem = {"type": "object", "properties": {"field": text, "reason": text}}
    verdict = {
        "type": "object",
        "properties": {
            "id": text,
            "verdict": {"type": "string", "enum": ["new", "known", "older", "refused"]},
            "problems": {"type": "array", "items": problem},
        },
    }
    whole = {name: {"type": "integer"} for name in ("new", "updated", "unchanged", "events")}
    return {
        "type": "object",
        "properties": {
            "error": text,
            **whole,
            "version": {"type": "integer", "description": "Of the cases after it."},
            "verdicts": {"type": "array", "items": verdict},
        },
    }
