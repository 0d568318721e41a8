"""The caller column of a case file: what becomes a key, and that the plain number is nowhere."""

import stat

import pytest
from conftest import ENGINES, addresses
from load_town import Town, cases

from data.caller_keys import caller_key, normalise, secret_of
from data.errors import SetupError

NUMBER = "13800138000"
SPELT = ("138-0013-8000", "+86 138 0013 8000", "０１３８００１３８０００", "8613800138000")


@pytest.fixture
def town(tmp_path, monkeypatch, capsys):
    founded = Town(tmp_path, monkeypatch, capsys).with_tables(monkeypatch)
    founded.change('title = "标题"', 'title = "标题"\ncaller = "来电"\ncaller_none = ["12345"]')
    return founded


def called(*numbers: str, **other: str) -> list[dict[str, str]]:
    """The four cases with their callers; `other` columns for all of them."""
    return [row | other | {"来电": n} for row, n in zip(cases(), numbers, strict=True)]


def keys(town: Town) -> dict[str, str | None]:
    return dict(town.sql("SELECT code, caller_key FROM case_record"))


@pytest.mark.parametrize(
    ("text", "spelt"),
    [
        *((text, NUMBER) for text in SPELT),
        ("0086 21 6437-1234", "02164371234"),
        ("021-64371234", "02164371234"),
        ("(021) 6437 1234", "02164371234"),
        ("12345", "12345"),
        (" Zhang_San ", "zhang_san"),
        ("", ""),
        ("-", ""),
        ("匿名", ""),
        ("00000000000", ""),
    ],
)
def test_one_number_has_one_spelling(text, spelt):
    assert normalise(text) == spelt


def test_a_key_is_a_keyed_hash_of_sixteen_bytes():
    key = caller_key(b"secret", NUMBER)
    assert key is not None
    assert len(bytes.fromhex(key)) == 16
    assert [caller_key(b"secret", text) for text in SPELT] == [key] * 4
    assert caller_key(b"another", NUMBER) != key
    assert caller_key(b"secret", "13800138001") != key
    assert caller_key(b"secret", "无") is None


def test_the_secret_is_made_once_and_for_its_owner_only(tmp_path):
    path = tmp_path / "deep" / "caller.key"
    secret = secret_of(path, "CALLER_KEY_FILE")
    assert len(secret) == 32
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert secret_of(path, "CALLER_KEY_FILE") == secret
    assert [found.name for found in path.parent.iterdir()] == ["caller.key"]


@pytest.mark.parametrize("held", ["", "abc", "00" * 15, "not hex at all, but long enough to be"])
def test_a_file_without_a_secret_is_named(tmp_path, held):
    path = tmp_path / "caller.key"
    path.write_text(held)
    with pytest.raises(SetupError, match=r"CALLER_KEY_FILE: .*caller.key must hold"):
        secret_of(path, "CALLER_KEY_FILE")


def test_cases_of_one_caller_have_one_key_and_repeat(town):
    """A1 and A2 lie 965 m apart; both are 市容/占道. A3 names nobody, A4 the hotline itself."""
    town.cases(called(SPELT[0], SPELT[1], "匿名", "12345"))
    code, printed = town.load()
    assert code == 0, printed
    found = keys(town)
    assert found["A1"] == found["A2"] is not None
    assert (found["A3"], found["A4"]) == (None, None)
    assert (town.now("A1")["n_earlier"], town.now("A2")["n_earlier"]) == (0, 1)


def test_anonymous_cases_have_no_key(town):
    town.change(
        "[cases.source]", '[cases.anonymous]\ncolumn = "匿名"\nwords = ["是"]\n[cases.source]'
    )
    rows = called(*[NUMBER] * 4, 匿名="否")
    rows[0]["匿名"] = "是"
    town.cases(rows)
    assert town.load()[0] == 0
    found = keys(town)
    assert found["A1"] is None
    assert None not in {found[code] for code in ("A2", "A3", "A4")}


