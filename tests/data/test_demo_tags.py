"""The demo's tags: 286 of them, each of a class, with an owner and a sensitivity from 0 to 3 (domain.md §5.1)."""

import pytest

from data.demo.vocabulary import read_vocabulary

MOST_SENSITIVE = (
    "社区矫正",
    "刑满释放",
    "吸毒",
    "肇事肇祸等严重精神障碍",
    "艾滋病危险人员",
    "上访",
)
MOST_SENSITIVE += ("疑似传销", "重点青少年")
"""What public systems keep restricted."""
OPEN = ("户籍", "流动", "六十岁以上", "志愿者", "楼栋长", "网格员")
KNOWN = (
    "境外",
    "留守",
    "空巢",
    "独居",
    "孤寡",
    "残疾",
    "低保",
    "五保",
    "党员",
    "兵役",
    "退役",
    "计生",
)


@pytest.fixture(scope="module")
def tags():
    return read_vocabulary("demo").tags


def test_there_are_286_kinds_each_with_its_own_code_and_names(tags):
    assert len(tags) == 286
    for column in ("code", "name", "name_en"):
        assert tags[column].is_unique, column


def test_each_has_a_subject_a_class_an_owner_and_a_sensitivity(tags):
    assert set(tags["subject"]) == {"person", "house", "legal_entity"}
    for column in ("class_name", "owner"):
        assert tags[column].str.strip().ne("").all() and tags[column].notna().all(), column
    assert set(tags["sensitivity"].astype(int)) == {0, 1, 2, 3}
    assert tags["class_name"].nunique() > 10


def test_what_is_restricted_elsewhere_is_most_sensitive_here(tags):
    sensitivity = tags.set_index("name")["sensitivity"].astype(int)
    assert {name: sensitivity[name] for name in MOST_SENSITIVE} == dict.fromkeys(MOST_SENSITIVE, 3)
    assert {name: sensitivity[name] for name in OPEN} == dict.fromkeys(OPEN, 0)
    assert not [name for name in KNOWN if not 1 <= sensitivity.get(name, 0) <= 2]


def test_every_class_of_sensitive_tags_has_one_owner_to_ask(tags):
    restricted = tags[tags["sensitivity"].astype(int) == 3]
    assert restricted["owner"].notna().all() and (restricted["subject"] == "person").all()
