"""The load generator reads answers as a browser would, and counts what it says it counts."""

import asyncio
import json
from typing import Any

import brotli
import pytest

from benchmarks.asker import Asker, read_answer
from benchmarks.hammer import apart, measure_serving, serving_table
from benchmarks.large_city import Place, large_city


def answer(text: bytes) -> tuple[int, bytes, str]:
    async def read() -> tuple[int, bytes, str]:
        reader = asyncio.StreamReader()
        reader.feed_data(text)
        return await read_answer(reader)

    return apart(read())


def test_answers_of_a_told_length_and_in_chunks_are_read():
    assert answer(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabcrest") == (200, b"abc", "")
    chunked = b"HTTP/1.1 500 No\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n"
    assert answer(chunked) == (500, b"abc", "")


def test_a_browser_says_what_it_was_told_it_holds():
    asker = Asker("wall", "#grid=A", {"output": "…"})
    asker.take(json.dumps({"response": {"seen": {"value": '{"today": 1}'}}}).encode())
    head, body = asker.request("here").split(b"\r\n\r\n")
    assert head.startswith(b"POST /wall/_dash-update-component HTTP/1.1\r\nHost: here\r\n")
    assert f"Content-Length: {len(body)}".encode() in head
    assert json.loads(body)["state"][0]["value"] == '{"today": 1}'
    assert json.loads(json.loads(body)["inputs"][0]["value"])["hash"] == "#grid=A"
    asker.take(brotli.compress(b'{"response": {"seen": {"value": "later"}}}'), "br")
    assert asker.seen == "later"
    asker.take(b'{"response": {}}')
    assert asker.seen == "later"
    assert b"later" in asker.request("here")


def test_a_browser_that_was_just_opened_holds_nothing():
    asker = Asker("wall", "", {"output": "…"}, forgets=True)
    asker.take(json.dumps({"response": {"seen": {"value": "more"}}}).encode())
    assert asker.seen == "{}"


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """A city of its own, whose version may be counted up."""
    place = Place(3000, size="small", folder=tmp_path_factory.mktemp("hammered"))
    return measure_serving(large_city(place), seconds=4, connections=6)


def test_remembered_figures_are_served_and_counted(report):
    steady = report["steady"]
    assert steady["refused"] == {}
    assert steady["requests"] >= 6
    assert steady["requests"] == sum(screen["n"] for screen in steady["screens"].values())
    assert steady["answers_computed"] <= steady["answers_asked"]
    assert steady["answers_computed"] < steady["requests"], "each panel is drawn once for all"
    assert steady["p50_ms"] <= steady["p99_ms"] <= steady["max_ms"]


def test_a_version_counted_up_makes_figures_anew(report):
    bumped = report["bumped"]
    assert bumped["bumps"] >= 1
    assert bumped["answers_computed"] > 0
    assert "bumps" in serving_table(report)
    assert report["whole"]["bytes_per_answer"] > 2 * report["steady"]["bytes_per_answer"]


def test_the_floor_is_measured_in_the_same_run(report):
    floor = report["floor"]
    assert floor["refused"] == {}
    assert floor["requests_per_second"] > 0
    for run in ("steady", "bumped", "whole"):
        assert report[run]["floor_to_requests"] > 0
