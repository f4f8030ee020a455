"""Why there can be no store: at this place, or at this address."""

from cage_fsm.engine.ports import Unreadable


class StoreUnusable(Unreadable):
    """No store can be kept here. Trying again will not help; the message names the mend."""


class StoreAddressError(ValueError):
    """What was given as the store names no place for one."""
