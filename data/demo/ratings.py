"""五星支部 (S3-17) and 红旗网格 (S1-27) of the made-up district: a decision every quarter."""

from collections.abc import Sequence
from datetime import date

import numpy as np
import pandas as pd

from data.days import day_number, day_of
from data.demo.chance import pick, stream
from data.demo.gaps import text_or_missing, whole_or_missing

VILLAGE_INDICATORS = (
    "村集体经济收入 集体资产清查 特色产业培育 合作社运行 土地流转规范 农技培训到位 电商助农"
    " 人居环境整治 厕所改造 污水治理 垃圾分类 村道养护 河塘清洁 庭院美化 零上访 零事故 零案件"
    " 矛盾就地化解 法律顾问进村 移风易俗 文化活动开展 乡贤参事 村规民约 困难户帮扶 留守老人关爱"
    " 三务公开 三会一课 主题党日 党员积分"
).split()
"""29 made-up items for a village."""
COMMUNITY_INDICATORS = (
    "红色物业覆盖 业委会规范运行 物业评议 社会项目引入 社会组织培育 公益创投 普惠养老 助餐服务"
    " 独居老人探访 托育服务 楼栋党小组覆盖 双报到响应 新就业群体服务 议事协商 矛盾调解"
    " 飞线充电整治 消防通道畅通 老旧楼院改造 停车秩序 垃圾分类 环境卫生 志愿服务 诉求办结"
    " 满意度回访 三会一课 主题党日 党员积分"
).split()
"""27 made-up items for an urban community."""
INDICATORS = {"village": VILLAGE_INDICATORS, "community": COMMUNITY_INDICATORS}
FLAG_INDICATORS = ("政策传达", "管理服务", "信息上报", "问题处理")
"""The dimensions of assessment that S1-26 names."""
STARS = 5
FIRST_STARS = (0.01, 0.04, 0.14, 0.33, 0.32, 0.16)
UP, DOWN = 0.09, 0.05
FLAG_SHARES = (0.15, 0.10, 0.04)
"""Share of the units of each level that hold a flag, highest level first."""
KEEPS = 0.55
"""Chance of holding the flag for another quarter."""
DECIDED_AFTER, QUARTERS_BEFORE = 9, 2
"""Days after a quarter's end, and quarters told of from before the first day."""


def rating_rows(
    stars: pd.DataFrame, flags: Sequence[np.ndarray], first_day: int, last_day: int, seed: int
) -> pd.DataFrame:
    """Rows of `rating`, by day: a star decision per quarter, a flag row when it is won, kept or lost.

    stars: grid_id and kind (village | community); flags: the grid ids of each level, highest first;
    first_day, last_day: day numbers. Nothing is decided after last_day, and whatever the chances at
    least one grid has just dropped a star, for a screen has to show it (domain.md A10).
    """
    quarters = _quarters(first_day, last_day)
    parts = [_stars(stars, len(quarters), stream(seed, "stars"))]
    rng = stream(seed, "flags")
    for level, ids in enumerate(flags):
        share = FLAG_SHARES[min(level, len(FLAG_SHARES) - 1)]
        parts.append(_flags(np.asarray(ids, np.int64), share, len(quarters), rng))
    rows = pd.concat(parts, ignore_index=True)
    position = rows.pop("quarter").to_numpy(np.int64)
    rows["period"] = np.array([name for name, _ in quarters], object)[position]
    rows["day"] = np.array([day for _, day in quarters], np.int64)[position]
    rows = rows.sort_values("day", kind="stable", ignore_index=True)
    return rows.assign(rating_id=np.arange(1, len(rows) + 1))


def _quarters(first_day: int, last_day: int) -> list[tuple[str, int]]:
    """Name and day of decision of each quarter, from QUARTERS_BEFORE before the first day's."""
    first = day_of(first_day)
    number = first.year * 4 + (first.month - 1) // 3 - QUARTERS_BEFORE
    quarters: list[tuple[str, int]] = []
    while True:
        year, quarter = divmod(number, 4)
        following = date(year + (quarter == 3), (quarter + 1) % 4 * 3 + 1, 1)
        day = day_number(following) + DECIDED_AFTER
        if day > last_day:
            return quarters
        quarters.append((f"{year}Q{quarter + 1}", day))
        number += 1


def _stars(stars: pd.DataFrame, quarters: int, rng: np.random.Generator) -> pd.DataFrame:
    number = len(stars)
    level = pick(rng, np.array(FIRST_STARS), number)
    parts = []
    for quarter in range(quarters):
        draw = rng.random(number)
        step = (draw < UP).astype(np.int64) - (draw > 1 - DOWN)
        after = np.clip(level + (step if quarter else 0), 0, STARS)
        if 0 < quarter == quarters - 1 and number and not (after < level).any() and level.max():
            best = int(level.argmax())
            after[best] = level[best] - 1
        parts.append(
            pd.DataFrame(
                {
                    "grid_id": stars["grid_id"].to_numpy(np.int64),
                    "kind": "star",
                    "quarter": quarter,
                    "level": after,
                    "level_before": whole_or_missing(level, np.full(number, quarter == 0)),
                    "indicator": _causes(stars["kind"], rng, (after == level) | (quarter == 0)),
                }
            )
        )
        level = after
    return pd.concat(parts, ignore_index=True)


def _causes(kinds: pd.Series, rng: np.random.Generator, unchanged: np.ndarray) -> pd.Series:
    draw = rng.random(len(kinds))
    lists = [INDICATORS[kind] for kind in kinds]
    chosen = [items[int(at * len(items))] for items, at in zip(lists, draw, strict=True)]
    return text_or_missing(np.array(chosen, object), unchanged)


def _flags(ids: np.ndarray, share: float, quarters: int, rng: np.random.Generator) -> pd.DataFrame:
    """What held in a quarter and what was lost; who never had a flag has no row."""
    number = len(ids)
    wanted = min(number, max(1, round(share * number)))
    held = np.zeros(number, bool)
    parts = []
    for quarter in range(quarters):
        before = held
        held = before & (rng.random(number) < KEEPS)
        free = rng.permutation(np.flatnonzero(~before))[: max(0, wanted - int(held.sum()))]
        held[free] = True
        told = np.flatnonzero(before | held)
        words = np.array(FLAG_INDICATORS, object)[rng.integers(0, len(FLAG_INDICATORS), len(told))]
        unknown = np.full(len(told), quarter == 0)
        parts.append(
            pd.DataFrame(
                {
                    "grid_id": ids[told],
                    "kind": "flag",
                    "quarter": quarter,
                    "level": held[told].astype(np.int64),
                    "level_before": whole_or_missing(before[told], unknown),
                    "indicator": text_or_missing(words, held[told] == before[told]),
                }
            )
        )
    return pd.concat(parts, ignore_index=True)
