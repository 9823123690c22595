"""Texts that are uploaded, such as a pack or a mark: held in memory, small, and taken by the forms that ask for one."""

from io import BytesIO
from typing import Any, Final

from django.core.files.uploadedfile import InMemoryUploadedFile
from django.core.files.uploadhandler import FileUploadHandler, StopFutureHandlers

from hashgrade.errors import InputError

BYTES_MAX: Final = 1_000_000
ROUTES: Final = frozenset({"audit_compare", "propose_pack"})


class Texts(FileUploadHandler):
    """Holds the files of these forms, and of each no more than is ever taken; the rest is for whoever comes after."""

    def __init__(self, request: Any = None) -> None:
        super().__init__(request)
        self._held: BytesIO | None = None

    def new_file(self, *args: Any, **words: Any) -> None:
        """Begin a file, where a form asks for one.

        Raises:
            StopFutureHandlers: It is held here.
        """
        super().new_file(*args, **words)
        match = getattr(self.request, "resolver_match", None)
        self._held = BytesIO() if match and match.url_name in ROUTES else None
        if self._held is not None:
            raise StopFutureHandlers

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        """Take the next bytes; what is more than the limit by more than one is let pass."""
        if self._held is None:
            return raw_data
        self._held.write(raw_data[:max(0, BYTES_MAX + 1 - start)])
        return None

    def file_complete(self, file_size: int) -> InMemoryUploadedFile | None:
        """Give the file, to be read from its start."""
        if self._held is None:
            return None
        held, self._held = self._held, None
        size = held.tell()
        held.seek(0)
        return InMemoryUploadedFile(held, self.field_name, self.file_name, self.content_type, size, self.charset)


def text_of(request: Any, name: str, file: str) -> str:
    """Read a text from a form: from the file if there is one, else from the field, with one kind of line ends.

    Args:
        request: What was sent.
        name: The field that it is typed or pasted into.
        file: The field of the file.

    Raises:
        InputError: SRV-45, it is too long, or the file is no text in UTF-8.
    """
    given = request.FILES.get(file)
    raw = str(request.POST.get(name, "")).encode() if given is None else given.read(BYTES_MAX + 1)
    if len(raw) > BYTES_MAX:
        raise InputError("SRV-45", f"the text is longer than {BYTES_MAX:,} bytes", to_do="give a shorter one")
    try:
        return str(raw.decode("utf-8-sig")).replace("\r\n", "\n")
    except UnicodeDecodeError:
        raise InputError("SRV-45", "the file is no text in UTF-8", to_do="save it as plain text in UTF-8") from None
