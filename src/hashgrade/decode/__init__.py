"""Untrusted bytes to pixels: the only room that opens media.

Names and suffixes are never believed; the first bytes choose one decoder and only
that one tries. Stills are decoded in this process, clips in a process of their own.
"""

from hashgrade.decode.examining import examine
from hashgrade.decode.seen import Seen, Wanted
from hashgrade.decode.stills import Still, still

__all__ = ["Seen", "Still", "Wanted", "examine", "still"]
