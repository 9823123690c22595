"""What the first bytes of a medium say it is; a hint that its decoder then proves."""

from typing import Final

HEAD_BYTES: Final = 256

STILLS: Final = {
    "jpeg": "JPEG", "png": "PNG", "gif": "GIF", "webp": "WEBP", "bmp": "BMP", "tiff": "TIFF", "avif": "AVIF"}
"""Our name of each still format, and Pillow's."""

ANIMATED: Final = frozenset({"gif", "webp", "avif", "png"})
"""Still formats that hold animations; several pages of a TIFF or pictures of an MPO are none."""

CLIPS: Final = {"mp4": "mov", "mov": "mov", "mkv": "matroska", "webm": "matroska", "avi": "avi"}
"""Our name of each clip format, and FFmpeg's demuxer."""

_BEGINNINGS: Final = {
    b"\xff\xd8\xff": "jpeg", b"\x89PNG\r\n\x1a\n": "png", b"GIF87a": "gif", b"GIF89a": "gif",
    b"II*\0": "tiff", b"MM\0*": "tiff", b"II+\0": "tiff", b"MM\0+": "tiff",
}
EBML: Final = b"\x1aE\xdf\xa3"
DOCTYPE_WEBM: Final = b"\x42\x82\x84webm"
_BMP_HEADERS: Final = (12, 16, 40, 52, 56, 64, 108, 124)
_QUICKTIME_ATOMS: Final = (b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot")
_HEIF_BRANDS: Final = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}


def sniff(head: bytes) -> str | None:
    """Name the format that `head`, a medium's first 256 bytes or fewer, begins; None if it is none we know.

    Knows `heif` too, so that an error can name it, though nothing here decodes it.
    """
    for beginning, name in _BEGINNINGS.items():
        if head.startswith(beginning):
            return name
    if head[:4] == EBML:
        return "webm" if DOCTYPE_WEBM in head else "mkv"
    if head[:4] == b"RIFF":
        return {b"WEBP": "webp", b"AVI ": "avi"}.get(head[8:12])
    if head[:2] == b"BM":
        # Two letters begin many texts; the size of the second header begins none.
        return "bmp" if int.from_bytes(head[14:18], "little") in _BMP_HEADERS else None
    if head[4:8] == b"ftyp":
        return _by_brand(head)
    return "mov" if head[4:8] in _QUICKTIME_ATOMS else None


def _by_brand(head: bytes) -> str:
    end = min(int.from_bytes(head[:4], "big"), len(head))
    brands = {head[8:12]} | {head[at:at + 4] for at in range(16, end - 3, 4)}
    if brands & {b"avif", b"avis"}:
        return "avif"
    if head[8:12] in _HEIF_BRANDS:
        return "heif"
    return "mov" if head[8:12] == b"qt  " else "mp4"
