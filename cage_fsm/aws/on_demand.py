"""Services that few runs need: a client is made when it is first used."""

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


class Regional:
    """What asks `service` through a client for each region."""

    service: ClassVar[str]

    def __init__(self, session: Any, config: Any) -> None:
        self._session, self._config = session, config
        self._clients: dict[str, Any] = {}

    def client(self, region: str) -> Any:
        """The client of a region; that of the session's where it is empty."""
        if region not in self._clients:
            self._clients[region] = self._session.client(
                self.service, region_name=region or None, config=self._config
            )
        return self._clients[region]
