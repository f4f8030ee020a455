"""Where records and claims are kept."""

from cage_fsm.checkpoints.errors import StoreAddressError, StoreUnusable
from cage_fsm.checkpoints.local import LocalStore
from cage_fsm.checkpoints.places import default_directory, open_store

__all__ = ["LocalStore", "StoreAddressError", "StoreUnusable", "default_directory", "open_store"]
