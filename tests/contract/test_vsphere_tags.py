"""The tags of a machine, which are read over REST, by those who ask for them."""

from __future__ import annotations

import asyncio
import dataclasses
import logging
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest

from bot.core.errors import VmdumpError
from bot.core.target import Machine
from bot.lab.article import article_world
from bot.lab.modern import modern_world
from bot.lab.world import World
from bot.vsphere import PyVmomiVCenter
from bot.vsphere.rest import RestSession, form_for
from bot.vsphere.tls import CertificateRefused, connector
from tests.contract.vsphere_client import cut_at, endpoint_of

VM = "vm-101"
TAGS = ("owner:Zahlungen/EU 100%", "tier:prod")
FORMS = pytest.mark.parametrize("api_version", ["6.0", "6.7.3", "7.0.1.0", "7.0.2.0", "8.0.3.0"])
REST = ("rest-login", "rest-logout", "list-attached-tags", "tag", "category", "categories")


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    world = modern_world(tmp_path)
    world.vm(VM).tags = TAGS[::-1]
    async with world.serve() as served:
        yield served


@pytest.fixture
async def vcenter(world: World) -> AsyncIterator[PyVmomiVCenter]:
    async with reader(world) as client:
        yield client


def reader(world: World, **changes: object) -> PyVmomiVCenter:
    endpoint = dataclasses.replace(endpoint_of(world), **changes)  # type: ignore[arg-type] # of several kinds
    return PyVmomiVCenter(endpoint, keeps_inventory=False, reads_tags=lambda: True)


def asked(world: World) -> list[str]:
    return [called.name for called in world.calls if called.name in REST]


def warnings(log: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in log.records if "tags cannot be read" in record.getMessage()]


@FORMS
async def test_they_are_categories_and_names(api_version: str, tmp_path: Path) -> None:
    world = modern_world(tmp_path)
    world.vcenter.api_version = api_version
    world.vm(VM).tags = TAGS[::-1]
    async with world.serve(), reader(world) as vcenter:
        machine = await vcenter.machine(VM)
        assert (machine.tags, machine.target.moid) == (TAGS, VM)
        assert (await vcenter.machine("vm-102")).tags == ()
    assert asked(world)[0] == "rest-login"
    assert asked(world)[-1] == "rest-logout"


async def test_who_does_not_ask_for_them_begins_no_session(world: World) -> None:
    wanted = False
    async with PyVmomiVCenter(endpoint_of(world), reads_tags=lambda: wanted) as vcenter:
        assert (await vcenter.machine(VM)).tags is None
        assert asked(world) == []
        wanted = True
        assert (await vcenter.machine(VM)).tags == TAGS


async def test_a_tag_that_changes_is_seen(world: World, vcenter: PyVmomiVCenter) -> None:
    assert (await vcenter.machine(VM)).tags == TAGS
    world.vm(VM).tags = ("tier:test",)
    assert (await vcenter.machine(VM)).tags == ("tier:test",)
    assert asked(world).count("rest-login") == 1


async def test_one_that_the_account_may_not_read_is_left_out(world: World, vcenter: PyVmomiVCenter) -> None:
    world.vcenter.hidden_tags = frozenset({"tier:prod"})
    assert (await vcenter.machine(VM)).tags == TAGS[:1]


async def test_an_account_that_sees_no_tags_at_all_knows_nothing(
    world: World, vcenter: PyVmomiVCenter, caplog: pytest.LogCaptureFixture
) -> None:
    world.vcenter.hidden_tags = frozenset(TAGS)
    assert (await vcenter.machine(VM)).tags is None
    (told,) = warnings(caplog)
    assert "no category of tags can be seen" in told


async def test_a_session_that_vcenter_forgot_is_begun_again(world: World, vcenter: PyVmomiVCenter) -> None:
    assert (await vcenter.machine(VM)).tags == TAGS
    world.vcenter.expire_sessions()
    both = await asyncio.gather(vcenter.machine(VM), vcenter.machine(VM))
    assert [machine.tags for machine in both] == [TAGS, TAGS]
    assert asked(world).count("rest-login") == 2


async def test_a_connection_that_breaks_is_made_anew(world: World, vcenter: PyVmomiVCenter) -> None:
    machine = await cut_at(world, "tag:before", vcenter.machine(VM))
    assert isinstance(machine, Machine)
    assert machine.tags == TAGS


async def test_what_may_not_be_read_is_unknown_and_told_once(
    world: World, vcenter: PyVmomiVCenter, caplog: pytest.LogCaptureFixture
) -> None:
    world.vcenter.unreadable.add((VM, "tags"))
    for _ in range(2):
        machine = await vcenter.machine(VM)
        assert (machine.tags, machine.target.moid) == (None, VM)
    (told,) = warnings(caplog)
    assert "REST: HTTP 403" in told
    world.vcenter.unreadable.clear()
    assert (await vcenter.machine(VM)).tags == TAGS
    world.vcenter.unreadable.add((VM, "tags"))
    assert (await vcenter.machine(VM)).tags is None
    assert len(warnings(caplog)) == 2


async def test_an_api_that_hangs_holds_up_nothing_else(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.gates.close("list-attached-tags:before")
    async with reader(world, socket_seconds=3.0) as vcenter:
        machine, _ = await asyncio.gather(vcenter.machine(VM), vcenter.clock())
        assert (machine.tags, machine.target.moid) == (None, VM)
    (told,) = warnings(caplog)
    assert "vcenter-timeout" in told


async def test_a_refused_login_is_not_tried_again_at_once(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    passwords = [world.vcenter.password]

    def password() -> str:
        # SOAP gets the right one.
        return passwords.pop() if passwords else "of-yesterday"

    async with reader(world, password=password) as vcenter:
        for _ in range(2):
            assert (await vcenter.machine(VM)).tags is None
    assert asked(world) == ["rest-login"]
    (told,) = warnings(caplog)
    assert "vcenter-login" in told
    assert "of-yesterday" not in caplog.text


async def test_the_password_goes_to_nobody_but_the_pinned_one(world: World) -> None:
    endpoint, form = endpoint_of(world), form_for("8.0.3.0")
    assert form is not None

    def log_in(sha256: str) -> None:
        connect = connector(dataclasses.replace(endpoint, ca_file=None, pinned_sha256=sha256))
        with closing(RestSession(endpoint).talk(connect, form)) as talk:
            talk.ask("GET", f"{form.tagging}/tag/none")

    with pytest.raises(CertificateRefused):
        await asyncio.to_thread(log_in, "00" * 32)
    assert asked(world) == []
    with pytest.raises(VmdumpError) as caught:
        await asyncio.to_thread(log_in, world.vcenter.fingerprint)
    assert caught.value.params["fault"] == "REST: HTTP 404"
    assert asked(world) == ["rest-login", "tag"]


async def test_5_5_has_none_to_read(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    world = article_world(tmp_path)
    world.vm(VM).tags = TAGS
    async with world.serve(), reader(world) as vcenter:
        assert (await vcenter.machine(VM)).tags is None
    assert asked(world) == []
    (told,) = warnings(caplog)
    assert "from 6.0 on" in told
