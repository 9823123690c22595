"""Tables as files: CSV in UTF-8 without a mark before it, and no cell that a spreadsheet takes for a formula."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from io import StringIO

from django.http import HttpResponse, StreamingHttpResponse

from hashgrade.exchange.csvlist import neutral

CHUNK_BYTES = 65_536


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
