"""Recognition: every equal digest and every near code, with nothing missed, and what hangs together."""

from hashgrade.index.clusters import Clusters
from hashgrade.index.exact import Exact
from hashgrade.index.hamming import Hamming

__all__ = ["Clusters", "Exact", "Hamming"]
