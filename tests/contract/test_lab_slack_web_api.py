"""The simulated Web API, judged by Slack's own client."""

import time
from collections.abc import AsyncIterator
from email.utils import parsedate_to_datetime
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from bot.lab.slack import LabSlack
from tests.unit.lab_slack.bolt import Clock, client_of, refusal

CHANNEL = "C0INC42000"


@pytest_asyncio.fixture
async def lab() -> AsyncIterator[LabSlack]:
    async with LabSlack(rate_limits=False).serve() as slack:
        yield slack


@pytest_asyncio.fixture
async def client(lab: LabSlack) -> AsyncWebClient:
    return client_of(lab)


async def test_tokens_and_scopes_are_checked(lab: LabSlack, client: AsyncWebClient) -> None:
    assert (await client.auth_test())["team_id"] == lab.team_id
    assert await refusal(AsyncWebClient(base_url=lab.api_url).auth_test()) == "not_authed"
    assert (
        await refusal(AsyncWebClient(token="xoxb-other", base_url=lab.api_url).auth_test()) == "invalid_auth"
    )
    assert await refusal(client.apps_connections_open(app_token=lab.bot_token)) == "not_allowed_token_type"
    app_level = AsyncWebClient(token=lab.app_token, base_url=lab.api_url)
    assert await refusal(app_level.users_info(user="U0ALICE042")) == "not_allowed_token_type"
    lab.scopes.discard("users:read")
    with pytest.raises(SlackApiError) as caught:
        await client.users_info(user="U0ALICE042")
    assert caught.value.response["needed"] == "users:read"
    lab.scopes.discard("groups:read")
    assert await refusal(client.conversations_info(channel="C0PRIVATE0")) == "missing_scope"
    assert await refusal(client.api_call("chat.teleport")) == "unknown_method"


async def test_channels_are_seen_as_the_bot_sees_them(lab: LabSlack, client: AsyncWebClient) -> None:
    assert (await client.conversations_info(channel=CHANNEL))["channel"]["is_member"] is True
    assert (await client.conversations_info(channel="C0NOBOT000"))["channel"]["is_member"] is False
    assert (await client.conversations_info(channel="D0ALICE000"))["channel"]["user"] == "U0ALICE042"
    assert await refusal(client.conversations_info(channel="C0NOWHERE0")) == "channel_not_found"
    assert await refusal(client.chat_postMessage(channel="C0NOBOT000", text="x")) == "not_in_channel"
    lab.workspace.channels["C0PRIVATE0"].members.discard(lab.workspace.bot.id)
    assert await refusal(client.chat_postMessage(channel="C0PRIVATE0", text="x")) == "channel_not_found"
    lab.workspace.channels[CHANNEL].is_archived = True
    assert await refusal(client.chat_postMessage(channel=CHANNEL, text="x")) == "is_archived"


async def test_people_and_groups(lab: LabSlack, client: AsyncWebClient) -> None:
    carol = (await client.users_info(user="U0G9QF9C6", include_locale=True))["user"]
    assert (carol["locale"], carol["team_id"]) == ("ja-JP", lab.team_id)
    guest = (await client.users_info(user="U0GUEST000"))["user"]
    assert guest["is_stranger"] is True
    assert "locale" not in guest
    assert (await client.usergroups_users_list(usergroup="S0123ABCD"))["users"] == ["U0ALICE042", "U024BE7LH"]
    assert await refusal(client.usergroups_users_list(usergroup="S0NONE")) == "no_such_subteam"
    assert await refusal(client.users_info(user="U0NOBODY00")) == "user_not_found"


async def test_people_are_marked(lab: LabSlack, client: AsyncWebClient) -> None:
    mallory = lab.workspace.person("mallory")
    marks = ("deleted", "is_restricted", "is_ultra_restricted", "is_bot")
    plain = (await client.users_info(user=mallory.id))["user"]
    assert [plain[mark] for mark in marks] == [False] * 4
    assert plain.keys().isdisjoint({"is_stranger", "enterprise_user"})
    assert (await client.users_info(user=lab.workspace.bot.id))["user"]["is_bot"] is True
    for mark in marks[:3]:
        setattr(mallory, mark, True)
        seen = (await client.users_info(user=mallory.id))["user"]
        assert [name for name in marks if seen[name]] == [mark]
        setattr(mallory, mark, False)
    mallory.is_stranger = True
    mallory.enterprise_user = {"id": "W0MALLORY1", "enterprise_id": "E0LAB00000", "teams": [lab.team_id]}
    seen = (await client.users_info(user=mallory.id))["user"]
    assert (seen["is_stranger"], seen["enterprise_user"]) == (True, mallory.enterprise_user)


