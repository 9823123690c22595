"""Starting and stopping `hashgrade serve`: the address, the station, the words of what is wrong."""

import socket
import time
from pathlib import Path

import pytest

from hashgrade.errors import Conflict, InputError, Refused
from hashgrade.serve.running import refuse_open, refuse_taken
from hashgrade.settings import Serving
from tests.doors.pages_live import free_port, served
from tests.doors.station import Operator


@pytest.mark.parametrize(("host", "tls", "refused"), [
    ("127.0.0.1", False, False), ("localhost", False, False), ("::1", False, False), ("0.0.0.0", False, True),  # noqa: S104
    ("10.0.0.5", False, True), ("workbench.example", False, True), ("0.0.0.0", True, False),  # noqa: S104
])
def test_passwords_never_travel_in_the_open(host: str, tls: bool, refused: bool) -> None:
    """SRV-04 for an address that others can reach, unless the settings say that TLS is before it."""
    chosen = Serving(host=host, tls=tls)
    if not refused:
        refuse_open(chosen)
        return
    with pytest.raises(Refused) as caught:
        refuse_open(chosen)
    assert caught.value.code == "SRV-04"


def test_a_port_that_is_taken_is_told() -> None:
    """SRV-01, with the address, before anything starts."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        held.listen()
        with pytest.raises(Conflict, match="another programme listens there") as caught:
            refuse_taken("127.0.0.1", held.getsockname()[1])
    assert caught.value.code == "SRV-01"


def test_an_address_of_another_machine_is_told() -> None:
    """SRV-02 for an address that is none of ours, and for a name that is none at all."""
    for host in ("192.0.2.1", "no-such-host.invalid"):
        with pytest.raises(InputError) as caught:
            refuse_taken(host, free_port())
        assert caught.value.code == "SRV-02"


def test_there_is_nothing_to_serve_without_a_station(tmp_path: Path) -> None:
    """STA-01, and nothing is made."""
    ran = Operator(tmp_path / "none").run("serve", "--port", str(free_port()))
    assert (ran.code, "error[STA-01]" in ran.err) == (1, True)
    assert not (tmp_path / "none").exists()


@pytest.mark.deep
def test_a_request_under_way_is_finished(tmp_path: Path) -> None:
    """Told to stop between a request's head and its body, it takes the body, answers, and ends with exit code 0."""
    body = b'{"csp-report": {"effective-directive": "img-src"}}'
    with served(tmp_path / "station") as live:
        port = int(live.url.rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port)) as asking:
            asking.sendall(b"POST /violations HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/csp-report\r\n"
                           + f"Content-Length: {len(body)}\r\n\r\n".encode())
            time.sleep(1)
            live.process.terminate()
            time.sleep(1)
            asking.sendall(body)
            answered = asking.recv(100)
        assert answered.startswith(b"HTTP/1.1 204")
        assert live.process.wait(timeout=40) == 0
