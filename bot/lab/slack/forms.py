"""What a person can send with a form, and what an app can answer to it."""

from typing import Any

from bot.lab.slack.entities import View


def filled_in(view: View, values: dict[str, str]) -> dict[str, Any]:
    """`state.values` of a form with these fields filled in, by block id; the others are as they were shown.

    Raises ValueError for a field that the form does not have and for what Slack itself does not take:
    an empty one that is not optional, one that is too short or too long.
    """
    inputs = {block["block_id"]: block for block in view.shown["blocks"] if block["type"] == "input"}
    if not values.keys() <= inputs.keys():
        raise ValueError(f"the form has no field {', '.join(values.keys() - inputs.keys())}")
    state = {}
    for name, block in inputs.items():
        element = block["element"]
        typed = values.get(name, element.get("initial_value", ""))
        least, most = element.get("min_length", 0), element.get("max_length", 3000)
        if (typed or not block.get("optional")) and not max(1, least) <= len(typed) <= most:
            raise ValueError(f"{name} needs between {max(1, least)} and {most} characters")
        state[name] = {element["action_id"]: {"type": element["type"], "value": typed or None}}
    return state


def refused(view: View, answer: dict[str, Any]) -> dict[str, str]:
    """What the app's answer says of the fields. Raises ValueError for any other answer: none is simulated."""
    fields = {block["block_id"] for block in view.shown["blocks"] if block["type"] == "input"}
    errors = answer.get("errors")
    if answer.get("response_action") != "errors" or not isinstance(errors, dict) or not errors:
        raise ValueError(f"not an answer to a form: {answer}")
    if not errors.keys() <= fields:
        raise ValueError(f"errors of fields that the form does not have: {answer}")
    return errors