@pytest.mark.parametrize(
    ("mark", "value", "shown"),
    [
        ("is_archived", True, {"is_archived"}),
        ("is_ext_shared", True, {"is_shared", "is_ext_shared"}),
        ("is_org_shared", True, {"is_shared", "is_org_shared"}),
        ("pending_shared", ["T0OTHER000"], {"is_pending_ext_shared"}),
    ],
)
async def test_channels_are_marked(
    lab: LabSlack, client: AsyncWebClient, mark: str, value: Any, shown: set[str]
) -> None:
    before = (await client.conversations_info(channel=CHANNEL))["channel"]
    assert _marks(before) == {"is_channel", "is_member"}
    assert before["pending_shared"] == []
    setattr(lab.workspace.channels[CHANNEL], mark, value)
    after = (await client.conversations_info(channel=CHANNEL))["channel"]
    assert _marks(after) == {"is_channel", "is_member"} | shown
    assert after["pending_shared"] == (value if mark == "pending_shared" else [])


def _marks(channel: dict[str, Any]) -> set[str]:
    return {name for name, value in channel.items() if value is True}


async def test_an_app_of_a_whole_organisation_says_so(lab: LabSlack, client: AsyncWebClient) -> None:
    one = await client.auth_test()
    assert (one["is_enterprise_install"], one.get("enterprise_id")) == (False, None)
    lab.workspace.enterprise_install = True
    many = await client.auth_test()
    assert (many["is_enterprise_install"], many["enterprise_id"]) == (True, "E0LAB00000")


@pytest.mark.parametrize("ahead", [7200.0, -7200.0])
async def test_a_clock_that_errs_is_in_all_that_slack_dates(
    lab: LabSlack, client: AsyncWebClient, ahead: float
) -> None:
    before = await client.chat_postMessage(channel=CHANNEL, text="right")
    lab.workspace.err(ahead)
    started = time.time()
    after = await client.chat_postMessage(channel=CHANNEL, text="wrong")
    reacted = (await lab.react("bob", CHANNEL, after["ts"], "x")).payload
    with pytest.raises(SlackApiError) as refused:
        await client.users_info(user="U0NOBODY00")
    lab.fault("auth.test", "http_500")
    with pytest.raises(SlackApiError) as failed:
        await client.auth_test()
    ended = time.time()
    dated = [_date(answer) for answer in (after, refused.value.response, failed.value.response)]
    said = [float(after["ts"]), float(reacted["event"]["event_ts"]), float(reacted["event_time"]), *dated]
    # Some of them are in whole seconds.
    assert all(started - 1 <= moment - ahead <= ended for moment in said)
    assert (after["ts"] > before["ts"]) == (ahead > 0)
    lab.workspace.err(0)
    assert started - 1 <= _date(await client.auth_test()) <= time.time()


def _date(answer: Any) -> float:
    return parsedate_to_datetime(answer.headers["Date"]).timestamp()


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ({"text": ""}, "no_text"),
        ({"text": "x" * 40_001}, "msg_too_long"),
        ({"text": "x", "thread_ts": "1.000001"}, "thread_not_found"),
        ({"text": "x", "blocks": [{"type": "divider"}] * 51}, "msg_blocks_too_many"),
        ({"text": "x", "blocks": [{"type": "marquee"}]}, "invalid_blocks"),
        ({"text": "x", "blocks": "[not json"}, "invalid_blocks_format"),
        ({"text": "x", "metadata": {"event_type": "row"}}, "invalid_metadata_format"),
    ],
)
async def test_messages_that_slack_refuses(
    client: AsyncWebClient, message: dict[str, Any], code: str
) -> None:
    assert await refusal(client.api_call("chat.postMessage", json={"channel": CHANNEL, **message})) == code


async def test_form_and_json_bodies_are_the_same(lab: LabSlack, client: AsyncWebClient) -> None:
    fields = {"channel": CHANNEL, "text": "x"}
    await client.api_call("chat.postMessage", json={**fields, "blocks": [{"type": "divider"}]})
    await client.api_call("chat.postMessage", data={**fields, "blocks": '[{"type": "divider"}]'})
    assert [m.blocks[0]["type"] for m in lab.workspace.messages(CHANNEL)] == ["divider", "divider"]


