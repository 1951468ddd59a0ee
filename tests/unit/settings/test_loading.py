from pathlib import Path

import pytest

from bot.settings.loading import load
from bot.settings.place import ConfigFaults
from tests.unit.settings.files import VALID, broken, faults, write


def test_a_valid_file_with_its_defaults(tmp_path: Path) -> None:
    settings = load([write(tmp_path, VALID)])
    assert settings.slack.mode == "socket"
    assert settings.vcenters[0].port == 443
    assert settings.hosts[0].ssh is not None
    assert settings.hosts[0].ssh.services == ("TSM-SSH",)
    assert settings.timeouts.longest == 60
    assert settings.watch.crash == 120
    assert settings.database.url == f"sqlite:///{tmp_path}/vmdump.db"


def test_guests_are_left_alone_unless_the_file_says_otherwise(tmp_path: Path) -> None:
    settings = load([write(tmp_path, VALID)])
    assert [rule.guest_login for rule in settings.guests] == [False]
    assert (settings.vcenters[0].sweep, settings.timeouts.guest) == (None, 10)


def test_how_guests_are_asked(tmp_path: Path) -> None:
    text = broken(VALID, "    username: svc", "    guest_login: true\n    username: svc")
    text = broken(text, "name: vc1", "name: vc1\n    sweep: 6h")
    settings = load([write(tmp_path, text + "timeouts: {guest: 2s500ms}\n")])
    assert [rule.guest_login for rule in settings.guests] == [True]
    assert (settings.vcenters[0].sweep, settings.timeouts.guest) == (6 * 3600, 2.5)
    # How long is waited for a guest has nothing to do with what may still land.
    assert settings.timeouts.longest == 60


def test_relative_paths_start_at_the_file_that_holds_them(tmp_path: Path) -> None:
    first = write(tmp_path, VALID, "a/vmdump.yaml")
    second = write(tmp_path, "record_dir: ../records\n", "b/site.yaml")
    settings = load([first, second])
    assert settings.vcenters[0].tls.ca_file == tmp_path / "a/certs/ca.pem"
    assert settings.vcenters[0].password.words == (str(tmp_path / "a/vc1.txt"),)
    assert settings.record_dir == tmp_path / "records"
    assert settings.rbac == tmp_path / "a/rbac.yaml"


def test_later_files_merge_mappings_and_replace_lists_and_scalars(tmp_path: Path) -> None:
    above = "slack: {api_url: 'http://127.0.0.1:8080/api'}\nhosts: []\nwatch: {poll: 50ms}\n"
    settings = load([write(tmp_path, VALID), write(tmp_path, above, "lab.yaml")])
    assert settings.slack.api_url == "http://127.0.0.1:8080/api/"
    assert settings.slack.team_id == "T024BE7LH"
    assert settings.hosts == ()
    assert settings.watch.poll == 0.05


def test_a_fault_names_the_file_that_the_value_came_from(tmp_path: Path) -> None:
    above = write(tmp_path, "slack:\n  mode: carrier pigeon\n", "site.yaml")
    below = write(tmp_path, broken(VALID, "T024BE7LH", "7"))
    assert faults(below, above) == [
        "vmdump.yaml:2:12: slack.team_id is a number; expected an id such as T024BE7LH",
        "site.yaml:2:9: slack.mode is not known; expected socket or http",
    ]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (b"", "1:1: the file is empty; expected a mapping of keys"),
        (b"# nothing\n", "1:1: the file is empty; expected a mapping of keys"),
        (b"- a\n", "1:1: the file is not a mapping; expected a mapping of keys"),
        (b"a: [\n", "2:1: is not YAML: expected the node content, but found '<stream end>'; expected YAML"),
        (b"a: b: c\n", "1:5: is not YAML: mapping values are not allowed here; expected YAML"),
        (b"a: 1\n---\nb: 1\n", "2:1: is not YAML: but found another document; expected YAML"),
        (b"a: 1\nb: \xff\n", "2:4: is not UTF-8 text; expected a YAML file"),
        (b"\x7fELF\x00", "1:1: an unprintable character; expected a YAML file"),
        (
            b"a: *nobody\n",
            "1:4: an alias (*) without its anchor; expected quotes around a text that begins with *",
        ),
        (b"a: &x [*x]\n", "1:4: unfolds into too much; expected fewer or shallower parts"),
    ],
)
def test_what_is_no_settings_file(tmp_path: Path, text: bytes, line: str) -> None:
    assert faults(write(tmp_path, text)) == [f"vmdump.yaml:{line}"]


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    assert faults(tmp_path / "none.yaml") == ["none.yaml:1:1: no such file; expected a YAML file"]
    assert faults(write(tmp_path, VALID), tmp_path) == [
        f"{tmp_path.name}:1:1: cannot be read (Is a directory); expected a YAML file"
    ]


def test_deep_and_unfolding_files_end_soon(tmp_path: Path) -> None:
    deep = write(tmp_path, "a: " + "[" * 10_000)
    assert "is nested too deeply" in faults(deep)[0]
    laughs = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 10)
    )
    assert "unfolds into too much" in faults(write(tmp_path, laughs))[0]
    assert "too large" in faults(write(tmp_path, "#" * (2 << 20)))[0]


