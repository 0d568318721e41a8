"""What a site sets for Web Push: its key, its address, the services it posts to."""

from pathlib import Path

import pytest
from py_vapid import Vapid02

from data.errors import InputError, SetupError
from data.linkage import __main__ as command
from data.linkage.push_keys import make_key, public_key
from data.linkage.pushes import HOSTS, contact_of, read_pushes
from data.settings import read_settings


def test_the_key_is_made_once_and_by_hand(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "keys" / "push.pem"
    assert command.main(["keys", str(path)]) == 0
    assert public_key(path) in capsys.readouterr().out
    assert path.stat().st_mode & 0o777 == 0o600
    assert command.main(["keys", str(path)]) == 2
    assert "put the file away" in capsys.readouterr().err
    with pytest.raises(InputError):
        make_key(path)


def test_settings_that_cannot_push_are_named(tmp_path: Path) -> None:
    path = tmp_path / "push.pem"
    make_key(path)
    told = {"PUSH_KEY_FILE": str(path), "PUBLIC_URL": "https://grid.test"}
    found = read_pushes(read_settings(told), "Asia/Shanghai")
    assert found.are_on and found.public == public_key(path) and found.hosts == HOSTS
    assert read_pushes(read_settings({**told, "PUSH_HOSTS": "a.test b.test"}), "").hosts == (
        "a.test",
        "b.test",
    )
    assert not read_pushes(read_settings({}), "").are_on
    with pytest.raises(SetupError, match="PUBLIC_URL"):
        read_pushes(read_settings({**told, "PUBLIC_URL": ""}), "")
    with pytest.raises(SetupError, match="'dash'"):
        read_pushes(read_settings({**told, "PUBLIC_URL": "https://dash"}), "")
    with pytest.raises(SetupError, match="keys"):
        read_pushes(read_settings({**told, "PUSH_KEY_FILE": str(tmp_path / "gone")}), "")
    path.write_text("no key")
    with pytest.raises(SetupError, match="holds no key"):
        read_pushes(read_settings(told), "")


@pytest.mark.parametrize(
    "site", ["https://dash.city.gov.cn:8443", "https://10.1.2.3", "https://grid.test"]
)
def test_push_services_take_the_site_as_it_is_told(site: str, tmp_path: Path) -> None:
    make_key(tmp_path / "push.pem")
    claims = {"sub": contact_of(site), "aud": "https://fcm.googleapis.com"}
    assert Vapid02.from_file(tmp_path / "push.pem").sign(claims)
