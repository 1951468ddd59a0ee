"""Why there is no real guest, or no longer."""


class RealGuestError(Exception):
    """The text is a sentence for people."""
