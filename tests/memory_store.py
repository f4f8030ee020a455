"""A store in memory that fails on order and remembers what was written."""

import threading
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, TypeVar

from cage_fsm.checkpoints.attempt import attempt
from cage_fsm.engine.ports import Absent, Loaded, StoreDown, Superseded, Version

T = TypeVar("T")


@dataclass(frozen=True)
class Write:
    """One text that came to stand under a key."""

    key: str
    text: str


class MemoryStore:
    """Keeps documents as a store must. `writes` lists every one that was applied, in order."""

    def __init__(self) -> None:
        self.writes: list[Write] = []
        self.down = False
        """While true, nothing is answered."""
        self.around: Callable[[str, str, Callable[[], Any]], Any] | None = None
        """`around(verb, key, proceed)` sees every create, load and save, and gives its answer."""
        self._documents: dict[str, tuple[str, Version]] = {}
        self._births: deque[bool] = deque()
        self._faults: deque[bool] = deque()
        self._before: deque[Callable[[], object]] = deque()
        self._lock = threading.RLock()

    def fail_next_create(self, *, applied: bool) -> None:
        """Let the next create raise StoreDown, with its document written or not. Orders queue up."""
        self._births.append(applied)

    def fail_next_save(self, *, applied: bool) -> None:
        """Let the next save raise StoreDown, with its document written or not. Orders queue up."""
        self._faults.append(applied)

    def before_next_write(self, act: Callable[[], object]) -> None:
        """Call `act` when the next create or save arrives, before it is looked at. Orders queue up."""
        self._before.append(act)

    def put(self, key: str, text: str) -> None:
        """Write what another process would have written, whatever stands there."""
        self._write(key, text)

    def texts(self, key: str) -> list[str]:
        """Every text that ever stood under `key`."""
        return [write.text for write in self.writes if write.key == key]

    def copy(self) -> "MemoryStore":
        """The same documents in a store of their own, which nobody watches."""
        twin = MemoryStore()
        twin.writes, twin._documents = [*self.writes], {**self._documents}
        return twin

    def create(self, key: str, text: str) -> Version:
        return self._around("create", key, lambda: self._create(key, text))

    def load(self, key: str) -> tuple[str, Version]:
        return self._around("load", key, lambda: self._load(key))

    def load_all(self, keys: Iterable[str]) -> Iterable[Loaded]:
        return (attempt(self.load, key) for key in keys)

    def save(self, key: str, text: str, expected: Version) -> Version:
        return self._around("save", key, lambda: self._save(key, text, expected))

    def delete(self, key: str, expected: Version) -> None:
        self._require_up()
        with self._lock:
            self._require(key, expected)
            del self._documents[key]

    def list(self, prefix: str) -> Iterable[str]:
        self._require_up()
        with self._lock:
            return sorted(key for key in self._documents if key.startswith(prefix))

    def _around(self, verb: str, key: str, proceed: Callable[[], T]) -> T:
        if self.around is None:
            return proceed()
        answer: T = self.around(verb, key, proceed)
        return answer

    def _create(self, key: str, text: str) -> Version:
        self._arrive()
        fault = self._births.popleft() if self._births else None
        if fault is False:
            raise StoreDown(f"{key} was not created")
        with self._lock:
            if key in self._documents:
                raise Superseded(key)
            version = self._write(key, text)
        if fault:
            raise StoreDown(f"the answer to the creation of {key} was lost")
        return version

    def _load(self, key: str) -> tuple[str, Version]:
        self._require_up()
        with self._lock:
            if key not in self._documents:
                raise Absent(key)
            return self._documents[key]

    def _save(self, key: str, text: str, expected: Version) -> Version:
        self._arrive()
        fault = self._faults.popleft() if self._faults else None
        if fault is False:
            raise StoreDown(f"{key} was not saved")
        with self._lock:
            self._require(key, expected)
            version = self._write(key, text)
        if fault:
            raise StoreDown(f"the answer to the save of {key} was lost")
        return version

    def _arrive(self) -> None:
        self._require_up()
        if self._before:
            self._before.popleft()()

    def _require_up(self) -> None:
        if self.down:
            raise StoreDown("the store does not answer")

    def _require(self, key: str, expected: Version) -> None:
        if key not in self._documents or self._documents[key][1] != expected:
            raise Superseded(key)

    def _write(self, key: str, text: str) -> Version:
        with self._lock:
            self.writes.append(Write(key, text))
            version = Version(str(len(self.writes)))
            self._documents[key] = (text, version)
            return version
