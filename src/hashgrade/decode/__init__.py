"""Untrusted bytes to pixels: the only room that opens media.

Names and suffixes are never believed; the first bytes choose one decoder and only
that one tries. `Decoders` does so in jailed processes; what decodes in this one is loaded
when it is first asked for, so that a process which only owns decoders never loads them.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from hashgrade.decode.decoders import Decoders
from hashgrade.decode.seen import Seen, Wanted

if TYPE_CHECKING:
    from hashgrade.decode.examining import examine
    from hashgrade.decode.motion import frames
    from hashgrade.decode.stills import Still, still

__all__ = ["Decoders", "Seen", "Still", "Wanted", "examine", "frames", "still"]

LATE = {"Still": "stills", "examine": "examining", "frames": "motion", "still": "stills"}


def __getattr__(name: str) -> object:
    """Load what decodes in this process."""
    if name not in LATE:
        raise AttributeError(name)
    return getattr(import_module(f"{__name__}.{LATE[name]}"), name)
