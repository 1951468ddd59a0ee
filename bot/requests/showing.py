"""Whether a picture of the guest's console may be shown in a channel now."""

from __future__ import annotations

from dataclasses import dataclass

from bot.core.errors import VmdumpError
from bot.requests.ports import Chat
from bot.store.reading import Reader


@dataclass(frozen=True, slots=True)
class Showing:
    reader: Reader
    chat: Chat

    async def picture(self, request_id: str, channel_id: str) -> bool:
        """Not where people of other organisations read, unless each rule lets them; not where nobody knows.

        A channel may have been shared since the request was approved in it.
        """
        try:
            request = await self.reader.request(request_id)
            channel = await self.chat.channel(channel_id)
        except VmdumpError:
            return False
        return not channel.shared or (request.requirement is not None and request.requirement.external)
