"""What of a real guest needs no QEMU: what it is made of, and how it is spoken to."""

import asyncio
import json
import os
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from bot.lab.qemu.agent import Agent
from bot.lab.qemu.cpio import Member, archive
from bot.lab.qemu.error import RealGuestError
from bot.lab.qemu.needs import find_needs
from bot.lab.qemu.wire import Refused, Silent, Wire

Answer = Callable[[dict[str, Any]], list[bytes]]
"""the lines that the other side says to a command"""


@asynccontextmanager
async def wired(answer: Answer) -> AsyncIterator[Wire]:
    ours, theirs = socket.socketpair()
    reader, writer = await asyncio.open_unix_connection(sock=theirs)

    async def other_side() -> None:
        while line := await reader.readline():
            writer.writelines(answer(json.loads(line)))

    wire = await Wire.over(ours, "the other side")
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(wire.listen())
        tasks.create_task(other_side())
        yield wire
        writer.close()
        wire.close()


def said(**what: Any) -> bytes:
    return json.dumps(what).encode() + b"\n"


async def test_answers_find_their_questions_among_everything_else_that_is_said() -> None:
    heard: list[str] = []

    def answer(asked: dict[str, Any]) -> list[bytes]:
        return [
            b'"return": {"half": "a line of before"}}\n',
            said(QMP={}),
            said(event="RESET", data={}),
            said(**{"return": "of another question", "id": 77}),
            said(**{"return": asked["arguments"], "id": asked["id"]}),
        ]

    async with wired(answer) as wire:
        wire.on_event = heard.append
        assert await wire.ask("first", number=1) == {"number": 1}
        both = await asyncio.gather(wire.ask("second", number=2), wire.ask("third", number=3))
        assert list(both) == [{"number": 2}, {"number": 3}]
    assert heard == ["RESET"] * 3


async def test_a_refusal_says_why() -> None:
    def answer(asked: dict[str, Any]) -> list[bytes]:
        return [said(error={"class": "GenericError", "desc": "no such thing"}, id=asked["id"])]

    async with wired(answer) as wire:
        with pytest.raises(Refused, match="the other side refuses look: no such thing"):
            await wire.ask("look")


async def test_who_does_not_answer_is_waited_for_so_long_and_not_longer() -> None:
    async with wired(lambda _: []) as wire:
        with pytest.raises(Silent, match="the other side does not answer to look"):
            await wire.ask("look", within=0.05)
        with pytest.raises(TimeoutError):
            await Agent(wire).answers(0.05)


async def test_an_agent_that_comes_late_is_asked_again() -> None:
    asked: list[str] = []

    def answer(said_to: dict[str, Any]) -> list[bytes]:
        asked.append(said_to["execute"])
        return [said(**{"return": {}, "id": said_to["id"]})] if len(asked) > 1 else []

    async with wired(answer) as wire:
        await Agent(wire).answers(30.0)
    assert asked == ["guest-ping"] * 2


def test_all_packages_that_are_missing_are_named_at_once(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    busybox = tmp_path / "bin/busybox"
    busybox.write_bytes(b"\x7fELF of the package that is not static: /lib64/ld-linux-x86-64.so.2")
    busybox.chmod(0o755)
    with pytest.raises(RealGuestError) as caught:
        find_needs(tmp_path)
    assert str(caught.value) == (
        "A real guest is made of Debian's packages; install what is missing: "
        "busybox-static e2fsprogs kexec-tools linux-image-cloud-amd64 makedumpfile "
        "qemu-guest-agent qemu-system-x86 util-linux"
    )


def test_what_is_there_is_found_where_it_is(tmp_path: Path) -> None:
    release = "6.1.0-1-cloud-amd64"
    drivers = tmp_path / f"lib/modules/{release}/kernel/drivers"
    modules = ["block/virtio_blk.ko", "virtio/virtio.ko.xz", "virtio/virtio_ring.ko", "virtio/virtio_mem.ko"]
    programs = ["qemu-system-x86_64", "mke2fs", "setpriv", "kexec", "vmcore-dmesg", "makedumpfile", "qemu-ga"]
    files = [drivers / each for each in modules] + [tmp_path / "usr/sbin" / each for each in programs]
    for file in [*files, tmp_path / "bin/busybox", tmp_path / f"boot/vmlinuz-{release}"]:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"\x7fELF")
        file.chmod(0o755)
    older = tmp_path / "boot/vmlinuz-6.1.0-0-cloud-amd64"
    older.write_bytes(b"")
    os.utime(older, (0, 0))
    found = find_needs(tmp_path)
    assert found.kernel.name == f"vmlinuz-{release}"
    assert [path.name for path in found.modules] == ["virtio_ring.ko", "virtio.ko.xz", "virtio_blk.ko"]
    assert found.in_guest["qemu-ga"] == tmp_path / "usr/sbin/qemu-ga"


def test_an_archive_has_every_name_and_every_part_begins_at_a_multiple_of_four() -> None:
    packed = archive([Member("bin"), Member("bin/tool", b"12345")])
    at, found = 0, {}
    while packed[at:]:
        assert packed[at : at + 6] == b"070701"
        fields = [int(packed[at + 6 + 8 * i : at + 14 + 8 * i], 16) for i in range(13)]
        mode, size, name_size = fields[1], fields[6], fields[11]
        name = packed[at + 110 : at + 110 + name_size - 1].decode()
        data_at = at + (110 + name_size + 3) // 4 * 4
        found[name] = (oct(mode), packed[data_at : data_at + size])
        at = data_at + (size + 3) // 4 * 4
    assert found == {
        "bin": ("0o40755", b""),
        "bin/tool": ("0o100755", b"12345"),
        "TRAILER!!!": ("0o0", b""),
    }
