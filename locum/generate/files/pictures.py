"""Pictures: a text drawn as a bitmap, in each image format."""

from __future__ import annotations

import struct
import zlib
from html import escape

__all__ = ["Bitmap", "colour_of", "drawn", "gif", "ico", "jpeg", "png", "svg", "webp"]


Bitmap = list[list[int]]
"""Rows of pixels: 1 is text, 0 the background."""

_FONT = {
    " ": "0000000000", "!": "00005f0000", "#": "147f147f14", "&": "3649552250", "'": "0005030000", "(": "001c224100",
    ")": "0041221c00", "+": "08083e0808", ",": "0050300000", "-": "0808080808", ".": "0060600000", "/": "2010080402",
    "0": "3e5149453e", "1": "00427f4000", "2": "4261514946", "3": "2141454b31", "4": "1814127f10", "5": "2745454539",
    "6": "3c4a494930", "7": "0171090503", "8": "3649494936", "9": "064949291e", ":": "0036360000", "?": "0201510906",
    "@": "324979413e", "A": "7e1111117e", "B": "7f49494936", "C": "3e41414122", "D": "7f4141221c", "E": "7f49494941",
    "F": "7f09090901", "G": "3e4149497a", "H": "7f0808087f", "I": "00417f4100", "J": "2040413f01", "K": "7f08142241",
    "L": "7f40404040", "M": "7f020c027f", "N": "7f0408107f", "O": "3e4141413e", "P": "7f09090906", "Q": "3e4151215e",
    "R": "7f09192946", "S": "4649494931", "T": "01017f0101", "U": "3f4040403f", "V": "1f2040201f", "W": "3f4038403f",
    "X": "6314081463", "Y": "0708700807", "Z": "6151494543", "_": "4040404040", "a": "2054545478", "b": "7f48444438",
    "c": "3844444420", "d": "384444487f", "e": "3854545418", "f": "087e090102", "g": "0c5252523e", "h": "7f08040478",
    "i": "00447d4000", "j": "2040443d00", "k": "7f10284400", "l": "00417f4000", "m": "7c04180478", "n": "7c08040478",
    "o": "3844444438", "p": "7c14141408", "q": "081414187c", "r": "7c08040408", "s": "4854545420", "t": "043f444020",
    "u": "3c4040207c", "v": "1c2040201c", "w": "3c4030403c", "x": "4428102844", "y": "0c5050503c", "z": "4464544c44",
}  # fmt: skip
"""Five columns of seven pixels for each letter, the lowest bit on top."""

_MOST_LETTERS = 14
_MOST_LINES = 4
_LINE = 10
_MARGIN = 4
_COLOURS = (
    (38, 70, 83), (42, 111, 151), (61, 90, 128), (74, 78, 105), (88, 49, 1), (106, 76, 147), (120, 63, 4),
    (27, 94, 32), (136, 14, 79), (69, 90, 100), (0, 96, 100), (93, 64, 55),
)  # fmt: skip


def colour_of(text: str) -> tuple[int, int, int]:
    """Return a dark background colour, always the same for a text."""
    return _COLOURS[sum(text.encode()) % len(_COLOURS)]


def drawn(text: str) -> Bitmap:
    """Draw a text in centred lines; characters without a bitmap are omitted."""
    lines = _lines("".join(letter for letter in text if letter in _FONT) or "file")
    width = max(max(map(len, lines)) * 6, 40) + 2 * _MARGIN
    height = max(len(lines) * _LINE, 24) + 2 * _MARGIN
    rows = [[0] * width for _ in range(height)]
    top = (height - len(lines) * _LINE) // 2 + 1
    for number, line in enumerate(lines):
        left = (width - len(line) * 6) // 2
        for place, letter in enumerate(line):
            for column, dots in enumerate(bytes.fromhex(_FONT[letter])):
                for bit in range(8):
                    if dots >> bit & 1:
                        rows[top + number * _LINE + bit][left + place * 6 + column] = 1
    return rows


