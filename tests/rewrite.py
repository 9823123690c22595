"""`make reference`: write the reference pages from the code, and play the guides anew; the diff is for review."""

from pathlib import Path
from tempfile import TemporaryDirectory

from tests.pages import PAGES
from tests.played import GUIDES, played

if __name__ == "__main__":
    for path, page in PAGES.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(page())
    for guide in GUIDES:
        with TemporaryDirectory() as folder:
            guide.write_text(played(guide.read_text(), Path(folder)))
