"""How a server ends: what runs is finished, what is new is refused, and nothing that was acknowledged is lost."""

import json
import os
import signal
import socket
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
import pytest

from tests.fixtures.processes import descendants_of, is_alive, workers_of
from tests.fixtures.running import Running, serving

WAIT_SECONDS = 60
PATIENT = ("--request-timeout-seconds", "60")  # a busy machine starts rendering processes slowly
BODY = json.dumps({"query": "{ viewer { user { login } } }"}).encode()


def wait_until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def is_refused(server: Running) -> bool:
    """Tell whether no new connection is taken any more."""
    address = urlsplit(server.address)
    try:
        socket.create_connection((address.hostname, address.port), WAIT_SECONDS).close()
    except ConnectionRefusedError:
        return True
    return False


def half_a_request(server: Running) -> socket.socket:
    """Send an operation but for its last byte."""
    address = urlsplit(server.address)
    line = socket.create_connection((address.hostname, address.port), WAIT_SECONDS)
    head = [
        "POST /graphql HTTP/1.1",
        "host: x",
        "content-type: application/json",
        f"authorization: Bearer {server.token}",
        f"content-length: {len(BODY)}",
    ]
    line.sendall("\r\n".join([*head, "", ""]).encode() + BODY[:-1])
    return line


def draw_something(server: Running) -> None:
    """Have a text drawn, so that rendering processes are there."""
    server.data('mutation { createProject(input: {key: "K", name: "K"}) { project { id } } }', server.token)
    save = """mutation($content: String!) { saveNotebook(input: {projectKey: "K", name: "N", content: $content}) { errors { message } } }"""
    content = json.dumps({"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5})
    assert server.data(save, server.token, content=content)["saveNotebook"]["errors"] == []


@pytest.mark.parametrize("workers", ["1", "2"])
def test_what_runs_is_finished_and_what_is_new_refused(tmp_path: Path, workers: str) -> None:
    with serving(*PATIENT, "--workers", workers, cwd=tmp_path) as server:
        draw_something(server)
        children = descendants_of(server.process.pid)
        with half_a_request(server) as line:
            time.sleep(1)  # until a worker has read it: nothing from outside says so
            server.process.send_signal(signal.SIGTERM)
            wait_until(lambda: is_refused(server))
            assert server.process.poll() is None
            line.sendall(BODY[-1:])
            answer = line.makefile("rb").read().decode()
        assert answer.startswith("HTTP/1.1 200 OK\r\n")
        assert "\r\nconnection: close\r\n" in answer
        assert answer.endswith('{"data":{"viewer":{"user":{"login":"admin"}}}}')
        assert server.process.wait(WAIT_SECONDS) == 0
        assert len(children) >= 1
        wait_until(lambda: not any(map(is_alive, children)))


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_second_signal_ends_it_at_once(tmp_path: Path, workers: str) -> None:
    with serving(*PATIENT, "--workers", workers, cwd=tmp_path) as server:
        draw_something(server)
        children = descendants_of(server.process.pid)
        with half_a_request(server) as line:
            time.sleep(1)
            server.process.send_signal(signal.SIGTERM)
            wait_until(lambda: is_refused(server))
            began = time.monotonic()
            server.process.send_signal(signal.SIGTERM)
            assert server.process.wait(WAIT_SECONDS) == 0
            assert time.monotonic() - began < 25  # else it waited for the request, which has 30
            line.settimeout(WAIT_SECONDS)
            assert line.recv(12) in {b"", b"HTTP/1.1 500"}
        wait_until(lambda: not any(map(is_alive, children)))


def test_it_goes_on_serving_for_as_long_as_it_was_told_and_says_that_it_will_end(tmp_path: Path) -> None:
    with serving(*PATIENT, "--stop-delay-seconds", "300", cwd=tmp_path) as server:
        base = server.address.removesuffix("/graphql")
        ready = httpx2.get(f"{base}/readyz", timeout=WAIT_SECONDS)
        assert (ready.status_code, ready.headers.get("connection")) == (200, None)
        server.process.send_signal(signal.SIGTERM)
        wait_until(lambda: httpx2.get(f"{base}/readyz", timeout=WAIT_SECONDS).status_code == 503)
        closing = httpx2.get(f"{base}/readyz", timeout=WAIT_SECONDS)
        assert (closing.json(), closing.headers["connection"]) == ({"status": "closing", "checks": {}}, "close")
        assert server.login(server.token) == "admin"
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(WAIT_SECONDS) == 0


def test_a_worker_leaves_the_terminal_s_signal_to_its_parent(tmp_path: Path) -> None:
    with serving(*PATIENT, "--workers", "2", cwd=tmp_path) as server:
        server.login(server.token)
        workers = workers_of(server.process.pid)
        with half_a_request(server) as line:
            time.sleep(1)
            for pid in [*workers, server.process.pid]:  # as a terminal sends it
                os.kill(pid, signal.SIGINT)
            wait_until(lambda: is_refused(server))
            line.sendall(BODY[-1:])
            assert line.makefile("rb").read().endswith(b'{"data":{"viewer":{"user":{"login":"admin"}}}}')
        assert server.process.wait(WAIT_SECONDS) == 0
