"""`make reference`: write the reference pages from the code; the diff is for review."""

from tests.pages import PAGES

if __name__ == "__main__":
    for path, page in PAGES.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(page())
