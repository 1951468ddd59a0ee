"""The `command_line` section: who may speak to the running bot without Slack."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, Strict, model_validator

from bot.settings.kinds import Folder, Kind, Section
from bot.settings.rbac_model import UserId


class Account(Section):
    uid: Annotated[int, Strict(), Field(ge=1, le=2**32 - 2), Kind("the number of an account, from 1")]
    """Number of the account (`id -u`). Root is no person, and neither is the account that the bot runs as."""

    person: UserId
    """Whose account it is: a Slack user id."""


class CommandLine(Section):
    socket: Folder | None = None
    """Path of the Unix socket at which `vmdump request|show|approve|deny|cancel` reach the running bot; left
    out, there is none."""

    people: tuple[Account, ...] = ()
    """Accounts of this machine that are people. All others may do nothing."""

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        uids = [account.uid for account in self.people]
        if len(set(uids)) != len(uids):
            raise ValueError("has one uid twice; expected each uid once")
        return self
