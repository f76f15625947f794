"""Bitmaps: a text drawn in dots, of which every picture is made."""

from __future__ import annotations

__all__ = ["Bitmap", "colour_of", "drawn"]

Bitmap = list[list[int]]
"""Rows of dots: 1 is text, 0 the ground."""

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
"""Five columns of seven dots for each letter, the lowest bit on top."""

_MOST_LETTERS = 14
_MOST_LINES = 4
_LINE = 10
_MARGIN = 4
_COLOURS = (
    (38, 70, 83), (42, 111, 151), (61, 90, 128), (74, 78, 105), (88, 49, 1), (106, 76, 147), (120, 63, 4),
    (27, 94, 32), (136, 14, 79), (69, 90, 100), (0, 96, 100), (93, 64, 55),
)  # fmt: skip


def colour_of(text: str) -> tuple[int, int, int]:
    """Return a dark colour for the ground of a picture; a text always has the same one."""
    return _COLOURS[sum(text.encode()) % len(_COLOURS)]


def drawn(text: str) -> Bitmap:
    """Draw a text in lines, in the middle of a picture; letters without dots are left out."""
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
