"""Recognition: every code near a query, at every radius, with nothing missed."""

from hashgrade.index.hamming import Hamming

__all__ = ["Hamming"]
