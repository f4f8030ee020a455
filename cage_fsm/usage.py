"""The one error that says: this cannot be begun as it was asked for."""


class UsageError(Exception):
    """Exit code 2. Nothing on AWS was touched, nothing is lost; the message names the mend."""
