"""The owner's switches: what they mean, and what makes no sense."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from chat.arguments import Arguments, parsed
from chat.guard import hashed
from chat.server import serve, started


def test_by_default_the_article_is_served_to_this_machine_alone() -> None:
    arguments = parsed([], {})
    assert arguments == Arguments()
    assert arguments.hosts == {"127.0.0.1", "localhost", "::1"}


def test_every_switch_arrives() -> None:
    stored = hashed("x")
    line = f"a.md b.txt --host 0.0.0.0 --port 80 --threshold 0 --max-upload-mb 5 --max-pages 30 --concurrency 3 --password-hash {stored} --encoder e5 --reader ~/camembert --download"
    assert parsed(line.split(), {}) == Arguments(
        files=(Path("a.md"), Path("b.txt")),
        encoder="e5",
        reader="~/camembert",
        download=True,
        host="0.0.0.0",
        port=80,
        threshold=0.0,
        max_upload_mb=5,
        max_pages=30,
        concurrency=3,
        password_hash=stored,
    )
    shared = parsed(["--collection", "folder", "--allow-add"], {})
    assert (shared.collection, shared.allow_add) == (Path("folder"), True)


def test_on_a_network_it_answers_to_any_name_and_behind_a_proxy_to_the_named() -> None:
    assert parsed(["--host", "0.0.0.0"], {}).hosts is None
    named = parsed(["--host", "0.0.0.0", "--name", "qa.example"], {}).hosts
    assert named is not None
    assert "qa.example" in named
    assert "evil.example" not in named
    hosts = parsed(["--name", "Docs.example"], {}).hosts
    assert hosts is not None
    assert "docs.example" in hosts


def test_the_password_may_come_from_the_environment() -> None:
    stored = hashed("x")
    assert parsed([], {"MOT_A_MOT_PASSWORD_HASH": stored}).password_hash == stored


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("a.md --collection folder", "not both"),
        ("--port 70000", "no port"),
        ("--port x", "no port"),
        ("--threshold 1.5", "no probability"),
        ("--concurrency 0", "whole number"),
        ("--max-upload-mb -1", "whole number"),
        ("--max-pages 0", "whole number"),
        ("--max-pages viele", "'viele'"),
        ("--allow-add", "needs a --collection"),
        ("a.md --allow-add", "needs a --collection"),
        ("--password-hash sesame", "--hash-password"),
    ],
)
def test_what_makes_no_sense_is_refused_with_status_2(
    line: str, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stopped:
        parsed(line.split(), {})
    assert stopped.value.code == 2
    assert told in capsys.readouterr().err


def test_the_first_line_says_what_is_on() -> None:
    told = started(Arguments(port=80, threshold=0.0), documents=1, passages=9, calibrated=False)
    for part in (
        "1 document,",
        "9 passages",
        "not calibrated",
        "threshold 0 ",
        "20 MB and 5000 PDF pages, each visitor's own",
        "no password",
        "http://127.0.0.1:80",
    ):
        assert part in told


@pytest.mark.parametrize(
    ("password", "who"), [(None, "anyone who reaches this address"), ("x", "whoever knows the password")]
)
def test_the_first_line_says_who_may_change_the_collection(password: str | None, who: str) -> None:
    arguments = Arguments(collection=Path("archive"), allow_add=True, password_hash=password)
    told = started(arguments, documents=0, passages=0, calibrated=True)
    assert f"ADDED FOR EVERYBODY to archive, which {who} may change" in told


def test_the_switches_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parsed(["--help"], {})
    told = capsys.readouterr().out
    for switch in ("--allow-add", "--max-pages", "--encoder", "--reader", "--download"):
        assert switch in told


def test_a_taken_port_is_told_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        assert serve(Arguments(port=taken.getsockname()[1])) == 2
    assert "choose another with --port" in capsys.readouterr().err


@pytest.mark.models
@pytest.mark.parametrize("named", [{"encoder": "no/such/model"}, {"reader": "no/such/model"}])
def test_a_model_that_is_not_at_hand_is_told(
    named: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert serve(Arguments(port=0, **named)) == 2  # type: ignore[arg-type]
    assert "no/such/model" in capsys.readouterr().err
