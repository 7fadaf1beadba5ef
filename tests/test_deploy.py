"""What deploy/ holds, checked as far as a machine without cron, systemd or Docker can: syntax, commands, rights."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from crawler.cli import main

ROOT = Path(__file__).resolve().parent.parent
DEPLOY = ROOT / "deploy"
TIMED = ("crawl", "backup", "verify", "health")
SERVICES = tuple(f"baotinh-{name}.service" for name in (*TIMED, "serve"))
UNITS = (*SERVICES, *(f"baotinh-{name}.timer" for name in TIMED))
INSTALLED = "/opt/baotinh/.venv/bin/baotinh"


def text(name: str) -> str:
    return (DEPLOY / name).read_text(encoding="utf-8")


def check_command(words: list[str]) -> None:
    """Let the real command parse its words, without running it; fails on an unknown command or option."""
    name, *arguments = words
    command = main.commands[name]
    command.make_context(name, arguments, parent=click.Context(main))


def baotinh_calls(shell: str) -> list[list[str]]:
    """The words of each call of baotinh in a line of shell."""
    calls = re.findall(r"\bbaotinh ((?!\()[a-z-]+[^;|>)]*)", shell)
    return [shlex.split(re.sub(r"\s\d$", "", call)) for call in calls]


def fields_of(range_text: str, low: int, high: int) -> set[int]:
    """The values of one field of a crontab line; fails on one that cron would refuse."""
    values: set[int] = set()
    for part in range_text.split(","):
        match = re.fullmatch(r"(\*|\d+(?:-\d+)?)(?:/(\d+))?", part)
        assert match, part
        first, last = (low, high) if match[1] == "*" else (int(match[1].split("-")[0]), int(match[1].split("-")[-1]))
        assert low <= first <= last <= high, part
        values.update(range(first, last + 1, int(match[2] or 1)))
    return values


def crontab() -> tuple[dict[str, str], list[tuple[list[set[int]], str]]]:
    """The variables and jobs of deploy/crontab."""
    variables, jobs = {}, []
    for line in text("crontab").splitlines():
        if not line or line.startswith("#"):
            continue
        if match := re.fullmatch(r"([A-Z_]+)=(.*)", line):
            variables[match[1]] = match[2]
            continue
        *times, command = line.split(maxsplit=5)
        limits = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))
        jobs.append(([fields_of(field, *limit) for field, limit in zip(times, limits, strict=True)], command))
    return variables, jobs


def test_the_crontab() -> None:
    variables, jobs = crontab()
    assert text("crontab").endswith("\n")  # cron ignores a last line without an end
    assert {"BAOTINH_CONTACT", "BAOTINH_DATA", "PATH", "MAILTO"} <= set(variables)
    (crawl_times, crawl), *others = jobs
    assert crawl_times[0] == {0, 20, 40}
    assert all(len(times) == 1 for other, _ in others for times in other[:2])
    assert [baotinh_calls(command)[0][0] for _, command in others] == ["health", "backup", "verify"]
    for _, command in jobs:
        assert not re.search(r"(?<!\\)%", command)  # cron makes a line feed of it
        shell = command.replace("\\%", "%")
        assert subprocess.run(["bash", "-n", "-c", shell], check=False).returncode == 0
        (words,) = baotinh_calls(shell)
        check_command(words)
    assert "timeout --kill-after=60 80m" in crawl
    assert "RANDOM" in crawl


def unit(name: str) -> dict[str, list[str]]:
    """The directives of a unit file: all values of each name."""
    directives: dict[str, list[str]] = {}
    for line in text(name).splitlines():
        if line and line[0] not in "#[":
            key, _, value = line.partition("=")
            directives.setdefault(key, []).append(value)
    return directives


@pytest.mark.parametrize("name", UNITS)
def test_a_unit_is_well_formed(name: str) -> None:
    for line in text(name).splitlines():
        assert re.fullmatch(r"|#.*|\[(Unit|Service|Timer|Install)\]|[A-Z][A-Za-z]*=.*", line), line


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_runs_the_real_command_with_few_rights(name: str) -> None:
    service = unit(name)
    for call in service["ExecStart"] + service.get("ExecStartPre", []):
        path, *words = shlex.split(call)
        assert path == INSTALLED
        check_command(words)
    assert service["User"] == ["baotinh"]
    assert service["CapabilityBoundingSet"] == [""]
    assert service["ProtectSystem"] == ["strict"]
    assert service["NoNewPrivileges"] == ["yes"]


@pytest.mark.parametrize("name", TIMED)
def test_a_timer(name: str) -> None:
    timer = unit(f"baotinh-{name}.timer")
    assert timer["Persistent"] == ["true"]
    assert timer["RandomizedDelaySec"]


def test_systemd_accepts_the_units(tmp_path: Path) -> None:
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("systemd-analyze is not installed: the units were not verified")
    for name in UNITS:
        (tmp_path / name).write_text(text(name).replace(INSTALLED, sys.executable), encoding="utf-8")
    units = [str(tmp_path / name) for name in UNITS]
    done = subprocess.run([analyze, "verify", *units], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    for name in TIMED:
        calendar = unit(f"baotinh-{name}.timer")["OnCalendar"][0]
        assert subprocess.run([analyze, "calendar", calendar], capture_output=True, check=False).returncode == 0
    for name in SERVICES:
        exposure = [analyze, "security", "--offline=true", "--threshold=20", str(tmp_path / name)]
        done = subprocess.run(exposure, capture_output=True, text=True, check=False)
        if "unrecognized option" in done.stderr:
            pytest.skip("this systemd-analyze is too old for security --offline: exposure was not measured")
        assert done.returncode == 0, done.stdout[-300:]


def test_the_environment_file() -> None:
    lines = [line for line in text("baotinh.env").splitlines() if not line.startswith("#")]
    settings = (ROOT / "crawler" / "settings.py").read_text(encoding="utf-8")
    assert all(f'"{line.partition("=")[0]}"' in settings for line in lines)


def test_logrotate_rotates_what_cron_writes() -> None:
    body = re.search(r"(\S+) \{\n(.*)\n\}", text("logrotate"), re.DOTALL)
    assert body
    written = re.findall(r">>(\S+)", text("crontab"))
    assert written
    assert all(fnmatch(path, body[1]) for path in written)
    assert {line.split()[0] for line in body[2].splitlines()} >= {"su", "create", "maxsize", "rotate", "missingok"}


def instructions() -> list[tuple[str, str]]:
    """The instructions of the Dockerfile, continued lines joined."""
    lines = [line for line in text("Dockerfile").splitlines() if not line.lstrip().startswith("#")]
    joined = re.sub(r"\\\n", " ", "\n".join(lines))
    return [(line.split(maxsplit=1)[0], line.split(maxsplit=1)[1]) for line in joined.splitlines() if line.strip()]


def ignored(path: str) -> bool:
    """Whether the builder does not get this file of the project: the last pattern that fits decides."""
    result = False
    for pattern in text("Dockerfile.dockerignore").splitlines():
        if not pattern or pattern.startswith("#"):
            continue
        bare = pattern.lstrip("!").removeprefix("**/")
        if fnmatch(path, bare) or path.startswith(f"{bare}/") or (pattern.startswith("**/") and f"/{bare}" in path):
            result = not pattern.startswith("!")
    return result


def test_the_dockerfile() -> None:
    found = instructions()
    names = [name for name, _ in found]
    known = {"FROM", "WORKDIR", "COPY", "RUN", "ENV", "VOLUME", "USER", "EXPOSE", "ENTRYPOINT", "CMD"}
    assert set(names) <= known  # no ADD: it fetches and unpacks
    assert not re.search(r"curl|wget|https?://", text("Dockerfile"))
    final = found[len(names) - 1 - names[::-1].index("FROM") :]
    stage = dict(final)
    assert int(stage["USER"].split(":")[0]) >= 10_000
    (entry,) = json.loads(stage["ENTRYPOINT"])
    assert entry == "/opt/baotinh/bin/baotinh"
    assert 'baotinh = "crawler.cli:main"' in (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    for name, rest in found:
        if name == "RUN":
            assert subprocess.run(["sh", "-n", "-c", rest], check=False).returncode == 0


def test_what_the_dockerfile_copies_is_there() -> None:
    for name, rest in instructions():
        if name != "COPY" or "--from=" in rest:
            continue
        *sources, target = [word for word in rest.split() if not word.startswith("--")]
        assert target
        for source in sources:
            assert (ROOT / source).exists(), source
            assert not ignored(source), source
            for path in (ROOT / source).rglob("*.py"):
                assert not ignored(path.relative_to(ROOT).as_posix())
    assert all(ignored(path) for path in (".git/config", "data/archive.db", "archive/__pycache__/x.pyc"))


def test_the_image_holds_what_the_lock_holds(tmp_path: Path) -> None:
    def lock(*hashes: str) -> subprocess.CompletedProcess[str]:
        chosen = [
            {
                "metadata": {"name": f"p{number}", "version": "1.0"},
                "download_info": {"archive_info": {"hashes": {"sha256": sha256}}},
            }
            for number, sha256 in enumerate(hashes)
        ]
        known = tmp_path / "requirements.lock"
        known.write_text("p0==1.0 \\\n    --hash=sha256:aa \\\n    --hash=sha256:bb\n", encoding="utf-8")
        return subprocess.run(
            [sys.executable, DEPLOY / "runtime_lock.py", known],
            input=json.dumps({"install": chosen}), capture_output=True, text=True, check=False,
        )  # fmt: skip

    assert lock("bb").stdout == "p0==1.0 --hash=sha256:bb\n"
    strange = lock("aa", "cc")
    assert (strange.returncode, strange.stdout) == (1, "")
    assert strange.stderr == "p1 1.0: its hash is not in the lock\n"


@pytest.fixture
def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(text("compose.yml"))
    return loaded


def test_the_services_have_few_rights(compose: dict[str, Any]) -> None:
    assert set(compose["services"]) == {"init", "crawl", "serve"}
    for service in compose["services"].values():
        assert service["user"] == "10001:10001"
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert [mount.split(":")[0] for mount in service["volumes"]] == list(compose["volumes"])
        build = service["build"]
        assert (DEPLOY / build["context"]).resolve() == ROOT
        assert (ROOT / build["dockerfile"]).is_file()


def test_the_services_run_the_real_commands(compose: dict[str, Any]) -> None:
    services = compose["services"]
    check_command(services["init"]["command"])
    check_command(services["serve"]["command"])
    health = services["crawl"]["healthcheck"]["test"]
    assert health[:2] == ["CMD", "/opt/baotinh/bin/baotinh"]
    check_command(health[2:])
    code = services["serve"]["healthcheck"]["test"][-1]
    compile(code, "healthcheck", "exec")
    port = services["serve"]["command"][-1]
    assert f":{port}/" in code
    assert services["serve"]["ports"] == [f"127.0.0.1:{port}:{port}"]
    assert f"EXPOSE {port}\n" in text("Dockerfile")
    assert services["crawl"]["environment"]["BAOTINH_CONTACT"].startswith("${BAOTINH_CONTACT:?")
    assert services["crawl"]["entrypoint"] == ["/usr/local/bin/crawl-loop"]
    assert "deploy/crawl-loop.sh /usr/local/bin/crawl-loop" in text("Dockerfile")
    (words,) = baotinh_calls(text("crawl-loop.sh").replace('"$@"', ""))
    check_command(words)


def test_docker_compose_accepts_the_file() -> None:
    docker = shutil.which("docker")
    if docker is None or subprocess.run([docker, "compose", "version"], capture_output=True, check=False).returncode:
        pytest.skip("docker compose is not installed: compose.yml was not checked by it")
    command = [docker, "compose", "-f", str(DEPLOY / "compose.yml"), "config", "--quiet"]
    done = subprocess.run(
        command, env=os.environ | {"BAOTINH_CONTACT": "x@example.org"}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
