"""Hashgrade: grade, fingerprint, recognise, share and count, once for everybody."""

__version__ = "0.1.0"
