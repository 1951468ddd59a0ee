"""Buttons pressed and forms sent, as honest and as hostile payloads have them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.vote import Choice
from bot.requests.ports import Act, FormVote, Press
from bot.slack.deliveries import parse
from bot.slack.vote_form import BUTTONS, meta_of, typed
from bot.store.inbox import Delivery
from tests.unit.slack.test_deliveries import any_json, words
from tests.unit.slack.world import BOT_USER

ARRIVED = 1_700_000_000.5
META = {
    "request": "VD-7K3Q",
    "channel": "C1",
    "digest": "d" * 64,
    "choice": "approve",
    "break_glass": False,
    "vm": "DumpTest",
}


def of(body: dict[str, Any]) -> Act | None:
    delivery = Delivery(id=1, key="k", kind="interaction", body=body, received_at=ARRIVED, tries=0)
    return parse(delivery, bot_user=BOT_USER)


def pressed(action: Any = "vmdump_approve", **changed: Any) -> Act | None:
    body: dict[str, Any] = {
        "type": "block_actions",
        "user": {"id": "U1"},
        "container": {"type": "message", "channel_id": "C1", "message_ts": "1700000000.000100"},
        "trigger_id": "13345224609.738474920.8088930838d88f008e0",
        "response_url": "https://hooks.slack.com/actions/1",
        "actions": [{"action_id": action, "type": "button", "value": "d" * 12}],
    }
    return of(body | changed)


def sent(meta: Any = None, *, name: Any = "DumpTest", why: Any = "it hangs", **changed: Any) -> Act | None:
    view: dict[str, Any] = {
        "callback_id": "vmdump_vote",
        "private_metadata": json.dumps(META if meta is None else meta),
        "state": {"values": {"vm": {"vm": {"value": name}}, "reason": {"reason": {"value": why}}}},
    }
    return of({"type": "view_submission", "user": {"id": "U1"}, "view": view | changed})


@pytest.mark.parametrize(
    ("action", "choice", "break_glass"),
    [
        ("vmdump_approve", Choice.APPROVE, False),
        ("vmdump_deny", Choice.DENY, False),
        ("vmdump_break_glass", Choice.APPROVE, True),
    ],
)
def test_a_button(action: str, choice: Choice, break_glass: bool) -> None:
    assert pressed(action) == Press(
        key="k",
        person="U1",
        channel="C1",
        response_url="https://hooks.slack.com/actions/1",
        message="1700000000.000100",
        choice=choice,
        break_glass=break_glass,
        trigger="13345224609.738474920.8088930838d88f008e0",
        at=datetime.fromtimestamp(ARRIVED, UTC),
    )


@pytest.mark.parametrize("action", ["approve", "", None, 1, ["vmdump_approve"], {"vmdump_approve": 1}])
def test_a_button_of_somebody_else(action: Any) -> None:
    assert pressed(action) is None


@pytest.mark.parametrize(
    "changed",
    [
        {"type": "message_action"},
        {"type": ["block_actions"]},
        {"user": None},
        {"user": "U1"},
        {"user": {"id": "U1 <!channel>"}},
        {"container": {}},
        {"container": {"channel_id": "C1", "view_id": "V1"}},
        {"container": {"channel_id": ["C1"], "message_ts": "1.2"}},
        {"actions": []},
        {"actions": None},
        {"actions": {"0": {"action_id": "vmdump_approve"}}},
        {"actions": ["vmdump_approve"]},
        {"actions": [None, {"action_id": "vmdump_approve"}]},
    ],
)
def test_what_is_no_press_of_a_person_on_a_message(changed: dict[str, Any]) -> None:
    assert pressed(**changed) is None


@pytest.mark.parametrize("trigger", [None, 1, {}, "\ud800", "a b", "x" * 201])
def test_a_trigger_that_is_none_opens_nothing(trigger: Any) -> None:
    act = pressed(trigger_id=trigger, response_url=trigger)
    assert isinstance(act, Press)
    assert (act.trigger, act.response_url) == ("", None)


def test_a_form() -> None:
    assert sent(name="  DumpTest ", why=" it  hangs\n") == FormVote(
        key="k",
        person="U1",
        channel="C1",
        request="VD-7K3Q",
        digest="d" * 64,
        choice=Choice.APPROVE,
        break_glass=False,
        typed="DumpTest",
        reason="it  hangs",
        at=datetime.fromtimestamp(ARRIVED, UTC),
    )


@pytest.mark.parametrize(("choice", "break_glass"), BUTTONS.values())
def test_a_form_is_the_one_of_its_button(choice: Choice, break_glass: bool) -> None:
    act = sent(META | {"choice": choice.value, "break_glass": break_glass})
    assert isinstance(act, FormVote)
    assert (act.choice, act.break_glass) == (choice, break_glass)


def test_what_is_typed_is_bounded_and_cannot_hide_anything() -> None:
    act = sent(name="x" * 3000, why="y\u202e\x00" * 3000)
    assert isinstance(act, FormVote)
    assert (len(act.typed), len(act.reason)) == (255, 500)
    assert set(act.reason) == {"y", "…"}


@pytest.mark.parametrize("value", [None, 1, True, ["DumpTest"], {"value": "DumpTest"}, ""])
def test_what_is_no_text_is_nothing_typed(value: Any) -> None:
    act = sent(name=value, why=value)
    assert isinstance(act, FormVote)
    assert (act.typed, act.reason) == ("", "")


def test_half_a_character_can_be_stored() -> None:
    act = sent(name="DumpTest\ud800", why="\ud800")
    assert isinstance(act, FormVote)
    assert act.typed == "DumpTest?"
    act.model_dump_json().encode()


@pytest.mark.parametrize(
    "changed",
    [
        {"callback_id": "vmdump_votes"},
        {"callback_id": None},
        {"callback_id": ["vmdump_vote"]},
        {"private_metadata": ""},
        {"private_metadata": "vmdump"},
        {"private_metadata": "null"},
        {"private_metadata": "[]"},
        {"private_metadata": "9" * 6000},
        {"private_metadata": None},
        {"private_metadata": META},
        {"private_metadata": "[" * 1000 + "]" * 1000},
        {"private_metadata": '{"vm":' * 1000 + "1" + "}" * 1000},
        {"private_metadata": "\ud800"},
        {"private_metadata": json.dumps(META | {"vm": "\ud800"})},
    ],
)
def test_a_form_of_somebody_else(changed: dict[str, Any]) -> None:
    assert sent(**changed) is None


@pytest.mark.parametrize(
    "changed",
    [
        {"choice": "none"},
        {"choice": "maybe"},
        {"choice": "deny", "break_glass": True},
        {"choice": None},
        {"break_glass": "yes"},
        {"break_glass": 1},
        {"request": 7},
        {"digest": ["d"]},
        {"vm": None},
        {"quorum": 0},
    ],
)
def test_a_form_that_carries_what_no_form_of_ours_does(changed: dict[str, Any]) -> None:
    assert sent(META | changed) is None


@pytest.mark.parametrize("missing", list(META))
def test_a_form_that_lacks_something(missing: str) -> None:
    assert sent({name: value for name, value in META.items() if name != missing}) is None


@pytest.mark.parametrize(
    "body",
    [
        {"type": "view_submission", "view": None},
        {"type": "view_submission", "view": []},
        {"type": "view_submission", "view": "vmdump_vote"},
        {"type": "view_closed", "view": {"callback_id": "vmdump_vote", "private_metadata": json.dumps(META)}},
        {
            "type": "view_submission",
            "view": {"callback_id": "vmdump_vote", "private_metadata": json.dumps(META)},
        },
    ],
)
def test_a_form_of_nobody(body: dict[str, Any]) -> None:
    assert of(body) is None


def any_of(**names: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """An object with some of these, or anything else."""
    return any_json | st.fixed_dictionaries({}, optional=names)


ids = words | any_json
metas = st.fixed_dictionaries({name: st.just(value) | any_json | words for name, value in META.items()}).map(
    json.dumps
)
fields = any_of(**{name: any_of(**{name: any_of(value=words | any_json)}) for name in ("vm", "reason")})


@given(
    st.fixed_dictionaries(
        {"type": st.sampled_from(["block_actions", "view_submission"]) | any_json},
        optional={
            "user": any_of(id=ids),
            "container": any_of(channel_id=ids, message_ts=ids),
            "actions": any_json | st.lists(any_of(action_id=st.sampled_from([*BUTTONS]) | ids), max_size=2),
            "trigger_id": ids,
            "response_url": ids,
            "view": any_of(
                callback_id=st.just("vmdump_vote") | any_json,
                private_metadata=metas | st.just(json.dumps(META)) | ids,
                state=any_of(values=fields),
            ),
        },
    )
)
def test_no_interaction_is_too_strange(body: dict[str, Any]) -> None:
    act = of(body)
    assert act is None or isinstance(act, Press | FormVote)
    if act is not None:
        act.model_dump_json().encode()
    assert isinstance(act, FormVote) <= (meta_of(body) is not None)
    typed(body, "vm").encode()
