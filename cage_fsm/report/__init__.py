"""One file per reader of events."""
