"""What a machine's screen shows, as a PNG."""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from io import BytesIO

from PIL import Image, ImageDraw, ImageFont

from bot.lab.guest import State
from bot.lab.guest_file import Family
from bot.lab.vm import Vm

SIZE = (1024, 768)
_TEXT = (160, 300)
_BLUE = "#1272B8"
_TEAL = "#00557F"


@dataclass(frozen=True)
class Scene:
    """All that the picture depends on."""

    family: Family
    state: State
    host_name: str
    percent: int
    system: str = ""


def scene_of(vm: Vm, at: datetime) -> Scene:
    """What is to be seen on the machine's console at that moment."""
    guest = vm.guest
    return Scene(guest.family, guest.state, guest.host_name, int(guest.dump_progress(at) * 100), guest.system)


@lru_cache(maxsize=8)
def draw(scene: Scene) -> bytes:
    """The picture as a PNG. Takes some milliseconds: call it off the event loop."""
    image = Image.new("RGB", SIZE, "black")
    draw_on = ImageDraw.Draw(image)
    if scene.state in {"crashed", "dumping"}:
        (_panic if scene.family == "linux" else _blue_screen)(draw_on, scene)
    elif scene.state == "rebooting":
        _boot_logo(draw_on, scene)
    elif scene.state == "running":
        _login(draw_on, scene)
    data = BytesIO()
    image.save(data, "PNG")
    return data.getvalue()


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)


def _blue_screen(draw_on: ImageDraw.ImageDraw, scene: Scene) -> None:
    left, top = _TEXT
    draw_on.rectangle((0, 0, *SIZE), fill=_BLUE)
    draw_on.text((left, top - 180), ":(", font=_font(120), fill="white")
    draw_on.text(
        (left, top),
        "Your PC ran into a problem and needs to restart. We're just\n"
        "collecting some error info, and then we'll restart for you.",
        font=_font(26),
        fill="white",
        spacing=12,
    )
    draw_on.text((left, top + 110), f"Collecting error info {scene.percent}%", font=_font(26), fill="white")
    draw_on.text(
        (left, top + 200),
        "If you'd like to know more, you can search online later for this error: NMI_HARDWARE_FAILURE",
        font=_font(15),
        fill="white",
    )


def _panic(draw_on: ImageDraw.ImageDraw, scene: Scene) -> None:
    text = (
        "Uhhuh. NMI received for unknown reason 21 on CPU 0.\nKernel panic - not syncing: NMI: Not continuing"
    )
    if scene.state == "dumping":
        text = f"kdump: saving vmcore\nCopying data : [{scene.percent:3} %]"
    draw_on.multiline_text((20, 20), text, font=_font(16), fill="white")


def _boot_logo(draw_on: ImageDraw.ImageDraw, scene: Scene) -> None:
    if scene.family == "linux":
        draw_on.text((20, 20), "Loading initial ramdisk ...", font=_font(16), fill="white")
        return
    middle, top, pane = SIZE[0] // 2, 220, 74
    for column in (0, 1):
        for row in (0, 1):
            corner = (middle - pane - 3 + column * (pane + 6), top + row * (pane + 6))
            draw_on.rectangle((*corner, corner[0] + pane, corner[1] + pane), fill="#00ADEF")
    for dot in range(6):
        draw_on.ellipse((middle - 45 + dot * 16, 560, middle - 39 + dot * 16, 566), fill="white")


def _login(draw_on: ImageDraw.ImageDraw, scene: Scene) -> None:
    if scene.family == "linux":
        text = f"{scene.system}\n\n{scene.host_name} login: _"
        draw_on.multiline_text((20, 20), text, font=_font(18), fill="white")
        return
    draw_on.rectangle((0, 0, *SIZE), fill=_TEAL)
    draw_on.text((300, 330), "Press Ctrl+Alt+Delete to sign in.", font=_font(28), fill="white")
    draw_on.text((70, 640), scene.host_name, font=_font(22), fill="white")
    draw_on.text((70, 690), scene.system, font=_font(22), fill="white")
