"""Emoji names and their signs."""

import re

SIGNS = {
    "white_check_mark": "✅",
    "heavy_check_mark": "✔️",
    "x": "❌",
    "warning": "⚠️",
    "rotating_light": "🚨",
    "question": "❓",
    "grey_question": "❔",
    "exclamation": "❗",
    "large_blue_square": "🟦",
    "large_blue_circle": "🔵",
    "large_green_circle": "🟢",
    "large_yellow_circle": "🟡",
    "large_orange_circle": "🟠",
    "red_circle": "🔴",
    "white_circle": "⚪",
    "black_square_for_stop": "⏹️",
    "no_entry": "⛔",
    "no_entry_sign": "🚫",
    "octagonal_sign": "🛑",
    "information_source": "ℹ️",  # noqa: RUF001 - the emoji is the letter
    "hourglass": "⌛",
    "hourglass_flowing_sand": "⏳",
    "clock3": "🕒",
    "stopwatch": "⏱️",
    "eyes": "👀",
    "lock": "🔒",
    "unlock": "🔓",
    "key": "🔑",
    "hammer_and_wrench": "🛠️",
    "wrench": "🔧",
    "floppy_disk": "💾",
    "package": "📦",
    "camera": "📷",
    "page_facing_up": "📄",
    "memo": "📝",
    "link": "🔗",
    "zap": "⚡",
    "boom": "💥",
    "recycle": "♻️",
    "arrows_counterclockwise": "🔄",
    "leftwards_arrow_with_hook": "↩️",
    "arrow_right": "➡️",
    "bell": "🔔",
    "fire": "🔥",
    "tada": "🎉",
    "test_tube": "🧪",
    "computer": "💻",
    "bust_in_silhouette": "👤",
    "+1": "👍",
    "thumbsup": "👍",
    "-1": "👎",
    "thumbsdown": "👎",
}
"""The names that a dump's thread is likely to use; any other stays a name between colons."""

_TONES = {"2": "🏻", "3": "🏼", "4": "🏽", "5": "🏾", "6": "🏿"}
_NAME = re.compile(r":([a-z0-9_+\-]+)(?:::skin-tone-([2-6]))?:")


def with_signs(text: str) -> str:
    """The text with `:name:` replaced by its sign, skin tone included."""

    def sign(found: re.Match[str]) -> str:
        known = SIGNS.get(found[1])
        return found[0] if known is None else known + _TONES.get(found[2] or "", "")

    return _NAME.sub(sign, text)