def _lines(text: str) -> list[str]:
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if len(longer) <= _MOST_LETTERS or not lines[-1]:
            lines[-1] = longer[:_MOST_LETTERS]
        else:
            lines.append(word[:_MOST_LETTERS])
    return lines[:_MOST_LINES]


_SCALE = 4
_WHITE = (255, 255, 255)


def _scaled(bitmap: Bitmap, scale: int) -> Bitmap:
    return [[dot for dot in row for _ in range(scale)] for row in bitmap for _ in range(scale)]


def png(text: str, scale: int = _SCALE) -> bytes:
    """Return a PNG of two colours (PNG specification, third edition)."""
    bitmap = _scaled(drawn(text), scale)
    width, height = len(bitmap[0]), len(bitmap)
    lines = b"".join(b"\0" + _bits(row) for row in bitmap)
    return b"".join(
        (
            b"\x89PNG\r\n\x1a\n",
            _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 1, 3, 0, 0, 0)),
            _chunk(b"PLTE", bytes((*colour_of(text), *_WHITE))),
            _chunk(b"IDAT", zlib.compress(lines, 9)),
            _chunk(b"IEND", b""),
        )
    )


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def _bits(row: list[int]) -> bytes:
    padded = row + [0] * (-len(row) % 8)
    return int("".join(map(str, padded)), 2).to_bytes(len(padded) // 8, "big")


def gif(text: str) -> bytes:
    """Return a GIF of two colours (GIF89a)."""
    bitmap = _scaled(drawn(text), 2)
    width, height = len(bitmap[0]), len(bitmap)
    data = _lzw([dot for row in bitmap for dot in row])
    blocks = b"".join(bytes((len(data[at : at + 255]),)) + data[at : at + 255] for at in range(0, len(data), 255))
    return b"".join(
        (
            b"GIF89a",
            struct.pack("<HHBBB", width, height, 0x80, 0, 0),
            bytes((*colour_of(text), *_WHITE)),
            b"\x2c" + struct.pack("<HHHHB", 0, 0, width, height, 0),
            b"\x02" + blocks + b"\0\x3b",
        )
    )


def _lzw(dots: list[int]) -> bytes:
    """Compress pixels with codes of growing size (GIF89a, appendix F)."""
    clear, end = 4, 5
    size, bits, count, out = 3, clear, 3, bytearray()

    def put(code: int) -> None:
        nonlocal bits, count
        bits |= code << count
        count += size
        while count >= 8:  # noqa: PLR2004 (bits of a byte)
            out.append(bits & 0xFF)
            bits >>= 8
            count -= 8

    codes: dict[tuple[int, ...], int] = {(dot,): dot for dot in range(4)}
    following = 6
    present: tuple[int, ...] = (dots[0],)
    for dot in dots[1:]:
        longer = (*present, dot)
        if longer in codes:
            present = longer
            continue
        put(codes[present])
        codes[longer] = following
        if following == 1 << size and size < 12:  # noqa: PLR2004 (the longest code)
            size += 1
        following += 1
        if following >= 4095:  # noqa: PLR2004 (the table is full)
            put(clear)
            codes = {(one,): one for one in range(4)}
            size, following = 3, 6
        present = (dot,)
    put(codes[present])
    put(end)
    if count:
        out.append(bits & 0xFF)
    return bytes(out)


def svg(text: str) -> bytes:
    """Return an SVG."""
    red, green, blue = colour_of(text)
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" width="320" height="160" viewBox="0 0 320 160">'
        f'<rect width="320" height="160" fill="#{red:02x}{green:02x}{blue:02x}"/>'
        '<text x="160" y="88" fill="#fff" font-family="sans-serif" font-size="22" text-anchor="middle">'
        f"{escape(text[:40])}</text></svg>\n"
    ).encode()


