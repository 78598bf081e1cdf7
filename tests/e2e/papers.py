"""Reading figures off the portal's papers: each reader gives {(body, figure): value}, so that all can be compared."""

import re

from tests.office import sheet_of

NATION = "VN"
# Functions that the readers below use in the page: texts (or addresses) of its counts by their names.
JS = """
const all = (root, where) => [...root.querySelectorAll(where)];
const named = (root, where, name, value) => Object.fromEntries(all(root, where).map((one) => [name(one), value(one)]));
const counts = (root, where) => named(root, where, (one) => one.dataset.figure, (one) => one.textContent);
const text = (root, where) => (root.querySelector(where) || { textContent: "" }).textContent;
"""
# The columns of Biểu 01 by their official numbers.
BY_BODY = {
    "(1)": "total",
    "(2)": "excluded",
    "(3)=(1)-(2)": "eligible",
    "(4)": "unknown",
    "(5)=(7)+ … +(11)": "reviewed",
    "(6)=(5):(3)": "reviewed share",
    "(7)": "sent decentralize",
    "(8)": "sent keep",
    "(9)": "sent delegate",
    "(10)": "sent abolish",
    "(11)": "sent other",
    "(12)": "proposed",
    "(13)": "accepted",
    "(14)": "approved",
    "(15)": "share",
    "(16)": "required",
    "(17)=(16)-n": "missing",
    "(18)": "verdict",
}


def number(text):
    """ "1.319" → 1319, "54,48%" → 54.48, "—" → None."""
    text = text.strip().rstrip("%")
    if text in ("", "—"):
        return None
    text = text.replace(".", "").replace(",", ".")
    return float(text) if "." in text else int(text)


def in_page(page, expression):
    """What ``expression`` is worth in the page."""
    return page.evaluate(f"() => {{ {JS} return ({expression}); }}")


def dashboard(page):
    """The table of bodies: every count, dossiers, the share with its n and e, and what the line asks for."""
    rows = in_page(
        page,
        """all(document, "tr[data-body]").map((row) => ({
            code: row.dataset.body,
            counts: counts(row, "a[data-figure]"),
            links: named(row, "a[data-figure]", (one) => one.dataset.figure, (one) => one.getAttribute("href")),
            plain: all(row, ":scope > td").map((td) => td.innerText),
            share: text(row, ".share-figures strong"),
            of: text(row, ".share-figures span"),
            verdict: row.querySelector(".share-met") ? "Đạt" : row.querySelector(".share-below") ? "Chưa đạt" : null,
        }))""",
    )
    figures, links = {}, {}
    for row in rows:
        code = row["code"]
        figures |= {(code, name): number(text) for name, text in row["counts"].items()}
        links |= {(code, name): href for name, href in row["links"].items()}
        figures[code, "dossiers"] = number(row["plain"][-4])
        figures[code, "required"], figures[code, "missing"] = number(row["plain"][-2]), number(row["plain"][-1])
        figures[code, "share"], figures[code, "verdict"] = number(row["share"]), row["verdict"]
        if row["of"]:
            figures[code, "n"], figures[code, "e"] = (number(part) for part in row["of"].split("/"))
    return figures, links


def by_body(source, codes):
    """Biểu 01 from its workbook; ``codes`` are the bodies by the names in it."""
    figures, columns = {}, {}
    for row in sheet_of(source).iter_rows(values_only=True):
        if "(1)" in row:
            columns = {place: BY_BODY[value] for place, value in enumerate(row) if value in BY_BODY}
        code = codes.get(row[1]) if columns else None
        if code:
            figures |= {(code, name): row[place] for place, name in columns.items()}
    assert set(columns.values()) == set(BY_BODY.values())
    return figures


def proposals(source, codes, tier):
    """Biểu 02 from its workbook: how many procedures stand under each body, under all, and in its last line."""
    figures, body = {(NATION, tier): 0}, None
    for row in sheet_of(source).iter_rows(values_only=True):
        label = str(row[2] or "")
        if row[0] and re.fullmatch("[IVXLC]+", str(row[0])):
            body = codes[label]
        elif re.fullmatch(r"\d\.\d{6}", str(row[1] or "")):
            figures[body, tier] = figures.get((body, tier), 0) + 1
            figures[NATION, tier] += 1
        elif label.startswith("TỔNG CỘNG"):
            figures["last line", tier] = number(re.search(r"(\d+) TTHC", label)[1])
    assert figures["last line", tier] == figures.pop((NATION, tier))
    figures[NATION, tier] = figures.pop(("last line", tier))
    return figures


def summary(page, code):
    """The one page of a body, or of the nation: tiles, tiers, and what waits for a decision."""
    found = in_page(
        page,
        """({
            tiles: named(document, "[data-summary]", (one) => one.dataset.summary, (one) => one.textContent),
            words: document.querySelector(".one-page-tiles").innerText,
            line: document.querySelector(".one-page-line").innerText,
            share: text(document, ".one-page-share .share-figures strong"),
            decisions: counts(document, "[aria-labelledby=decide] a[data-figure]"),
        })""",
    )
    figures = {(code, name): number(text) for name, text in found["tiles"].items() if name != "days"}
    figures |= {(code, f"waiting {name}"): number(text) for name, text in found["decisions"].items()}
    figures[code, "required"] = number(re.search(r"mức tối thiểu ([\d.]+)", found["words"])[1])
    figures[code, "eligible"] = number(re.search(r"trong ([\d.]+) TTHC thuộc", found["words"])[1])
    figures[code, "share"] = number(found["share"])
    for label, tier in (("Đề xuất", "proposed"), ("Thống nhất", "accepted"), ("Phê duyệt", "approved")):
        share, n, e = re.search(rf"{label}: (\S+) \(([\d.]+)/([\d.]+)\)", found["line"]).groups()
        figures[code, tier], figures[code, f"{tier} share"] = number(n), number(share)
        figures[code, "eligible of " + tier] = number(e)
    return figures


def body_page(page, code):
    """A body's own dashboard: counts, tiers, statuses, conclusions and the sums of its sectors."""
    found = in_page(
        page,
        """({
            figures: counts(document, ".tiles a[data-figure], .card a[data-figure]"),
            total: text(document, "[data-section=statuses] tfoot .numeric"),
            sectors: all(document, "[data-section=sectors] tbody tr").map((row) => counts(row, "a[data-figure]")),
        })""",
    )
    figures = {(code, name): number(text) for name, text in found["figures"].items()}
    figures[code, "sum of statuses"] = sum(value for (_, name), value in figures.items() if name.startswith("status-"))
    figures[code, "total of statuses"] = number(found["total"])
    sums = {}
    for sector in found["sectors"]:
        for name, text in sector.items():
            sums[code, name] = sums.get((code, name), 0) + number(text)
    return figures, sums
