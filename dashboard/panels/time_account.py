"""How the limit of a case counts, on its page: one line of sums and the stretches they are made of."""

from dataclasses import replace
from typing import Any, NamedTuple

from dashboard import html
from dashboard.drawing import SHAPES
from dashboard.panel import Ask
from dashboard.panels.stage_account import stages_of
from dashboard.wording import clocked, dotted, hours_span, span
from data.days import local_time
from data.events import ENDS
from data.working_time import CLOCKS, HOUR
from queries.stage_account import stage_account
from queries.stretches import Stretch
from queries.time_account import Mark, TimeAccount, time_account

MOST = 12
"""Lines that are shown without folding any."""
KEPT = 3
"""Lines at either end that are never folded; nor are marks, parking and what surrounds now."""
LIGHTS = {"warn": "due_soon", "deadline": "overdue"}
WHOLE = frozenset(f"{kind}_whole" for kind in LIGHTS)


class Line(NamedTuple):
    """A line of the table before it is drawn: a stretch, something that happened, or now."""

    at: int
    told: Stretch | Mark | None

    @property
    def is_everyday(self) -> bool:
        """Whether it may be folded away."""
        return isinstance(self.told, Stretch) and self.told.reason != "parked"


def time_account_of(ask: Ask, code: str) -> list[Any]:
    """The sections on a case's page; nothing for a case without a deadline or limits of stages."""
    held = time_account(ask.site, code, ask.view.as_of)
    stages = stage_account(ask.site, code, ask.view.as_of)
    if held is None:
        return stages_of(ask, stages)
    if stages is not None and stages.is_basis:
        held = _without_lights(held)
    rows = _folded(ask, held, _lines(held))
    note = [html.Div(ask.t("account.beyond"), className="is-muted")] if held.beyond_holidays else []
    return [
        html.H3(ask.t("account.title")),
        html.Div(dotted(_sums(ask, held)), className="account-sums"),
        *note,
        html.Table(html.Tbody(rows), className="account"),
        *stages_of(ask, stages),
    ]


def _without_lights(held: TimeAccount) -> TimeAccount:
    """The same account where the light goes by the stages: the whole limit does not turn it."""
    marks = (
        replace(mark, kind=f"{mark.kind}_whole") if mark.kind in LIGHTS else mark
        for mark in held.marks
    )
    return replace(held, marks=tuple(marks))


def _sums(ask: Ask, held: TimeAccount) -> list[str]:
    """The limit, how much has counted, when the light turns, the deadlines and how it ended."""
    share = 100 * held.counted // held.total if held.total > 0 else 100
    turned = {mark.kind: mark.at for mark in held.marks if mark.kind in LIGHTS}
    words = [
        _limit(ask, held),
        ask.t("account.counted", span=_on_clock(ask, held, held.counted), share=share),
        *(
            ask.t(f"account.{name}", at=_near(ask, turned[kind]))
            for kind, name in (("warn", "yellow"), ("deadline", "red"))
            if kind in turned
        ),
        ask.t("account.effective", at=ask.time(held.effective)),
    ]
    if held.amount is not None:
        words.append(ask.t("account.original", at=ask.time(held.original)))
    if held.total != held.granted:
        words.append(ask.t("account.total", span=_on_clock(ask, held, held.total)))
    if held.is_parked and held.left > 0:
        words.append(ask.t("account.resumes", span=_on_clock(ask, held, held.left)))
    if Mark("closed", held.until) in held.marks and not held.is_open:
        words.append(_outcome(ask, held))
    return words


def _limit(ask: Ask, held: TimeAccount) -> str:
    """The limit as it was told: `4 工作时`; of a case that was given a deadline only, that."""
    if held.amount is None:
        words = ask.t("account.given", at=ask.time(held.original))
        return ask.t("clock.working" if held.is_working else "clock.natural", span=words)
    if held.clock in CLOCKS:
        return ask.t(f"limit.{held.clock}", n=f"{held.amount:g}")
    return clocked(ask, held.amount * HOUR, "natural")


def _outcome(ask: Ask, held: TimeAccount) -> str:
    """By how much a closed case kept its limit or missed it."""
    if not held.is_late:
        return ask.t("account.spare", span=_on_clock(ask, held, held.left))
    if not held.left:
        # Nothing was worked between the deadline and the closing.
        late = clocked(ask, held.until - held.effective, "natural")
        return ask.t("account.over", span=late)
    return ask.t("account.over", span=_on_clock(ask, held, held.left))


def _on_clock(ask: Ask, held: TimeAccount, seconds: int) -> str:
    return hours_span(ask, seconds) if held.is_working else span(ask, seconds)


def _lines(held: TimeAccount) -> list[Line]:
    """Stretches and marks in the order of time; a mark stands before what begins with it."""
    # Parking is a stretch of its own; its ends need no line.
    marks = [Line(x.at, x) for x in held.marks if x.kind not in ("parked", "resumed")]
    if held.is_open:
        marks.append(Line(held.until, None))
    return sorted(
        [*marks, *(Line(one.begin, one) for one in held.stretches)], key=lambda line: line.at
    )


