"""An OpenID Connect provider in a thread: it knows one person, and asks no questions."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qs, urlencode, urlsplit


class Provider(BaseHTTPRequestHandler):
    """Says of itself where it is, sends everybody back with a code, and gives for the code who they are."""

    def do_GET(self) -> None:
        """Its description, its sign-in page, and who the token is of."""
        where, asked = urlsplit(self.path), parse_qs(urlsplit(self.path).query)
        url = f"http://{self.headers['Host']}"
        if where.path == "/authorize":
            self.send_response(302)
            back = urlencode({"code": "one", "state": asked["state"][0]})
            self.send_header("Location", f"{asked['redirect_uri'][0]}?{back}")
            self.end_headers()
        elif where.path == "/userinfo":
            self._say({"sub": "person-7"})
        else:
            self._say({"issuer": url, "authorization_endpoint": f"{url}/authorize", "token_endpoint": f"{url}/token",
                       "userinfo_endpoint": f"{url}/userinfo", "jwks_uri": f"{url}/keys"})

    def do_POST(self) -> None:
        """A token for the code."""
        self._say({"access_token": "token", "token_type": "Bearer"})

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the parent's word
        """Say nothing."""

    def _say(self, told: dict[str, str]) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(told).encode())


@contextmanager
def provider() -> Iterator[str]:
    """Run one on this machine, and give its address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Provider)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
