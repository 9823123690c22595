"""Tables as files: CSV in UTF-8 without a mark before it, and no cell that a spreadsheet takes for a formula."""

import csv
from collections.abc import Callable, Iterable, Iterator, Sequence
from io import StringIO
from typing import TypeVar

from django.http import HttpResponse, StreamingHttpResponse

from hashgrade.exchange.csvlist import neutral

CHUNK_BYTES = 65_536
PAGE_LINES = 1_000
T = TypeVar("T")
Place = TypeVar("Place")


def csv_file(name: str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> HttpResponse:
    """Answer with a table as a file to be saved.

    Args:
        name: What the file is called, without `.csv`: letters, digits and dashes.
        header: The names of the columns.
        rows: The cells; None is an empty one.
    """
    text = StringIO(newline="")
    write = csv.writer(text)
    write.writerow(header)
    write.writerows([_cell(cell) for cell in row] for row in rows)
    return HttpResponse(text.getvalue().encode(), content_type="text/csv; charset=utf-8",
                        headers={"Content-Disposition": f'attachment; filename="{name}.csv"'})


def csv_stream(name: str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> StreamingHttpResponse:
    """Answer with a table as `csv_file` does, line by line as the rows come, so that it may be of any length."""
    return StreamingHttpResponse(
        _lines(header, rows), content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}.csv"'})


def lines_of(page: Callable[[Place | None, int], tuple[Sequence[T], Place | None]], after: Place | None,
             most: int) -> Iterator[T]:
    """Give the lines of one page after another, so many at most, until none are left.

    Args:
        page: Gives at most so many lines from a place on, and where the next begins, None after the last.
        after: Where the first begins.
        most: Lines in all.
    """
    left = most
    while left > 0:
        lines, after = page(after, min(left, PAGE_LINES))
        yield from lines
        left = left - len(lines) if after is not None else 0


def _lines(header: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[bytes]:
    text = StringIO(newline="")
    write = csv.writer(text)
    write.writerow(header)
    for row in rows:
        write.writerow([_cell(cell) for cell in row])
        if text.tell() > CHUNK_BYTES:
            yield text.getvalue().encode()
            text.seek(0)
            text.truncate()
    yield text.getvalue().encode()


def _cell(cell: object) -> object:
    """A cell as it is written: numbers are what they are, words are kept from being formulas."""
    if isinstance(cell, int | float):
        return cell
    return neutral("" if cell is None else str(cell))