def _row(ask: Ask, held: TimeAccount, line: Line) -> html.Tr:
    if isinstance(line.told, Stretch):
        return _stretch(ask, line.told)
    if line.told is not None:
        return _mark(ask, held, line.told)
    ahead = bool(held.stretches) and held.stretches[-1].ahead
    words = ask.t("account.now_ahead" if ahead else "account.now")
    return _instant(ask, line.at, words, "is-now")


def _mark(ask: Ask, held: TimeAccount, mark: Mark) -> html.Tr:
    if mark.kind in LIGHTS:
        light = LIGHTS[mark.kind]
        shape = html.Span(SHAPES[light], className=f"light light-{light}")
        return _instant(ask, mark.at, [shape, " ", ask.t(f"mark.{mark.kind}")])
    if mark.kind in WHOLE:
        return _instant(ask, mark.at, ask.t(f"mark.{mark.kind}"))
    event = ask.t(f"event.{mark.kind}")
    if mark.at == held.begun and mark.kind not in ENDS:
        return _instant(ask, mark.at, ask.t("mark.begun", event=event))
    if mark.at == held.until and mark.kind in ENDS:
        return _instant(ask, mark.at, ask.t("mark.ended", event=event))
    if mark.before is None or mark.after is None or mark.seconds is None:
        return _instant(ask, mark.at, event)
    sign = "−" if mark.seconds < 0 else "+"
    words = ask.t(
        "mark.extended",
        before=ask.time(mark.before),
        after=ask.time(mark.after),
        change=sign + _on_clock(ask, held, mark.seconds),
    )
    return _instant(ask, mark.at, words)


def _instant(ask: Ask, at: int, words: Any, name: str = "") -> html.Tr:
    when = html.Td(html.Span(_moment(ask, at)), className="account-when")
    return html.Tr([when, html.Td(words, colSpan=2)], className=f"is-mark {name}".strip())


def _stretch(ask: Ask, one: Stretch) -> html.Tr:
    """From when to when, whether and why it counts, and for how long."""
    counts = ask.t("account.counts" if one.counted else "account.idle")
    reason = ask.t(f"reason.{one.reason}")
    if one.names:
        named = ask.t("between.names").join(ask.word("holiday", n) for n in one.names)
        reason = f"{reason} {named}"
    same_day = ask.time(one.begin, "%F") == ask.time(one.end, "%F")
    end = ask.time(one.end, "%H:%M") if same_day else _moment(ask, one.end)
    # As long as the printed minutes say, so that the lines add up.
    minutes = one.end // 60 - one.begin // 60
    return html.Tr(
        [
            html.Td(
                [html.Span(_moment(ask, one.begin)), " – ", html.Span(end)],
                className="account-when",
            ),
            html.Td(f"{counts} · {reason}"),
            html.Td(span(ask, 60 * minutes), className="account-length"),
        ],
        className=("is-counted" if one.counted else "is-idle") + (" is-ahead" if one.ahead else ""),
    )


def _folded(ask: Ask, held: TimeAccount, lines: list[Line]) -> list[html.Tr]:
    """The rows of all lines, or of a long list without the everyday ones in the middle."""
    rows: list[html.Tr] = []
    hidden: list[Line] = []
    for number, line in enumerate(lines):
        inside = len(lines) > MOST and KEPT <= number < len(lines) - KEPT
        near_now = any(other.told is None for other in lines[max(0, number - 1) : number + 2])
        if inside and line.is_everyday and not near_now:
            hidden.append(line)
            continue
        rows += [*_fold(ask, held, hidden), _row(ask, held, line)]
        hidden = []
    return rows


def _fold(ask: Ask, held: TimeAccount, hidden: list[Line]) -> list[html.Tr]:
    """One row for many; a single one stays."""
    if len(hidden) < 2:
        return [_row(ask, held, line) for line in hidden]
    folded = [line.told for line in hidden if isinstance(line.told, Stretch)]
    counted = sum(one.seconds for one in folded if one.counted)
    words = ask.t("account.fold", n=len(folded), span=hours_span(ask, counted))
    return [html.Tr(html.Td(words, colSpan=3), className="is-fold")]


def _moment(ask: Ask, at: int) -> str:
    """Weekday, day and time: whether a day counts is a question of its weekday."""
    weekday = ask.t("account.weekdays").split()[local_time(at, ask.facts.zone).weekday()]
    return f"{weekday} {ask.time(at)}"


def _near(ask: Ask, at: int) -> str:
    """A time of today without its day."""
    today = ask.time(at, "%F") == ask.time(ask.view.as_of, "%F")
    return ask.time(at, "%H:%M" if today else "%m-%d %H:%M")
