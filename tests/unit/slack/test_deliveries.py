from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.arming import ArmWish, DumpWish
from bot.core.purpose import Purpose
from bot.core.route import Route
from bot.core.vote import Choice
from bot.requests.ports import (
    Act,
    Ask,
    CancelAsk,
    CheckAsk,
    DisarmAsk,
    DoctorAsk,
    ExplainAsk,
    Misspelt,
    PinAsk,
    Question,
    Reaction,
    ReleaseAsk,
    ReviewAsk,
    UnpinAsk,
)
from bot.slack.deliveries import parse
from bot.store.inbox import Delivery
from tests.unit.slack.world import BOT_USER

KEY = "nThbg6kXUpJWGl7E1IGOCspRomTxdCARLviKw6E5SY8"


def of(kind: str, body: dict[str, Any]) -> Act | None:
    delivery = Delivery(id=1, key="k", kind=kind, body=body, received_at=0, tries=0)
    return parse(delivery, bot_user=BOT_USER)


def command(text: str, **changed: Any) -> Act | None:
    body = {"command": "/vmdump", "user_id": "U1", "channel_id": "C1", "text": text}
    return of("command", body | {"response_url": "https://hooks.slack.com/commands/1"} | changed)


def reaction(name: str = "white_check_mark", **changed: Any) -> Act | None:
    event: dict[str, Any] = {
        "type": "reaction_added",
        "user": "U1",
        "reaction": name,
        "item": {"type": "message", "channel": "C1", "ts": "1700000000.000100"},
        "event_ts": "1700000001.123456",
    }
    return of("event", {"type": "event_callback", "event": event | changed})


def test_a_vm_and_a_reason() -> None:
    assert command("DumpTest support case 4711") == Ask(
        key="k",
        person="U1",
        channel="C1",
        response_url="https://hooks.slack.com/commands/1",
        query="DumpTest",
        reason="support case 4711",
    )


def test_a_hostile_name_arrives_as_it_was_typed() -> None:
    act = command('"&lt;!channel&gt; *x*" why')
    assert isinstance(act, Ask)
    assert (act.query, act.reason) == ("<!channel> *x*", "why")


@pytest.mark.parametrize(
    ("text", "topic"), [("", "help"), ("  ", "help"), ("HELP", "help"), ("status", "status")]
)
def test_questions(text: str, topic: str) -> None:
    act = command(text)
    assert isinstance(act, Question)
    assert act.topic == topic


@pytest.mark.parametrize("text", ["rehearse DumpTest case 4711", 'Rehearse  "DumpTest" case 4711'])
def test_a_rehearsal(text: str) -> None:
    act = command(text)
    assert isinstance(act, Ask)
    assert (act.query, act.reason, act.purpose) == ("DumpTest", "case 4711", Purpose.REHEARSAL)


@pytest.mark.parametrize(
    ("text", "wish", "reason"),
    [
        ("arm DumpTest case 4711", ArmWish(), "case 4711"),
        ("Arm DumpTest --dump kernel --restart it", ArmWish(dump=DumpWish.KERNEL, restart=True), "it"),
        ('arm "Dump Test" --restart', ArmWish(restart=True), ""),
    ],
)
def test_arming(text: str, wish: ArmWish, reason: str) -> None:
    act = command(text)
    assert isinstance(act, Ask)
    assert (act.purpose, act.arming, act.reason) == (Purpose.ARM, wish, reason)


@pytest.mark.parametrize("text", ["arm", "arm DumpTest --dump tiny", "disarm", "disarm a b", "check a b"])
def test_what_is_no_arming(text: str) -> None:
    assert isinstance(command(text), Misspelt)


def test_disarming_and_checking() -> None:
    disarm, check = command("disarm DumpTest"), command('Check "Dump Test"')
    assert isinstance(disarm, DisarmAsk)
    assert isinstance(check, CheckAsk)
    assert (disarm.query, check.query) == ("DumpTest", "Dump Test")


@pytest.mark.parametrize("verb", ["", "rehearse "])
def test_overriding_readiness(verb: str) -> None:
    act = command(f"{verb}DumpTest --override the page file will do")
    assert isinstance(act, Ask)
    assert (act.override, act.reason) == (True, "the page file will do")


