"""What somebody who typed a command reads before anything was done."""

from __future__ import annotations

from bot.messages.catalogue import Texts
from bot.messages.escaping import original
from bot.requests.ports import Act, Ask


class CommandReceipts:
    def __init__(self, language: str) -> None:
        self._t = Texts(language)

    def received(self, act: Act) -> str:
        """Empty where the answer itself follows at once."""
        return self._t("acknowledged", vm=act.query) if isinstance(act, Ask) else ""

    def other_name(self, vm: str) -> str:
        """Plain text."""
        return original(self._t("form.other-name", vm=vm))

    def elsewhere(self) -> str:
        return self._t("elsewhere")