_DC_BITS = bytes((0, 1, 5, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0))
_DC_CODES = {0: (0b00, 2), 1: (0b010, 3), 2: (0b011, 3), 3: (0b100, 3), 4: (0b101, 3), 5: (0b110, 3), 6: (0b1110, 4)}
_DC_CODES |= {size: ((1 << (size - 2)) - 2, size - 2) for size in range(7, 12)}
"""The usual Huffman codes for the sizes of differences (ITU-T T.81, table K.3)."""


def jpeg(text: str) -> bytes:
    """Return a baseline JPEG (ITU-T T.81) in which each pixel is one uniform block of 8 by 8."""
    bitmap = drawn(text)
    width, height = len(bitmap[0]) * 8, len(bitmap) * 8
    ground, letters = _levels(*colour_of(text)), _levels(*_WHITE)
    bits: list[str] = []
    before = [0, 0, 0]
    for row in bitmap:
        for dot in row:
            for part, level in enumerate(letters if dot else ground):
                bits.append(_difference(level - before[part]) + "0")  # the block has no other coefficients
                before[part] = level
    whole = "".join(bits)
    whole += "1" * (-len(whole) % 8)
    scan = int(whole, 2).to_bytes(len(whole) // 8, "big").replace(b"\xff", b"\xff\0")
    parts = b"".join(bytes((one, 0x11, 0)) for one in (1, 2, 3))
    tables = b"\0" + _DC_BITS + bytes(range(12)) + b"\x10" + bytes((1, *[0] * 15)) + b"\0"
    return b"".join(
        (
            b"\xff\xd8",
            _segment(0xE0, b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0"),
            _segment(0xDB, b"\0" + b"\x01" * 64),
            _segment(0xC0, struct.pack(">BHHB", 8, height, width, 3) + parts),
            _segment(0xC4, tables),
            _segment(0xDA, b"\x03\x01\0\x02\0\x03\0\0\x3f\0"),
            scan,
            b"\xff\xd9",
        )
    )


def _segment(marker: int, data: bytes) -> bytes:
    return bytes((0xFF, marker)) + struct.pack(">H", len(data) + 2) + data


def _levels(red: int, green: int, blue: int) -> tuple[int, int, int]:
    """Return the first coefficients of the brightness and colour of a uniform block."""
    brightness = 0.299 * red + 0.587 * green + 0.114 * blue
    return (
        round(8 * (brightness - 128)),
        round(8 * (blue - brightness) / 1.772),
        round(8 * (red - brightness) / 1.402),
    )


def _difference(value: int) -> str:
    size = abs(value).bit_length()
    code, length = _DC_CODES[size]
    text = f"{code:0{length}b}"
    return text + f"{value if value > 0 else value + (1 << size) - 1:0{size}b}" if size else text


def webp(text: str) -> bytes:
    """Return a lossless WebP (RFC 9649) of one colour: each code has one symbol, so pixels take no bits."""
    red, green, blue = colour_of(text)
    bits, count = 0, 0
    fields = [(0x2F, 8), (319, 14), (159, 14), (0, 1), (0, 3), (0, 1), (0, 1), (0, 1)]
    for symbol in (green, red, blue, 255):
        fields += [(1, 1), (0, 1), (1, 1), (symbol, 8)]
    fields += [(1, 1), (0, 1), (0, 1), (0, 1)]  # distances
    for value, size in fields:
        bits |= value << count
        count += size
    data = bits.to_bytes(-(-count // 8), "little")
    chunk = b"VP8L" + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2)
    return b"RIFF" + struct.pack("<I", len(chunk) + 4) + b"WEBP" + chunk


def ico(text: str) -> bytes:
    """Return an icon that contains a PNG."""
    picture = png(text[:2].upper(), 1)
    width, height = struct.unpack(">II", picture[16:24])
    return (
        struct.pack("<HHH", 0, 1, 1) + struct.pack("<BBBBHHII", width, height, 0, 0, 1, 32, len(picture), 22) + picture
    )
