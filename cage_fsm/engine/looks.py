"""What consecutive looks of one process have seen."""

from datetime import datetime, timedelta


class Looks:
    """What consecutive looks have seen, in memory only: a process that was away has not watched."""

    def __init__(self) -> None:
        self._seen: dict[str, tuple[datetime, datetime, int]] = {}
        self._values: dict[str, str] = {}
        self._due: datetime | None = None

    def see(self, name: str, now: datetime, *, apart: timedelta = timedelta(0)) -> tuple[datetime, int]:
        """Count another look at `name`, unless the last one counted is less than `apart` ago.

        Returns the time of the first look in a row and how many were counted.
        """
        first, last, count = self._seen.get(name, (now, now, 0))
        if count == 0 or now - last >= apart:
            last, count = now, count + 1
        self._seen[name] = (first, last, count)
        return first, count

    def since(self, name: str, value: str, now: datetime) -> datetime:
        """The time of the first look in a row at which `name` had this value."""
        if self._values.get(name) != value:
            self.forget(name)
        self._values[name] = value
        return self.see(name, now)[0]

    def forget(self, name: str) -> None:
        """Begin again with the next look at `name`."""
        self._seen.pop(name, None)

    def clear(self) -> None:
        """Begin again with everything."""
        self._seen.clear()

    def expect_next(self, now: datetime, seconds: float) -> None:
        """Say when the next look is due."""
        self._due = now + 2 * timedelta(seconds=max(seconds, 1))

    def begin(self, now: datetime) -> None:
        """Begin a look; one that comes more than an interval late has missed what happened meanwhile."""
        if self._due and now > self._due:
            self.clear()
        self._due = None
