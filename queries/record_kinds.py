"""Kinds of records in the population database that a metric may count."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, eq=False)
class Register:
    """How many records of a kind the population database holds."""

    key: Literal["persons", "households", "houses", "legal_entities"]