FAULTS = [
    ("  team_id: T024BE7LH\n", "", "2:3: slack.team_id is missing; expected an id such as T024BE7LH"),
    (
        "name: vc1",
        "name: 1",
        "8:11: vcenters[0].name is a number; expected a name of letters, digits, dots, ",
    ),
    ("name: vc1", "name: on", "8:11: vcenters[0].name is true or false; expected a name of letters"),
    ("name: vc1", "name: 2024-01-01", "8:11: reads as a date; expected quotes if it is a text"),
    ("name: vc1", "name: !x y", "8:11: a tag (!) that is not known; expected quotes if it is a text"),
    ("name: vc1", "name:", "8:10: vcenters[0].name is empty; expected a name"),
    ("name: vc1", "name: vc1\n    name: vc2", "9:5: key 'name' again; expected it once, and line 8 has it"),
    (
        "name: vc1",
        "name: vc1\n    port: '443'",
        "9:11: vcenters[0].port is text; expected a port from 1 to 65535",
    ),
    ("name: vc1", "name: vc1\n    port: 0", "9:11: vcenters[0].port is too small; expected a port"),
    ("name: vc1", "name: vc1\n    port: true", "9:11: vcenters[0].port is true or false; expected a port"),
    (
        "name: vc1",
        "name: vc1\n    routes: [nmi]",
        "9:14: vcenters[0].routes[0] is not known; expected api, ssh or bundle",
    ),
    ("name: vc1", "name: vc1\n    1: 2", "9:5: a key that is not text; expected text, in quotes if need be"),
    (
        "{ca_file: certs/ca.pem}",
        "{}",
        "12:10: vcenters[0].tls has none of the ways to trust the server; expected",
    ),
    ("{ca_file: certs/ca.pem}", "{insecure: false}", "12:10: vcenters[0].tls has none of the ways"),
    ("{ca_file: certs/ca.pem}", "{ca_file: a, insecure: true}", "12:10: vcenters[0].tls has 2 of the ways"),
    (
        "{ca_file: certs/ca.pem}",
        "{pinned_sha256: ab}",
        "12:26: vcenters[0].tls.pinned_sha256 is not a SHA-256",
    ),
    (
        "password: env:ROOT, ",
        "",
        "15:10: hosts[0].ssh has neither of the ways to log in; expected exactly one",
    ),
    ("password: env:ROOT", "password: env:ROOT, key_file: k", "15:10: hosts[0].ssh has both of the ways"),
    (
        "password: env:ROOT",
        "password: env:ROOT, services: [TSM]",
        "15:10: hosts[0].ssh has services without TSM",
    ),
    (
        "password: env:ROOT",
        "password: env:ROOT, address: 10.0.0.1",
        "14:5: hosts[0] has ssh.address for several",
    ),
    (
        "guest: windows",
        "guest: beos",
        "17:20: guests[0].match.guest is not known; expected windows, linux or any",
    ),
    (
        "username: svc",
        "username: svc\n    guest_login: maybe",
        "19:18: guests[0].guest_login is text; expected true or false",
    ),
    ("name: vc1", "name: vc1\n    sweep: 59s", "9:12: vcenters[0].sweep is too small; expected a duration"),
    ("name: vc1", "name: vc1\n    sweep: 31d", "9:12: vcenters[0].sweep is too large; expected a duration"),
    (
        "name: vc1",
        "name: vc1\n    sweep: 6",
        "9:12: vcenters[0].sweep is not a duration; expected a duration",
    ),
    ("name: vc1", "name: vc1\n    sweep: on", "9:12: vcenters[0].sweep is "),
    ("slack:", "timeouts: {guest: 0s}\nslack:", "1:19: timeouts.guest is too small; expected a duration"),
    ("slack:", "timeouts: {guest: 11m}\nslack:", "1:19: timeouts.guest is too large; expected a duration"),
    (
        "slack:",
        "watch: {crash: 30}\nslack:",
        "1:16: watch.crash is not a duration; expected a duration such as",
    ),
    ("slack:", "watch: {poll: 5d}\nslack:", "1:15: watch.poll is too large; expected a duration such as"),
    ("slack:", "language: fr\nslack:", "1:11: language is not known; expected en, the only language so far"),
    (
        "slack:",
        "slack:\n  mod: http",
        "2:3: unknown key 'mod' in slack; did you mean 'mode'? expected one of",
    ),
    ("slack:", "mail: 1\nslack:", "1:1: unknown key 'mail'; expected one of slack, database"),
    ("slack:", '"a\\nb": 1\nslack:', "1:1: unknown key 'a\\nb'; expected one of slack"),
    ("  app_token: env:APP\n", "", "2:3: slack has mode socket without app_token; expected app_token"),
    (
        "slack:",
        "slack:\n  mode: http",
        "2:3: slack has mode http without its keys; expected signing_secret and",
    ),
    (
        "slack:",
        "slack:\n  listen: '3000'",
        "2:11: slack.listen is not an address with a port; expected host:port",
    ),
    (
        "slack:",
        "slack:\n  api_url: http://slack.com/",
        "2:12: slack.api_url leads elsewhere, and the bot's token",
    ),
    ("slack:", "slack:\n  api_url: https://evil.example/", "2:12: slack.api_url leads elsewhere"),
    (
        "slack:",
        "slack:\n  api_url: https://slack.com@evil.example/",
        "2:12: slack.api_url is not a plain URL",
    ),
    ("slack:", "slack:\n  api_url: https://notslack.com/", "2:12: slack.api_url leads elsewhere"),
    ("sqlite:vmdump.db", "mysql://h/d", "6:11: database is not the URL of a database; expected sqlite:///"),
    (
        "sqlite:vmdump.db",
        "postgresql://u:S3CRET@h/d",
        "6:11: database has a password in it; expected the URL",
    ),
    ("sqlite:vmdump.db", "postgresql://h/d?password=S3CRET", "6:11: database has a password in it"),
    (
        "sqlite:vmdump.db",
        "sqlite:x\ndatabase_password: env:X",
        "1:1: database_password goes with a postgresql",
    ),
    (
        "env:BOT",
        "xoxb-S3CRET",
        "4:14: slack.bot_token is not a reference; a secret itself does not belong here;",
    ),
    ("env:BOT", "exec:S3CRET", "4:14: slack.bot_token is an exec reference as text; expected a mapping"),
    ("env:BOT", "{S3CRET: 1}", "4:14: slack.bot_token is not a reference to a secret; expected env:NAME"),
    ("env:BOT", "[S3CRET]", "4:14: slack.bot_token is not a reference to a secret; expected env:NAME"),
    ("env:BOT", "{exec: []}", "4:14: slack.bot_token is not a reference to a secret; expected env:NAME"),
    ("env:BOT", "{exec: [a, 1]}", "4:14: slack.bot_token has an exec argument that is not text; expected"),
    (
        "env:BOT",
        "{exec: [a, '{S3CRET}', '{nope}']}",
        "4:14: slack.bot_token has a placeholder that is not known",
    ),
    ("env:BOT", "*S3CRET", "4:14: an alias (*) without its anchor; expected quotes"),
    ("env:BOT", "!S3CRET x", "4:14: a tag (!) that is not known; expected quotes if it is a text"),
    ("env:BOT", "!S3!CRET x", "4:14: is not YAML: found undefined tag handle …; expected YAML"),
]