async def test_a_thread_is_read_back_with_metadata_in_pages(client: AsyncWebClient) -> None:
    row = {"event_type": "vmdump_row", "event_payload": {"row": "7"}}
    root = await client.chat_postMessage(channel=CHANNEL, text="root", metadata=row)
    for number in range(4):
        await client.chat_postMessage(channel=CHANNEL, text=str(number), thread_ts=root["ts"])
    plain = await client.conversations_replies(channel=CHANNEL, ts=root["ts"])
    assert "metadata" not in plain["messages"][0]
    assert plain["messages"][0]["reply_count"] == 4
    pages = [
        page["messages"]
        async for page in await client.conversations_replies(
            channel=CHANNEL, ts=root["ts"], limit=2, include_all_metadata=True
        )
    ]
    assert [[m["text"] for m in page] for page in pages] == [["root", "0"], ["1", "2"], ["3"]]
    assert pages[0][0]["metadata"] == row
    stamps = [m["ts"] for page in pages for m in page]
    assert stamps == sorted(set(stamps))
    history = await client.conversations_history(channel=CHANNEL)
    assert [m["text"] for m in history["messages"]] == ["root"]
    later = await client.conversations_replies(channel=CHANNEL, ts=root["ts"], oldest=stamps[2])
    assert [m["text"] for m in later["messages"]] == ["root", "2", "3"]
    assert await refusal(client.conversations_replies(channel=CHANNEL, ts="1.000001")) == "thread_not_found"
    assert await refusal(client.conversations_history(channel="C0NOBOT000")) == "not_in_channel"


async def test_an_edit_keeps_what_it_does_not_name(lab: LabSlack, client: AsyncWebClient) -> None:
    blocks = [{"type": "divider", "block_id": "card"}]
    ts = (await client.chat_postMessage(channel=CHANNEL, text="a", blocks=blocks))["ts"]
    message = lab.workspace.channels[CHANNEL].messages[ts]
    await client.chat_update(channel=CHANNEL, ts=ts, text="b", blocks=blocks)
    assert message.edited is None
    await client.chat_update(channel=CHANNEL, ts=ts, text="c")
    assert (message.text, message.blocks, message.edited is None) == ("c", blocks, False)
    # 1,500 characters of Japanese are 4,500 bytes.
    too_long = client.chat_update(channel=CHANNEL, ts=ts, text="停" * 1500)
    assert await refusal(too_long) == "msg_too_long"
    assert await refusal(client.chat_update(channel=CHANNEL, ts="1.000001", text="x")) == "message_not_found"
    theirs = lab.workspace.post(CHANNEL, "U0ALICE042", "mine")
    assert await refusal(client.chat_update(channel=CHANNEL, ts=theirs.ts, text="x")) == "cant_update_message"


async def test_an_ephemeral_message_is_seen_once_and_not_kept(lab: LabSlack, client: AsyncWebClient) -> None:
    with lab.workspace.changes() as changes:
        await client.chat_postEphemeral(channel=CHANNEL, user="U0MALLORY1", text="You may not.")
        change = await anext(changes)
    assert (change.kind, change.person, change.message.text) == ("ephemeral", "U0MALLORY1", "You may not.")
    assert lab.workspace.messages(CHANNEL) == []
    stranger = client.chat_postEphemeral(channel=CHANNEL, user="U0GUEST000", text="x")
    assert await refusal(stranger) == "user_not_in_channel"


async def test_reactions_are_cut_short_unless_read_in_full(lab: LabSlack, client: AsyncWebClient) -> None:
    message = lab.workspace.post(CHANNEL, lab.workspace.bot.id, "approve?")
    for number in range(60):
        lab.workspace.set_reaction(message, f"U{number:09d}", "x")
    short = await client.reactions_get(channel=CHANNEL, timestamp=message.ts)
    full = await client.reactions_get(channel=CHANNEL, timestamp=message.ts, full=True)
    assert [len(r["message"]["reactions"][0]["users"]) for r in (short, full)] == [50, 60]
    lab.workspace.names_at_most = 55
    cut = await client.reactions_get(channel=CHANNEL, timestamp=message.ts, full=True)
    assert [len(cut["message"]["reactions"][0]["users"]), cut["message"]["reactions"][0]["count"]] == [55, 60]
    assert short["message"]["reactions"][0]["count"] == 60
    lost = client.reactions_get(channel=CHANNEL, timestamp="1.000001")
    assert await refusal(lost) == "message_not_found"


async def test_a_picture_is_shown_only_when_completely_uploaded(
    lab: LabSlack, client: AsyncWebClient
) -> None:
    announced = await client.files_getUploadURLExternal(filename="screen.png", length=4)
    image = {"type": "image", "alt_text": "blue screen", "slack_file": {"id": announced["file_id"]}}
    show: dict[str, Any] = {"channel": CHANNEL, "text": "crashed", "blocks": [image]}
    assert await refusal(client.chat_postMessage(**show)) == "invalid_blocks"
    complete = client.files_completeUploadExternal(files=[{"id": announced["file_id"], "title": "s"}])
    assert await refusal(complete) == "file_not_found"
    async with aiohttp.ClientSession() as session:
        async with session.post(announced["upload_url"], data=b"too long") as answer:
            assert answer.status == 400
        async with session.post(announced["upload_url"], data=b"\x89PNG") as answer:
            assert answer.status == 200
    assert await refusal(client.chat_postMessage(**show)) == "invalid_blocks"
    await client.files_completeUploadExternal(files=[{"id": announced["file_id"], "title": "s"}])
    await client.chat_postMessage(**show)
    assert lab.workspace.files[announced["file_id"]].content == b"\x89PNG"
    assert len(lab.workspace.messages(CHANNEL)) == 1


