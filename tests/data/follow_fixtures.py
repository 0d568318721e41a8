"""The small town of data.load, loaded once without a case, for those who follow what comes."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from load_town import Town


@pytest.fixture
def town(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Town]:
    made = Town(tmp_path, monkeypatch, capsys).with_tables(monkeypatch)
    made.cases([])
    made.load()
    yield made
