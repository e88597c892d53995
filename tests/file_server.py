"""A web server on this machine that serves files as storage elements do, well or badly."""

import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

HEALTHY = {"ranges": True, "status": 200, "stall": 0, "cut": 0, "headers": {}, "seconds": 0}


class Server:
    """What it serves and how: may be changed while it runs.

    content : bytes by path; ranges : whether ranges of bytes are understood; several ranges at once never are.
    status : of every answer. stall, cut : how many of the next answers stop half-way, and stay or hang up.
    seconds : after which a stalled answer ends. headers : more of an answer with a whole file.
    """

    def __init__(self, content, **changes):
        self.content, self.asked, self.lock = content, [], threading.Lock()
        vars(self).update(HEALTHY | changes)

    def takes(self, name):
        """Whether the next answer is one of those that stop half-way."""
        with self.lock:
            left = getattr(self, name)
            setattr(self, name, max(left - 1, 0))
        return left > 0


def _handler(server):
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_HEAD(self):
            self.answer(body=False)

        def do_GET(self):
            self.answer(body=True)

        def answer(self, body):
            server.asked.append((self.command, self.headers.get("Range")))
            content = server.content.get(self.path)
            status = server.status if content is not None else 404
            content = content if status == 200 else b"no"
            wanted = (self.headers.get("Range") or "").removeprefix("bytes=").split(",")
            if body and status == 200 and server.ranges and wanted != [""] and len(wanted) == 1:
                first, last = (int(x) for x in wanted[0].split("-"))
                status = 206
                self.send_response(status)
                self.send_header("Content-Range", f"bytes {first}-{min(last, len(content) - 1)}/{len(content)}")
                content = content[first : last + 1]
            else:
                self.send_response(status)
                for name, value in server.headers.items():
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            if not body:
                return
            stalls, cuts = (len(content) > 1000 and server.takes(name) for name in ("stall", "cut"))
            self.wfile.write(content[: len(content) // 2] if stalls or cuts else content)
            if stalls:
                time.sleep(server.seconds)
            if stalls or cuts:
                self.close_connection = True

        def log_message(self, *_):
            pass

    return Handler


@contextmanager
def serving(content, **changes):
    """Serve bytes by path; gives the address of the server, and itself."""
    server = Server(content, **changes)
    web = ThreadingHTTPServer(("127.0.0.1", 0), _handler(server))
    web.daemon_threads, web.block_on_close = True, False
    threading.Thread(target=web.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{web.server_port}", server
    finally:
        web.shutdown()
        web.server_close()
