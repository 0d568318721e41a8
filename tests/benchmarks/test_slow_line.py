"""The slow line carries every byte, later and no faster than it says."""

import threading
import time
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from benchmarks.slow_line import slow_line

CONTENT = bytes(range(256)) * 200


class Answer(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(CONTENT)))
        self.end_headers()
        self.wfile.write(CONTENT)

    def log_message(self, *_: object) -> None:
        pass


def test_a_slow_line_delays_and_holds_back_but_loses_nothing():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}"
    with slow_line(url, down=100_000, up=100_000, round_trip=0.2) as slow:
        began = time.monotonic()
        with urllib.request.urlopen(f"{slow}/") as answer:
            assert answer.read() == CONTENT
        took = time.monotonic() - began
    server.shutdown()
    server.server_close()
    assert took >= 0.2 + 0.2 + len(CONTENT) / 100_000