async def test_sharing_comes_after_the_answer() -> None:
    async with LabSlack(file_processing=0.05).serve() as lab:
        client = client_of(lab)
        root = lab.workspace.post(CHANNEL, lab.workspace.bot.id, "root")
        uploaded = await client.files_upload_v2(
            filename="record.md",
            content="# VD-7K3Q",
            channel=CHANNEL,
            thread_ts=root.ts,
            initial_comment="record",
        )
        assert len(lab.workspace.messages(CHANNEL)) == 1
        file_id = uploaded["files"][0]["id"]
        shared = await lab.workspace.until(
            lambda w: next((m for m in w.messages(CHANNEL) if m.files == [file_id]), None)
        )
        assert shared is not None
        assert (shared.thread_ts, shared.text) == (root.ts, "record")


async def test_limits_are_answered_with_429_and_a_wait() -> None:
    clock = Clock()
    async with LabSlack(clock=clock).serve() as lab:
        client = client_of(lab)
        for _ in range(5):
            await client.chat_postMessage(channel=CHANNEL, text="x")
        with pytest.raises(SlackApiError) as caught:
            await client.chat_postMessage(channel=CHANNEL, text="x")
        response = caught.value.response
        assert (response.status_code, response.headers["Retry-After"]) == (429, "1")
        assert len(lab.workspace.messages(CHANNEL)) == 5
        clock.now += 1
        await client.chat_postMessage(channel=CHANNEL, text="x")


async def test_ordered_faults_happen_in_order_and_then_stop(lab: LabSlack, client: AsyncWebClient) -> None:
    lab.fault("chat.postMessage", "ratelimited", retry_after=7)
    lab.fault("chat.postMessage", "http_500", times=2)
    lab.fault("chat.postMessage", "lost")
    lab.fault("usergroups.users.list", "plan_upgrade_required")
    with pytest.raises(SlackApiError) as caught:
        await client.chat_postMessage(channel=CHANNEL, text="x")
    assert caught.value.response.headers["Retry-After"] == "7"
    for _ in range(2):
        with pytest.raises(SlackApiError) as caught:
            await client.chat_postMessage(channel=CHANNEL, text="x")
        assert caught.value.response.status_code == 500
    assert lab.workspace.messages(CHANNEL) == []
    with pytest.raises(aiohttp.ClientError):
        await client.chat_postMessage(channel=CHANNEL, text="carried out, answer lost")
    assert [m.text for m in lab.workspace.messages(CHANNEL)] == ["carried out, answer lost"]
    await client.chat_postMessage(channel=CHANNEL, text="well again")
    assert await refusal(client.usergroups_users_list(usergroup="S0123ABCD")) == "plan_upgrade_required"


async def test_a_response_url_works_five_times_within_thirty_minutes() -> None:
    clock = Clock()
    async with LabSlack(clock=clock, speed=60).serve() as lab:
        first = (await lab.command("alice", "inc-7", "status")).payload["response_url"]
        second = (await lab.command("alice", "inc-7", "status")).payload["response_url"]
        assert await _sent(first, text="") == (404, "no_text")
        with lab.workspace.changes() as changes:
            assert await _sent(first, text="Invite me first.") == (200, "ok")
            change = await anext(changes)
        assert (change.kind, change.person) == ("ephemeral", "U0ALICE042")
        assert await _sent(first, text="for all", response_type="in_channel") == (200, "ok")
        assert [m.text for m in lab.workspace.messages("inc-7")] == ["for all"]
        for _ in range(2):
            assert (await _sent(first, text="x"))[0] == 200
        assert await _sent(first, text="x") == (404, "used_url")
        clock.now += 29
        assert (await _sent(second, text="x"))[0] == 200
        clock.now += 1
        assert await _sent(second, text="x") == (404, "expired_url")


async def _sent(url: str, **message: Any) -> tuple[int, str]:
    response = await AsyncWebhookClient(url).send(**message)
    for code in ("used_url", "expired_url", "no_text"):
        if code in response.body:
            return response.status_code, code
    return response.status_code, response.body
