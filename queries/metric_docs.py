"""Writes docs/metrics.md from the metric definitions: `python -m queries.metric_docs [--check]`."""

import sys

from queries.figures import FEW
from queries.made_page import write_page
from queries.metrics import METRICS, Metric
from queries.metrics.variants import VARIANTS

HEAD = """# Metrics 指标口径

Made by `python -m queries.metric_docs` from `queries/metrics`; do not edit. Every figure on the wall,
the tablet and the phone, and every answer of `python -m queries.ask`, comes from these definitions.
本页由指标定义生成，三块屏与 `queries.ask` 同用这些口径。

- A rate is the ratio of sums 总和之比, never a mean of rates; without a denominator it is — (not 0).
- Never rounded up to 100 % while a case is missing 分子小于分母时不进位到 100 %.
- Below {few} cases in the denominator the counts come first and the percentage is muted.
- "Open", "overdue" … are as of the instant printed on the screen; any past instant can be asked for
  (`--as-of`), since derived states are kept with the time they held.
- Where several definitions go by one word, the site's setting `definitions` says which one holds from
  which day on 口径版本: `[{{"metric": "satisfaction", "variant": "w0.9", "valid_from": "2026-01-01"}}, …]`.
  A period is computed by the version in force on its last day; every figure names the one it used, and
  figures of two definitions are not compared.
"""


def main(arguments: list[str] | None = None) -> int:
    """Write the page; with --check only say whether it is what the definitions give."""
    return write_page("metrics.md", render(), "queries.metric_docs", __doc__, arguments)


def render() -> str:
    """The page as text."""
    return HEAD.format(few=FEW) + "".join(_section(metric) for metric in METRICS)


def _section(metric: Metric) -> str:
    clock = metric.clock_words
    better = {"up": "higher is better 越高越好", "down": "lower is better 越低越好"}
    facts = [f"`{metric.key}`", metric.kpi, metric.unit, better.get(metric.better, "")]
    facts.append("" if metric.target is None else f"target 目标 {metric.target:g}")
    lines = [
        " · ".join(fact for fact in facts if fact),
        f"{metric.formula.en}; {clock.en}. {metric.formula.zh}；{clock.zh}。",
        f"Left out 不计入: {metric.exclusions.en} — {metric.exclusions.zh}",
    ]
    if metric.note is not None:
        lines.append(f"Note 说明: {metric.note.en} — {metric.note.zh}")
    lines.append(f"Source 依据: {metric.source} · {metric.rests_on.zh}")
    lines += _variants(metric)
    listed = "".join(f"- {line}\n" for line in lines)
    return f"\n## {metric.label.zh} · {metric.label.en}\n{listed}"


def _variants(metric: Metric) -> list[str]:
    """The definitions a site may choose from, the built-in one first."""
    known = VARIANTS.get(metric.key, ())
    return [
        f"Variant 口径 `{one.key}`{'' if place else ' (built in 内置)'}: {one.label.zh} · "
        f"{one.label.en}: {one.metric.formula.en} — {one.metric.formula.zh}"
        for place, one in enumerate(known)
    ]


if __name__ == "__main__":
    sys.exit(main())