def test_what_is_no_rehearsal() -> None:
    act = command("DumpTest rehearse")
    assert isinstance(act, Ask)
    assert act.purpose is Purpose.CAPTURE


@pytest.mark.parametrize("shown", [f"SHA256:{KEY}", KEY, f" `SHA256:{KEY}`"])
def test_pinning(shown: str) -> None:
    act = command(f"pin vd7k3q {shown}")
    assert isinstance(act, PinAsk)
    assert (act.request, act.fingerprint) == ("VD-7K3Q", f"SHA256:{KEY}")


@pytest.mark.parametrize("host", ["esx-03.example.com", "`esx-03.example.com`"])
def test_taking_a_pin_back(host: str) -> None:
    act = command(f"Unpin {host} SHA256:{KEY}")
    assert isinstance(act, UnpinAsk)
    assert (act.host, act.fingerprint) == ("esx-03.example.com", f"SHA256:{KEY}")


@pytest.mark.parametrize(
    "text",
    [
        "help",
        "status",
        "cancel",
        "rehearse",
        "arm",
        "disarm",
        "check",
        "pin",
        "unpin",
        "review",
        "explain",
        "doctor",
        "release",
    ],
)
def test_a_machine_may_be_called_like_a_command_if_it_is_quoted(text: str) -> None:
    act = command(f'"{text}" it hangs')
    assert isinstance(act, Ask)
    assert act.query == text


@pytest.mark.parametrize("text", ["cancel VD-7K3Q", "Cancel vd7k3q", "cancel 7K3Q wrong machine"])
def test_cancelling(text: str) -> None:
    act = command(text)
    assert isinstance(act, CancelAsk)
    assert act.request == "VD-7K3Q"


@pytest.mark.parametrize("text", ["release VD-7K3Q", "Release 7k3q it is off"])
def test_letting_go(text: str) -> None:
    act = command(text)
    assert isinstance(act, ReleaseAsk)
    assert act.request == "VD-7K3Q"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("review VD-7K3Q", ""),
        ("Review vd7k3q  it was  right ", "it was  right"),
        ("review 7k3q " + "y" * 900, "y" * 499 + "…"),
    ],
)
def test_looking_at_a_break_glass(text: str, words: str) -> None:
    act = command(text)
    assert isinstance(act, ReviewAsk)
    assert (act.request, act.words) == ("VD-7K3Q", words)


@pytest.mark.parametrize(
    ("text", "query", "route"),
    [
        ("explain DumpTest", "DumpTest", None),
        ('EXPLAIN "SQL Server 1" why not', "SQL Server 1", None),
        ("explain DumpTest --route ssh", "DumpTest", Route.SSH),
        ("explain /DC1/vm/prod/DumpTest --route=api now", "/DC1/vm/prod/DumpTest", Route.API),
    ],
)
def test_asking_which_rule_applies(text: str, query: str, route: Route | None) -> None:
    act = command(text)
    assert isinstance(act, ExplainAsk)
    assert (act.query, act.route) == (query, route)


@pytest.mark.parametrize("text", ["doctor", " Doctor "])
def test_having_everything_looked_at(text: str) -> None:
    assert isinstance(command(text), DoctorAsk)


def test_a_machine_called_doctor_may_be_asked_for_with_a_reason() -> None:
    act = command("doctor it hangs")
    assert isinstance(act, Ask)
    assert (act.query, act.reason) == ("doctor", "it hangs")


@pytest.mark.parametrize("verb", ["", "rehearse "])
def test_a_route(verb: str) -> None:
    act = command(f"{verb}DumpTest --route ssh case 4711")
    assert isinstance(act, Ask)
    assert (act.query, act.route, act.reason) == ("DumpTest", Route.SSH, "case 4711")


