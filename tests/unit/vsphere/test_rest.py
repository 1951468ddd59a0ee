"""In which of its forms a vCenter is asked over REST."""

import pytest

from bot.vsphere.rest import form_for


@pytest.mark.parametrize(
    ("api_version", "session"),
    [
        ("5.5", None),
        ("6.0", "/rest/com/vmware/cis/session"),
        ("6.7.3", "/rest/com/vmware/cis/session"),
        ("7.0.1.0", "/rest/com/vmware/cis/session"),
        ("7.0.2.0", "/api/session"),
        ("9.0.0.0", "/api/session"),
        ("10.0", "/api/session"),
    ],
)
def test_it_goes_by_the_version(api_version: str, session: str | None) -> None:
    form = form_for(api_version)
    assert (None if form is None else form.session) == session
