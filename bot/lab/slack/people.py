"""What people do in the workspace, and how the app comes to know of it."""

import asyncio
from collections.abc import Callable
from typing import Any

from bot.lab.slack.answers import show_answer
from bot.lab.slack.deliveries import Courier, Delivery, Transport
from bot.lab.slack.entities import Message, View
from bot.lab.slack.forms import filled_in, refused
from bot.lab.slack.payloads import (
    click_payload,
    command_payload,
    form_payload,
    from_elsewhere,
    reaction_payload,
)
from bot.lab.slack.views import TRIGGER_SECONDS
from bot.lab.slack.workspace import Workspace

IssueUrl = Callable[[str, str, str | None], str]
"""Makes a response_url for a channel, a person and a thread."""


class People:
    """Acts for the people of a workspace, each named by id or name.

    `team_id` and `app_id` make a delivery look as if it were meant for another team or app.
    """

    def __init__(
        self,
        workspace: Workspace,
        courier: Courier,
        transport: Callable[[], Transport],
        issue_url: IssueUrl,
        issue_trigger: Callable[[str], str],
    ) -> None:
        self._workspace = workspace
        self._courier = courier
        self._transport = transport
        self._issue_url = issue_url
        self._issue_trigger = issue_trigger

    async def command(
        self,
        user: str,
        channel: str,
        text: str,
        *,
        command: str = "/vmdump",
        team_id: str | None = None,
        app_id: str | None = None,
    ) -> Delivery:
        """Type a slash command; returns when the app has acknowledged it or Slack has given up.

        The person sees the acknowledgement's text or, in red, `operation_timeout` or `dispatch_failed`.
        """
        person, place = self._workspace.person(user), self._workspace.channel(channel)
        url = self._issue_url(place.id, person.id, None)
        payload = command_payload(
            self._workspace,
            person,
            place,
            command,
            text,
            response_url=url,
            trigger=self._issue_trigger(person.id),
        )
        delivery = Delivery("slash_commands", from_elsewhere(payload, team_id, app_id))
        return await self._once(delivery, place.id, person.id)

    async def react(
        self,
        user: str,
        channel: str,
        ts: str,
        reaction: str,
        *,
        team_id: str | None = None,
        app_id: str | None = None,
    ) -> Delivery:
        """Set a reaction. Raises ValueError if that person has set it already, KeyError without a message."""
        message, person = self._message(channel, ts), self._workspace.person(user)
        if not self._workspace.set_reaction(message, person.id, reaction):
            raise ValueError(f"{person.name} has reacted with {reaction} already")
        payload = reaction_payload(self._workspace, person, message, reaction, added=True)
        return self._event(from_elsewhere(payload, team_id, app_id))

    async def unreact(self, user: str, channel: str, ts: str, reaction: str) -> Delivery:
        """Take a reaction away. Raises ValueError if that person had not set it."""
        message, person = self._message(channel, ts), self._workspace.person(user)
        if not self._workspace.drop_reaction(message, person.id, reaction):
            raise ValueError(f"{person.name} has not reacted with {reaction}")
        return self._event(reaction_payload(self._workspace, person, message, reaction, added=False))

    async def click(
        self,
        user: str,
        channel: str,
        ts: str,
        action_id: str,
        *,
        team_id: str | None = None,
        app_id: str | None = None,
    ) -> Delivery:
        """Press a button of a message. Raises KeyError if the message has no such button."""
        message, person = self._message(channel, ts), self._workspace.person(user)
        button = _button(message, action_id)
        url = self._issue_url(message.channel, person.id, message.thread_ts)
        payload = click_payload(
            self._workspace,
            person,
            message,
            button,
            response_url=url,
            trigger=self._issue_trigger(person.id),
        )
        delivery = Delivery("interactive", from_elsewhere(payload, team_id, app_id))
        return await self._once(delivery, message.channel, person.id)

    async def press(self, user: str, channel: str, ts: str, action_id: str) -> View | None:
        """Press a button of a message and wait for the form that it opens; None if none came in time.

        Raises KeyError if the message has no such button.
        """
        pressed = await self.click(user, channel, ts, action_id)
        trigger = pressed.payload["trigger_id"]
        try:
            async with asyncio.timeout(TRIGGER_SECONDS if pressed.acknowledged else 0):
                return await self._workspace.feed.until(lambda: self._opened_by(trigger))
        except TimeoutError:
            return None

    async def send_form(self, view: View, values: dict[str, str]) -> dict[str, str] | None:
        """Fill in the fields, named by block id, and send the form.

        None if it closed; else it stays open, and what stands at the fields it is about. What Slack itself
        says, such as that the app did not answer, is about the field "". Raises ValueError for what Slack
        does not let people send, and where the app's answer is none.
        """
        if view.id not in self._workspace.views:
            raise ValueError("the form is closed")
        person = self._workspace.people[view.person]
        state = filled_in(view, values)
        trigger = self._issue_trigger(person.id)
        payload = form_payload(self._workspace, person, view, state, trigger=trigger)
        delivery = Delivery("interactive", payload)
        await self._courier.once(delivery, self._transport())
        if delivery.error is not None:
            return {"": delivery.error}
        if delivery.answer:
            return refused(view, delivery.answer)
        self._workspace.views.pop(view.id, None)
        return None

    async def repeat(self, delivery: Delivery) -> Delivery:
        """Deliver the same payload again, as Slack does when an acknowledgement was lost on its way."""
        again = Delivery(delivery.kind, delivery.payload)
        if delivery.kind == "events_api":
            self._courier.event(again, self._transport())
        else:
            await self._courier.once(again, self._transport())
        return again

    def _event(self, payload: dict[str, Any]) -> Delivery:
        delivery = Delivery("events_api", payload)
        place = self._workspace.channels[payload["event"]["item"]["channel"]]
        if self._workspace.bot.id in place.members:
            self._courier.event(delivery, self._transport())
        else:
            # Slack tells an app nothing of channels that its bot is not in.
            delivery.settle(acknowledged=False)
        return delivery

    async def _once(self, delivery: Delivery, channel: str, person: str) -> Delivery:
        await self._courier.once(delivery, self._transport())
        if delivery.error is not None:
            said = f"{delivery.payload.get('command', 'This')} failed with the error “{delivery.error}”"
            self._workspace.whisper(channel, person, said, error=delivery.error)
        elif delivery.kind == "slash_commands" and delivery.answer:
            show_answer(self._workspace, delivery.answer, channel=channel, person=person, thread_ts=None)
        return delivery

    def _opened_by(self, trigger: str) -> View | None:
        return next((view for view in self._workspace.views.values() if view.trigger == trigger), None)

    def _message(self, channel: str, ts: str) -> Message:
        return self._workspace.channel(channel).messages[ts]


def _button(message: Message, action_id: str) -> dict[str, Any]:
    for block in message.blocks:
        for element in [*(block.get("elements") or []), block.get("accessory")]:
            if isinstance(element, dict) and element.get("action_id") == action_id:
                return {**element, "block_id": block["block_id"]}
    raise KeyError(f"no button {action_id}")
