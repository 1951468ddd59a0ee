"""The workspace that the demo plays in."""

from bot.lab.slack.entities import Channel, Person, UserGroup
from bot.lab.slack.workspace import Workspace

TEAM = "T024BE7LH"
OTHER_TEAM = "T0OTHER000"
APP = "A012ABCD0A0"
BOT = "U0VMDUMP00"
BOT_ID = "B0VMDUMP00"
ALICE, BOB, CAROL, MALLORY, GUEST = "U0ALICE042", "U024BE7LH", "U0G9QF9C6", "U0MALLORY1", "U0GUEST000"


def default_workspace() -> Workspace:
    """alice asks, bob and carol approve, mallory may nothing, guest belongs to another company.

    `inc-7` is the channel that the bot was not invited to; `vendor` is shared with the guest's workspace.
    """
    workspace = Workspace(
        team_id=TEAM,
        team_domain="example",
        app_id=APP,
        bot=Person(BOT, "vmdump", TEAM, is_bot=True),
        bot_id=BOT_ID,
    )
    for person in (
        Person(ALICE, "alice", TEAM),
        Person(BOB, "bob", TEAM),
        Person(CAROL, "carol", TEAM, locale="ja-JP"),
        Person(MALLORY, "mallory", TEAM),
        Person(GUEST, "guest", OTHER_TEAM),
    ):
        workspace.people[person.id] = person
    workspace.groups["S0123ABCD"] = UserGroup("S0123ABCD", "sre", [ALICE, BOB])
    staff = {ALICE, BOB, CAROL, MALLORY}
    for channel in (
        Channel("C0INC42000", "inc-42", staff | {BOT}),
        Channel("C0RANDOM00", "random", staff | {BOT}),
        Channel("C0NOBOT000", "inc-7", set(staff)),
        Channel("C0PRIVATE0", "inc-secret", {ALICE, BOB, BOT}, is_private=True),
        Channel("C0SHARED00", "vendor", staff | {GUEST, BOT}, is_ext_shared=True),
        Channel("D0ALICE000", "alice", {ALICE, BOT}, is_private=True, is_im=True),
    ):
        workspace.channels[channel.id] = channel
    return workspace
