"""One progress bar over the whole build."""

from types import TracebackType

from tqdm import tqdm

PARTS = {
    "blocks": 4,
    "residents": 5,
    "cases": 3,
    "histories": 8,
    "population database": 11,
    "grids": 5,
    "case database": 61,
    "plan": 3,
}
"""Parts of the build in their order, with their share of its time in percent."""


class Progress:
    """Shows which part is being built and how much of the whole is done."""

    def __init__(self, *, shown: bool) -> None:
        self.bar = tqdm(
            total=sum(PARTS.values()),
            disable=not shown,
            bar_format="{desc:<20} {percentage:3.0f}% |{bar}| {elapsed}",
        )
        self.part = ""

    def __enter__(self) -> "Progress":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None:
            self._reach(sum(PARTS.values()))
        self.bar.close()

    def begin(self, part: str) -> None:
        """Go on to a part; all before it is done."""
        self.part = part
        self.bar.set_description_str(part, refresh=False)
        self.advance(0.0)

    def advance(self, share: float) -> None:
        """This share of the current part is done."""
        names = list(PARTS)
        before = sum(PARTS[name] for name in names[: names.index(self.part)])
        self._reach(before + share * PARTS[self.part])

    def _reach(self, amount: float) -> None:
        self.bar.update(amount - self.bar.n)
        self.bar.refresh()
