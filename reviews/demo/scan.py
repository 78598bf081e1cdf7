"""A one-page PDF that stands in for the scan of a signed letter."""

import datetime

from tthc_portal.text import fold


def letter_scan(number: str, day: datetime.date) -> bytes:
    """A small valid PDF naming the letter; without accents, since it carries no font of its own."""
    lines = (
        "BAN MINH HOA - KHONG PHAI CONG VAN THAT",
        fold(f"Công văn số {number}").upper(),
        f"ngay {day:%d/%m/%Y}",
        "V/v gui ket qua ra soat, phan cap thu tuc hanh chinh",
    )
    text = " ".join(f"({line}) Tj 0 -28 Td" for line in lines)
    stream = f"BT /F1 14 Tf 72 740 Td {text} ET".encode("ascii")
    fonts = b"<< /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >>"
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources %s >>" % fonts,
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
    )
    body, places = b"%PDF-1.4\n", []
    for place, content in enumerate(objects, start=1):
        places.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (place, content)
    size = len(objects) + 1
    table = b"xref\n0 %d\n0000000000 65535 f \n" % size + b"".join(b"%010d 00000 n \n" % place for place in places)
    trailer = b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (size, len(body))
    return body + table + trailer
