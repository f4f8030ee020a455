"""Time for the cloud: whatever has `now()`."""

import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    def now(self) -> datetime:
        """Return the time, aware, in UTC."""
        ...


class ScaledClock:
    """Real time, `speed` times as fast, starting at the real time; no thread, nothing sleeps."""

    def __init__(self, speed: float = 1.0) -> None:
        if speed <= 0:
            raise ValueError(f"speed must be above 0, not {speed}")
        self.speed = speed
        self._began = datetime.now(UTC)
        self._ticks = time.monotonic()

    def now(self) -> datetime:
        """Return the scaled time, aware, in UTC."""
        return self._began + timedelta(seconds=(time.monotonic() - self._ticks) * self.speed)
