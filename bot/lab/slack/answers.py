"""What an app says in answer to a command or a click: with the acknowledgement, or by response_url."""

from typing import Any

from bot.lab.slack.workspace import Workspace


def show_answer(
    workspace: Workspace, answer: dict[str, Any], *, channel: str, person: str, thread_ts: str | None
) -> None:
    """Show it to the person alone, or in the channel if it says `response_type: in_channel`.

    The bot need not be a member of the channel for that. `replace_original` is not simulated.
    """
    text = str(answer.get("text") or "")
    blocks = answer.get("blocks") or []
    if answer.get("response_type") == "in_channel":
        workspace.post(channel, workspace.bot.id, text, blocks=blocks, thread_ts=thread_ts)
    else:
        workspace.whisper(channel, person, text, blocks=blocks, thread_ts=thread_ts)
