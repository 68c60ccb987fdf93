"""A server ends on Ctrl-C, also while somebody watches a page without an end."""

from __future__ import annotations

import http.client
import signal
import subprocess
import sys

SERVER = """
import asyncio
from contextlib import suppress
from starlette.applications import Starlette
from starlette.responses import StreamingResponse
from starlette.routing import Route
from nni_hpo_ext.web import address, is_ending, listening, run_app

async def beats(request):
    async def stream():
        while not is_ending(request.app):
            yield "beat\\n"
            await asyncio.sleep(0.05)
    return StreamingResponse(stream())

with listening("127.0.0.1", 0) as listener, suppress(KeyboardInterrupt):
    print(address("127.0.0.1", listener), flush=True)
    run_app(Starlette(routes=[Route("/", beats)]), listener, timeout_graceful_shutdown=60)
"""


def test_a_response_without_an_end_lets_the_server_end() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", SERVER],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as server:
        assert server.stdout is not None
        host = server.stdout.readline().strip().removeprefix("http://")
        connection = http.client.HTTPConnection(host, timeout=60)
        connection.request("GET", "/")
        answer = connection.getresponse()
        assert answer.readline() == b"beat\n"
        server.send_signal(signal.SIGINT)
        answer.read()  # IncompleteRead if the response is cut off
        error = server.communicate(timeout=60)[1]
    assert error == ""
