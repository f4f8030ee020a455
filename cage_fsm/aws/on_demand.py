"""A service that few runs need: its client is made when it is first used."""

from functools import cached_property
from typing import Any, ClassVar


class OnDemand:
    """What asks `service` through a client of the session's region."""

    service: ClassVar[str]

    def __init__(self, session: Any, config: Any) -> None:
        self._session, self._config = session, config

    @cached_property
    def _client(self) -> Any:
        return self._session.client(self.service, config=self._config)
