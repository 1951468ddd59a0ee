"""Gates hold a call, let it go on, or have it forgotten."""

import asyncio

import pytest

from bot.lab.gates import Dropped, Gates


async def test_an_open_gate_holds_nobody() -> None:
    await Gates().passing("vmdumper:before")


async def test_a_closed_gate_holds_until_it_is_opened() -> None:
    gates = Gates()
    gates.close("vmdumper:before")
    call = asyncio.create_task(gates.passing("vmdumper:before"))
    await gates.reached("vmdumper:before")
    assert not call.done()
    gates.open("vmdumper:before")
    await call
    await gates.passing("vmdumper:before")


async def test_a_dropped_call_is_forgotten_and_the_next_one_passes() -> None:
    gates = Gates()
    gates.close("x")
    call = asyncio.create_task(gates.passing("x"))
    await gates.reached("x")
    gates.open("x", drop=True)
    with pytest.raises(Dropped):
        await call
    await gates.passing("x")


async def test_a_gate_can_be_closed_again() -> None:
    gates = Gates()
    gates.close("x")
    gates.open("x")
    gates.close("x")
    call = asyncio.create_task(gates.passing("x"))
    await gates.reached("x")
    assert not call.done()
    gates.abandon()
    with pytest.raises(Dropped):
        await call


async def test_waiting_at_a_gate_that_was_never_closed_is_an_error() -> None:
    with pytest.raises(KeyError):
        await Gates().reached("nobody")
