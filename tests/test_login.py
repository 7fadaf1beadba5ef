"""Who may read: everybody, whom a reverse proxy names, or who gives a password; for pages, feeds and tables alike."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import re
import subprocess
import sys
import urllib.error
import urllib.request
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from newsroom_archive import EDITED, build

from archive.schema import ArchiveError
from archive.serve import METADATA, application

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Serve = Callable[[dict[str, Any]], Any]

GUARDED = (
    "/",
    f"/article/{EDITED}",
    f"/article/{EDITED}/history",
    "/search.csv",
    "/search.json",
    "/capture/1",
    "/capture/1/text",
    "/capture/1/bytes",
    "/changes",
    "/changes.atom",
    "/vanished.atom",
    "/sources",
    "/archive",
    "/archive/articles",
    "/archive/articles.csv?_stream=on",
    f"/archive/articles/{EDITED}.json",
    "/archive.json?sql=select+1",
    "/archive/latest",
)
needs_passwords = pytest.mark.skipif(
    find_spec("datasette_auth_passwords") is None,
    reason="NO PASSWORD PLUGIN: install what requirements.lock names (datasette-auth-passwords)",
)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("login"))


@pytest.fixture
def serve(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Serve:
    """Serve as `baotinh serve` does, with more settings in metadata.yml."""

    def made(more: dict[str, Any]) -> Any:
        file = tmp_path / "metadata.yml"
        described = yaml.safe_load(METADATA[0].read_text(encoding="utf-8"))
        file.write_text(yaml.safe_dump({**described, **more}, allow_unicode=True), encoding="utf-8")
        monkeypatch.setattr("archive.serve.METADATA", (file,))
        return application(data)

    return made


def ask(datasette: Any, path: str, **options: Any) -> Any:
    return asyncio.run(datasette.client.get(path, **options))


def password_hash(password: str) -> str:
    """Hash as `datasette hash-password` does, with fewer rounds."""
    salt, rounds = "0123456789abcdef", 1_000
    digest = hashlib.pbkdf2_hmac("sha256", password.encode(), salt.encode(), rounds)
    return f"pbkdf2_sha256${rounds}${salt}${base64.b64encode(digest).decode()}"


PASSWORDS = {
    "plugins": {"datasette-auth-passwords": {"an_password_hash": password_hash("mật khẩu của An")}},
    "allow": {"id": "an"},
}


def test_without_settings_everybody_reads_and_nobody_signs_in(serve: Serve) -> None:
    open_ = serve({})
    assert {path: ask(open_, path).status_code for path in GUARDED} == dict.fromkeys(GUARDED, 200)
    assert ask(open_, "/-/login").status_code == 404
    assert "/-/login" not in ask(open_, "/archive").text


def test_a_reverse_proxy_names_the_reader(serve: Serve) -> None:
    behind = serve({"plugins": {"baotinh": {"login_header": "X-Remote-User"}}})
    for path in GUARDED:
        assert ask(behind, path).status_code == 403, path
        assert ask(behind, path, headers={"X-Remote-User": " "}).status_code == 403, path
        assert ask(behind, path, headers={"X-Remote-User": "an"}).status_code == 200, path


def test_the_header_counts_only_from_the_proxy(serve: Serve) -> None:
    elsewhere = serve({"plugins": {"baotinh": {"login_header": "X-Remote-User", "login_from": ["10.0.0.1"]}}})
    assert ask(elsewhere, "/", headers={"X-Remote-User": "an"}).status_code == 403


BEHIND = """
import sys
from pathlib import Path
import archive.serve as serving
serving.METADATA = (Path(sys.argv[2]),)
serving.serve(Path(sys.argv[1]), host="127.0.0.1", port=0, announce=lambda url: print(url, flush=True))
"""


def test_a_proxy_that_names_the_browser_s_address_is_still_the_proxy(data: Path, serve: Serve, tmp_path: Path) -> None:
    serve({"plugins": {"baotinh": {"login_header": "X-Remote-User"}}})
    command = [sys.executable, "-c", BEHIND, str(data), str(tmp_path / "metadata.yml")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        url = process.stdout.readline().strip()
        forwarded = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https", "Host": "archive.example"}
        try:
            with pytest.raises(urllib.error.HTTPError, match="403"):
                urllib.request.urlopen(urllib.request.Request(url, headers=forwarded), timeout=300)
            named = urllib.request.Request(f"{url}search.atom", headers={**forwarded, "X-Remote-User": "an"})
            with urllib.request.urlopen(named, timeout=300) as response:
                assert "https://archive.example/article/" in response.read().decode()
        finally:
            process.kill()


@needs_passwords
def test_a_password_opens_everything_and_nothing_opens_without(serve: Serve) -> None:
    closed = serve(PASSWORDS)
    for path in GUARDED:
        assert ask(closed, path).status_code == 403, path
    assert 'href="/-/login"' in ask(closed, "/").text
    refused = sign_in(closed, "mật khẩu khác")
    assert "ds_actor" not in refused.cookies
    assert "Invalid username or password" in refused.text
    signed = sign_in(closed, "mật khẩu của An")
    assert (signed.status_code, signed.headers["location"]) == (302, "/")
    cookies = {"ds_actor": signed.cookies["ds_actor"]}
    for path in GUARDED:
        assert ask(closed, path, cookies=cookies).status_code == 200, path
    assert 'href="/-/logout"' in ask(closed, "/", cookies=cookies).text
    forged = cookies["ds_actor"].partition(".")[0] + ".forged"
    assert ask(closed, "/", cookies={"ds_actor": forged}).status_code == 403


def sign_in(datasette: Any, password: str) -> Any:
    """Send the form of `/-/login` as a browser does."""
    form = ask(datasette, "/-/login")
    assert form.status_code == 200
    assert "form-action 'self'" in form.headers["content-security-policy"]
    token = re.search(r'name="csrftoken" value="([^"]+)"', form.text)
    assert token
    cookies = {"ds_csrftoken": form.cookies["ds_csrftoken"]}
    fields = {"username": "an", "password": password, "csrftoken": token[1]}
    return asyncio.run(datasette.client.post("/-/login", data=fields, cookies=cookies))


@needs_passwords
def test_a_form_from_elsewhere_signs_nobody_in(serve: Serve) -> None:
    closed = serve(PASSWORDS)
    fields = {"username": "an", "password": "mật khẩu của An"}
    cookies = {"ds_csrftoken": ask(closed, "/-/login").cookies["ds_csrftoken"]}
    assert asyncio.run(closed.client.post("/-/login", data=fields, cookies=cookies)).status_code == 403


@needs_passwords
def test_nobody_hashes_on_this_server_or_reads_its_settings(serve: Serve) -> None:
    closed = serve(PASSWORDS)
    for path in ("/-/password-tool", "/-/metadata.json", "/-/metadata"):
        response = ask(closed, path)
        assert response.status_code == 404
        assert "pbkdf2" not in response.text


@needs_passwords
def test_a_session_outlives_a_restart_with_a_secret(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATASETTE_SECRET", "kept outside of the archive")
    cookies = {"ds_actor": sign_in(serve(PASSWORDS), "mật khẩu của An").cookies["ds_actor"]}
    assert ask(serve(PASSWORDS), "/", cookies=cookies).status_code == 200


def test_passwords_without_the_plugin_are_said_in_one_line(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    serve({})  # takes the plugin out, where it is installed

    def missing(name: str) -> None:
        raise ModuleNotFoundError(name)

    monkeypatch.setattr("archive.web.login.import_module", missing)
    with pytest.raises(ArchiveError, match="install datasette-auth-passwords"):
        serve(PASSWORDS)
