"""Documents: minimal valid PDF, ZIP, HTML, CSV, audio and video files."""

from __future__ import annotations

import gzip as gzip_format
import struct
import zipfile
from html import escape
from io import BytesIO
from math import pi, sin

__all__ = [
    "calendar",
    "csv",
    "docx",
    "gzip",
    "html",
    "markdown",
    "mp3",
    "mp4",
    "pdf",
    "plain_text",
    "wav",
    "xlsx",
    "xml",
    "zipped",
]

_MADE = (2026, 1, 1, 9, 0, 0)


def pdf(text: str) -> bytes:
    """Return a PDF page with a text (ISO 32000-1)."""
    shown = text.encode("latin-1", "replace").replace(b"\\", rb"\\").replace(b"(", rb"\(").replace(b")", rb"\)")
    stream = b"BT /F1 24 Tf 72 720 Td (" + shown + b") Tj ET"
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources 6 0 R >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        b"<< /Font << /F1 5 0 R >> >>",
    )
    data, places = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, 1):
        places.append(len(data))
        data += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    return data + (
        b"xref\n0 7\n0000000000 65535 f \n%strailer\n<< /Size 7 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n"
        % (table, len(data))
    )


def _archive(files: dict[str, str]) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name, _MADE)
            entry.create_system, entry.external_attr = 3, 0o644 << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)
    return out.getvalue()


def zipped(text: str) -> bytes:
    """Return an archive of two files."""
    return _archive({"README.txt": f"{text}\n", "data.csv": csv(text).decode()})


_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def _office(main: str, media_type: str, content: str, more: dict[str, str]) -> bytes:
    types = (
        f'{_XML}<Types xmlns="{_TYPES}"><Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/{main}" ContentType="{media_type}.main+xml"/>'
    )
    sheet = "xl/worksheets/sheet1.xml"
    if sheet in more:
        types += f'<Override PartName="/{sheet}" ContentType="{media_type.removesuffix("sheet")}worksheet+xml"/>'
    relation = f'<Relationship Id="r1" Type="{_OFFICE}/officeDocument" Target="{main}"/>'
    return _archive(
        {
            "[Content_Types].xml": types + "</Types>",
            "_rels/.rels": f'{_XML}<Relationships xmlns="{_RELATIONS}">{relation}</Relationships>',
            main: _XML + content,
            **more,
        }
    )


def docx(text: str) -> bytes:
    """Return a text document (ECMA-376) of one paragraph."""
    space = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    content = (
        f'<w:document xmlns:w="{space}"><w:body><w:p><w:r><w:t>{escape(text)}</w:t></w:r></w:p></w:body></w:document>'
    )
    return _office(
        "word/document.xml", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", content, {}
    )


def xlsx(text: str) -> bytes:
    """Return a sheet (ECMA-376) with a heading and rows."""
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    rows = "".join(
        "<row>" + "".join(f'<c t="inlineStr"><is><t>{escape(cell)}</t></is></c>' for cell in line.split(",")) + "</row>"
        for line in csv(text).decode().splitlines()
    )
    sheet = f'{_XML}<worksheet xmlns="{space}"><sheetData>{rows}</sheetData></worksheet>'
    book = (
        f'<workbook xmlns="{space}" xmlns:r="{_OFFICE}"><sheets><sheet name="Sheet1" sheetId="1" r:id="r1"/></sheets>'
        "</workbook>"
    )
    relation = f'<Relationship Id="r1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
    more = {
        "xl/_rels/workbook.xml.rels": f'{_XML}<Relationships xmlns="{_RELATIONS}">{relation}</Relationships>',
        "xl/worksheets/sheet1.xml": sheet,
    }
    return _office("xl/workbook.xml", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", book, more)


def gzip(text: str) -> bytes:
    """Return a compressed text."""
    return gzip_format.compress(plain_text(text), mtime=0)


def plain_text(text: str) -> bytes:
    """Return a text of one line."""
    return f"{text}\n".encode()


def markdown(text: str) -> bytes:
    """Return a heading and a sentence."""
    return f"# {text}\n\nGenerated by locum from the API's description.\n".encode()


def html(text: str) -> bytes:
    """Return a page with a heading."""
    shown = escape(text)
    return (
        f'<!doctype html>\n<html lang="en">\n<head><meta charset="utf-8"><title>{shown}</title></head>\n'
        f"<body><h1>{shown}</h1></body>\n</html>\n"
    ).encode()


def xml(text: str) -> bytes:
    """Return a document of one element."""
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<document><title>{escape(text)}</title></document>\n'.encode()


def csv(text: str) -> bytes:
    """Return a heading and rows (RFC 4180)."""
    quoted = text.replace('"', '""')
    rows = ("id,name,date,amount", f'1,"{quoted} 1",2026-01-02,19.90', f'2,"{quoted} 2",2026-01-05,42.00',
            f'3,"{quoted} 3",2026-01-09,7.50')  # fmt: skip
    return ("\r\n".join(rows) + "\r\n").encode()


def calendar(text: str) -> bytes:
    """Return a calendar with one event (RFC 5545)."""
    lines = ("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//locum//EN", "BEGIN:VEVENT", "UID:1@example.com",
             "DTSTAMP:20260101T090000Z", "DTSTART:20260105T090000Z", "DTEND:20260105T100000Z",
             f"SUMMARY:{text}", "END:VEVENT", "END:VCALENDAR")  # fmt: skip
    return ("\r\n".join(lines) + "\r\n").encode()


def wav(text: str) -> bytes:
    """Return a short tone; the text determines its pitch."""
    rate, pitch = 8_000, 330 + 20 * (sum(text.encode()) % 12)
    samples = bytes(128 + round(80 * sin(2 * pi * pitch * at / rate)) for at in range(rate // 10))
    form = b"fmt " + struct.pack("<IHHIIHH", 16, 1, 1, rate, rate, 1, 8)
    body = b"WAVE" + form + b"data" + struct.pack("<I", len(samples)) + samples
    return b"RIFF" + struct.pack("<I", len(body)) + body


def mp3(_text: str) -> bytes:
    """Return a few silent frames (MPEG 1 layer III, 128 kbit/s)."""
    return (b"\xff\xfb\x90\xc4" + b"\0" * 413) * 2


def mp4(_text: str) -> bytes:
    """Return a video without a track (ISO 14496-12)."""
    matrix = struct.pack(">9I", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
    head = struct.pack(">IIIIIIH10x", 0, 0, 0, 1000, 0, 0x10000, 0x0100) + matrix + b"\0" * 24 + struct.pack(">I", 1)
    return _box(b"ftyp", b"isom\0\0\2\0isomiso2mp41") + _box(b"moov", _box(b"mvhd", head))


def _box(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data) + 8) + name + data
