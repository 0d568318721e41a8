"""Metrics of visits and of how fresh the register is (domain.md K24–K25)."""

from queries import completeness
from queries import work_counters as count
from queries.metrics.definition import Metric
from queries.words import Words
from queries.work_counters import WorkCounter


def _visited(key: str, label: Words, of: Words, top: WorkCounter, bottom: WorkCounter) -> Metric:
    return Metric(
        key=key,
        kpi="K24",
        label=label,
        unit="percent",
        formula=Words(
            f"统计期内走访过的{of.zh} ÷ 登记在册的{of.zh}",
            f"{of.en} visited in the period ÷ {of.en} on the register",
        ),
        top=top,
        bottom=bottom,
        exclusions=Words("已不在册的对象", "what is no longer on the register"),
        better="up",
        source="domain.md §4.2 K24; S0-14",
        note=Words(
            "每个对象只计一次；家庭、商铺、企业分母各异，不合并。",
            "Each counts once; households, shops and companies have their own denominators and are "
            "never merged.",
        ),
    )


def _of_records(
    key: str,
    label: Words,
    formula: Words,
    note: Words,
    parts: tuple[WorkCounter, WorkCounter],
    *,
    source: str,
) -> Metric:
    """A share of the records on the register: K25, of which there are two."""
    top, bottom = parts
    return Metric(
        key=key,
        kpi="K25",
        label=label,
        unit="percent",
        formula=formula,
        top=top,
        bottom=bottom,
        exclusions=Words("无", "none"),
        better="up",
        source=source,
        note=note,
    )


def _fresh(key: str, label: Words, of: Words, top: WorkCounter, bottom: WorkCounter) -> Metric:
    formula = Words(
        f"近 180 日（可设）核实过的{of.zh} ÷ 登记在册的{of.zh}",
        f"{of.en} verified in the last 180 days (may be set) ÷ {of.en} on the register",
    )
    note = Words(
        "核实日期不详的计为陈旧。登记库只有现状：回看过去时，其后才核实的也按不详计。",
        "Never known to be verified is stale. The register is of now: looking back, what was "
        "verified later is unknown too.",
    )
    source = "domain.md §4.2 K25; S0-30"
    return _of_records(key, label, formula, note, (top, bottom), source=source)


def _complete(
    key: str, label: Words, of: Words, known: Words, top: WorkCounter, bottom: WorkCounter
) -> Metric:
    formula = Words(
        f"{known.zh}均已登记的{of.zh} ÷ 登记在册的{of.zh}",
        f"{of.en} of which {known.en} are known ÷ {of.en} on the register",
    )
    note = Words(
        "只看是否登记，不判断内容对错。", "Only whether it is known, not whether it is right."
    )
    source = "domain.md §4.2 K25, §5.1"
    return _of_records(key, label, formula, note, (top, bottom), source=source)


VISITS = (
    _visited(
        "visited_households",
        Words("家庭走访覆盖率", "Households visited"),
        Words("家庭", "households"),
        count.HOMES_VISITED,
        count.ALL_HOMES,
    ),
    _visited(
        "visited_shops",
        Words("商铺走访覆盖率", "Shops visited"),
        Words("商铺（商户、个体）", "shops"),
        count.SHOPS_VISITED,
        count.ALL_SHOPS,
    ),
    _visited(
        "visited_companies",
        Words("企业走访覆盖率", "Companies visited"),
        Words("企业（商户、个体以外的法人）", "companies"),
        count.COMPANIES_VISITED,
        count.ALL_COMPANIES,
    ),
    _fresh(
        "fresh_houses",
        Words("房屋数据鲜活度", "Fresh dwelling records"),
        Words("房屋", "dwellings"),
        count.FRESH_HOUSES,
        count.ALL_HOUSES,
    ),
    _fresh(
        "fresh_persons",
        Words("人口数据鲜活度", "Fresh person records"),
        Words("人口", "persons"),
        count.FRESH_PERSONS,
        count.ALL_PERSONS,
    ),
    _fresh(
        "fresh_entities",
        Words("法人数据鲜活度", "Fresh entity records"),
        Words("法人", "legal entities"),
        count.FRESH_ENTITIES,
        count.ALL_ENTITIES,
    ),
    _complete(
        "complete_houses",
        Words("房屋数据完整率", "Complete dwelling records"),
        Words("房屋", "dwellings"),
        Words("网格、楼栋、室号、建成年份", "grid, building, room and year of building"),
        completeness.COMPLETE_HOUSES,
        count.ALL_HOUSES,
    ),
    _complete(
        "complete_persons",
        Words("人口数据完整率", "Complete person records"),
        Words("人口", "persons"),
        Words("网格、姓名、证件号码", "grid, name and identity number"),
        completeness.COMPLETE_PERSONS,
        count.ALL_PERSONS,
    ),
    _complete(
        "complete_entities",
        Words("法人数据完整率", "Complete entity records"),
        Words("法人", "legal entities"),
        Words("网格、地址、行业、坐标", "grid, address, industry and place"),
        completeness.COMPLETE_ENTITIES,
        count.ALL_ENTITIES,
    ),
)