@pytest.mark.parametrize(
    "text",
    [
        "release",
        "review",
        "review it",
        "review DumpTest it was right",
        "explain",
        'explain "DumpTest',
        'explain ""',
        "explain DumpTest --route smoke",
        "DumpTest --route smoke it hangs",
        "cancel",
        "cancel it",
        '"DumpTest',
        '""',
        "x" * 256,
        "rehearse",
        'rehearse "DumpTest',
        "pin",
        "pin VD-7K3Q",
        "pin VD-7K3Q SHA256:short",
        f"pin {KEY}",
        f"pin VD-7K3Q {KEY} {KEY}",
        "unpin",
        "unpin esx-03",
        f"unpin {KEY}",
        f"unpin {'x' * 256} {KEY}",
    ],
)
def test_misspelt(text: str) -> None:
    act = command(text)
    assert isinstance(act, Misspelt)
    assert act.text == text


def test_lengths_are_bounded() -> None:
    act = command("x" * 255 + " " + "y" * 9000)
    assert isinstance(act, Ask)
    assert (len(act.query), len(act.reason)) == (255, 500)
    misspelt = command("x" * 9000)
    assert isinstance(misspelt, Misspelt)
    assert len(misspelt.text) == 500


def test_a_command_of_nobody_is_none() -> None:
    assert command("DumpTest", user_id=None) is None
    assert command("DumpTest", channel_id={}) is None


@pytest.mark.parametrize(
    ("name", "choice"),
    [
        ("white_check_mark", Choice.APPROVE),
        ("heavy_check_mark", Choice.APPROVE),
        ("white_check_mark::skin-tone-2", Choice.APPROVE),
        ("x", Choice.DENY),
        ("x::skin-tone-6", Choice.DENY),
    ],
)
def test_votes(name: str, choice: Choice) -> None:
    act = reaction(name)
    assert isinstance(act, Reaction)
    assert act.choice is choice
    assert act.added
    assert (act.channel, act.message) == ("C1", "1700000000.000100")
    assert act.at == datetime(2023, 11, 14, 22, 13, 21, 123456, tzinfo=UTC)


def test_a_reaction_taken_off() -> None:
    act = reaction(type="reaction_removed")
    assert isinstance(act, Reaction)
    assert not act.added


@pytest.mark.parametrize(
    "name", ["+1", "thumbsup", "ballot_box_with_check", "X", "xx", "heavy_multiplication_x", "", "::x"]
)
def test_nothing_else_is_a_vote(name: str) -> None:
    assert reaction(name) is None


@pytest.mark.parametrize(
    "changed",
    [
        {"item": {"type": "file", "file": "F1"}},
        {"item": {"type": "message", "channel": "C1"}},
        {"user": BOT_USER},
        {"user": None},
        {"bot_id": "B1"},
        {"event_ts": "yesterday"},
        {"event_ts": "9" * 20},
        {"event_ts": "١٢٣"},
        {"type": "message"},
        {"type": "reaction_added_by_nobody"},
    ],
)
def test_what_is_no_vote_of_a_person_on_a_message(changed: dict[str, Any]) -> None:
    assert reaction(**changed) is None


any_json: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
words = st.text(alphabet=st.characters(codec=None), max_size=30) | st.sampled_from(
    ["\ud800", "C1", "1.2", "x"]
)


@given(
    st.sampled_from(["command", "event", "interaction", "?"]),
    st.dictionaries(st.text(max_size=8), any_json),
    st.fixed_dictionaries(
        {},
        optional={
            "user_id": any_json | words,
            "channel_id": any_json | words,
            "text": any_json | words,
            "response_url": any_json | words,
            "event": any_json
            | st.fixed_dictionaries(
                {},
                optional={
                    "type": st.sampled_from(["reaction_added", "reaction_removed"]),
                    "user": any_json | words,
                    "reaction": st.just("x") | any_json,
                    "event_ts": st.just("1.2") | words | any_json,
                    "item": any_json
                    | st.fixed_dictionaries({"type": st.just("message"), "channel": words, "ts": words}),
                },
            ),
        },
    ),
)
def test_no_body_is_too_strange(kind: str, noise: dict[str, Any], fields: dict[str, Any]) -> None:
    act = of(kind, noise | fields)
    assert act is None or isinstance(act, Act)
    if act is not None:
        act.model_dump_json().encode()
