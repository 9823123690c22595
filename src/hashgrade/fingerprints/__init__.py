"""Fingerprints of media: exact digests of the bytes, and PDQ of the pixels.

Pure: bytes and pixels come in, digests and codes go out. Lists live or die by every
implementation agreeing, so both kinds are equal, bit for bit, to the public ones.
"""

from hashgrade.fingerprints.digests import exact
from hashgrade.fingerprints.pdq import pdq, pdq_dihedral

__all__ = ["exact", "pdq", "pdq_dihedral"]