def test_loading_twice_changes_nothing_and_another_caller_updates(town):
    town.cases(called(NUMBER, SPELT[0], "", "ann"))
    town.load()
    before = town.everything()
    _, printed = town.load()
    assert "4  unchanged" in printed
    assert town.everything() == before
    town.cases(called("13900139000", SPELT[0], "", "ann"))
    town.load()
    assert town.now("A2")["n_earlier"] == 0


@pytest.mark.parametrize("engine", ENGINES)
def test_the_plain_number_is_nowhere(engine, tmp_path, monkeypatch, capsys):
    """Not in the databases, the rejects or what is printed: not as it is, nor as it is spelt."""
    town = Town(tmp_path, monkeypatch, capsys)
    town.change('title = "标题"', 'title = "标题"\ncaller = "来电"')
    town.use(monkeypatch, *addresses(engine, tmp_path, "secret"))
    rows = called(NUMBER, SPELT[0], SPELT[1], "zhang.san")
    rows[0] |= {"标题": f"来电人{NUMBER}反映占道", "地址": f"海晏路{NUMBER}"}
    rows[1] |= {"上报时间": "昨天", "标题": "回电138 0013 8000"}
    rows[3] |= {"来源": "未知", "标题": "Zhang.San反映噪声"}
    path = town.cases(rows)
    path.write_bytes(path.read_bytes() + f"A9,多余,{NUMBER}\r\n".encode())
    code, printed = town.load()
    assert code == 0, printed
    written = [
        path for path in tmp_path.rglob("*") if path.is_file() and town.source not in path.parents
    ]
    held = [printed, str(town.everything())]
    held += [path.read_bytes().decode("utf-8", "replace") for path in written]
    assert len(town.rejected()) == 3
    for text in held:
        for plain in (NUMBER, *SPELT, "138 0013 8000", "zhang.san", "Zhang.San"):
            assert plain not in text
    assert town.sql("SELECT title, road FROM case_record WHERE code = 'A1'") == [
        ("来电人***反映占道", "海晏路***")
    ]


def test_corrected_rejects_load_with_their_caller(town):
    rows = called(NUMBER, NUMBER, "", "")
    rows[1]["上报时间"] = "昨天"
    town.cases(rows)
    town.load()
    rejected = town.rejected()
    assert rejected["来电"].tolist() == [f"key:{keys(town)['A1']}"]
    corrected = rejected.assign(上报时间="2024-03-01 09:00:00").drop(
        columns=[name for name in rejected if name.startswith("rejected_")]
    )
    town.cases(corrected.to_dict("records"))
    assert town.load()[0] == 0
    assert keys(town)["A2"] == keys(town)["A1"]


def test_another_secret_is_refused_before_anything_is_written(town):
    town.cases(called(*[NUMBER] * 4))
    town.load()
    before = town.everything()
    (town.folder / "caller.key").unlink()
    town.cases(called(*["13900139000"] * 4))
    code, printed = town.load()
    assert code == 2
    assert "put the file of then back" in printed
    assert town.everything() == before
    assert not (town.folder / "caller.key").exists()


def test_a_dry_run_makes_no_secret(town):
    town.cases(called(*[NUMBER] * 4))
    code, printed = town.load("--dry-run")
    assert code == 0, printed
    assert not (town.folder / "caller.key").exists()


def test_without_a_caller_column_no_secret_is_made(tmp_path, monkeypatch, capsys):
    town = Town(tmp_path, monkeypatch, capsys)
    assert town.load()[0] == 0
    assert not (town.folder / "caller.key").exists()


def test_a_number_that_many_share_is_told_by_its_key(town):
    rows = [cases()[0] | {"编号": f"B{n}", "来电": NUMBER} for n in range(60)]
    town.cases(rows)
    _, printed = town.load()
    assert f"60 of 60 cases with a caller have the same one, key:{keys(town)['B0']}" in printed
    assert NUMBER not in printed


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('caller = "来电"', 'caller = "标题"', "is read by [cases] title too"),
        ('caller = "来电"', 'caller = "电话"', "no column '电话' (mapping: [cases] caller)"),
    ],
)
def test_a_column_that_is_kept_plain_or_missing_is_named(town, old, new, said):
    town.cases(called(*[NUMBER] * 4))
    town.change(old, new)
    code, printed = town.load()
    assert code == 2
    assert said in printed