@pytest.mark.parametrize(("old", "new", "line"), FAULTS)
def test_each_mistake_is_one_line_that_repeats_no_value(
    tmp_path: Path, old: str, new: str, line: str
) -> None:
    found = faults(write(tmp_path, broken(VALID, old, new)))
    assert len(found) == 1
    assert found[0].startswith(f"vmdump.yaml:{line}")
    assert "expected" in found[0]
    assert "S3CRET" not in found[0]
    assert "\n" not in found[0]


def test_all_faults_come_at_once_in_the_order_of_the_file(tmp_path: Path) -> None:
    text = broken(VALID, "name: vc1", "name: [vc1]")
    text = broken(text, "database: sqlite:vmdump.db", "database: x\ndatabase: y")
    text = broken(text, "team_id: T024BE7LH", "team_idd: T024BE7LH")
    path = write(tmp_path, text)
    assert [line.split(": ")[0] for line in faults(path)] == [
        "vmdump.yaml:2:3",
        "vmdump.yaml:2:3",
        "vmdump.yaml:7:1",
        "vmdump.yaml:7:11",
        "vmdump.yaml:9:11",
    ]


def test_the_error_keeps_the_values_out_of_its_whole_chain(tmp_path: Path) -> None:
    path = write(tmp_path, broken(VALID, "env:BOT", "xoxb-S3CRET"))
    with pytest.raises(ConfigFaults) as caught:
        load([path])
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None
    assert "S3CRET" not in repr(caught.value.params)


def test_anchors_and_merge_keys_work(tmp_path: Path) -> None:
    text = VALID + "timeouts: &t\n  ssh: 5s\n  call: 6s\n"
    settings = load(
        [write(tmp_path, text.replace("timeouts: &t", "timeouts:\n  <<: {ssh: 1s, connect: 3s}"))]
    )
    assert (settings.timeouts.ssh, settings.timeouts.connect, settings.timeouts.call) == (5, 3, 6)


def test_a_byte_order_mark_is_no_fault(tmp_path: Path) -> None:
    assert load([write(tmp_path, b"\xef\xbb\xbf" + VALID.encode())]).slack.app_id == "A012ABCD0A0"


@pytest.mark.parametrize(
    ("value", "url"),
    [
        ("sqlite:///var/lib/x.db", "sqlite:////var/lib/x.db"),
        ("sqlite:////var/lib/x.db", "sqlite:////var/lib/x.db"),
        ("postgresql://u@h:5432/d", "postgresql://u@h:5432/d"),
    ],
)
def test_databases(tmp_path: Path, value: str, url: str) -> None:
    assert load([write(tmp_path, broken(VALID, "sqlite:vmdump.db", value))]).database.url == url
