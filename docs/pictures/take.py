"""Take the pictures of the README anew: ``python docs/pictures/take.py http://127.0.0.1:8000`` beside ``make run``.

Signs in with DEMO_PASSWORD and photographs six pages of the demonstration with Chromium, as WebP of at most 60 KB.
"""

import base64
import os
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

FOLDER = Path(__file__).parent
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
LIMIT = 60_000
SIZE = {"width": 1366, "height": 900}
# file: (account, address – None for the first form of FORM –, how far down in pixels)
PICTURES = {
    "home": ("cuc.lanhdao", "/", 0),
    "dashboard": ("cuc.lanhdao", "/dashboard/", 90),
    "worklist": ("g15.daumoi", "/reviews/", 90),
    "form": ("g15.daumoi", None, 740),
    "quick": ("g15.daumoi", "/reviews/quick/?eligible=1", 90),
    "summary": ("g15.daumoi", "/reports/summary/G15/", 90),
}
FORM = "/reviews/?status=draft&conclusion=decentralize"


def sign_in(page, site: str, account: str) -> None:
    """Leave whoever was signed in behind and come as ``account``."""
    page.context.clear_cookies()
    page.goto(f"{site}/accounts/login/")
    page.fill("input[name=login]", account)
    page.fill("input[name=password]", os.environ["DEMO_PASSWORD"])
    page.click("main button[type=submit]")
    page.wait_for_load_state("networkidle")


def picture(page, target: Path) -> int:
    """Photograph the window as WebP, as fine as LIMIT allows, and say how many bytes it took."""
    browser = page.context.new_cdp_session(page)
    for quality in (90, 80, 70, 60, 50, 40, 30, 20, 15):
        shot = browser.send("Page.captureScreenshot", {"format": "webp", "quality": quality})
        content = base64.b64decode(shot["data"])
        if len(content) <= LIMIT:
            break
    target.write_bytes(content)
    return len(content)


def main(site: str) -> None:
    """Take every picture."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        )
        page = chromium.new_page(viewport=SIZE, locale="vi-VN")
        inside = ""
        for name, (account, address, down) in PICTURES.items():
            if account != inside:
                sign_in(page, site, account)
                inside = account
            if address is None:
                page.goto(f"{site}{FORM}")
                address = page.locator("main tbody a[href^='/reviews/']").first.get_attribute("href")
            page.goto(f"{site}{address}")
            page.wait_for_load_state("networkidle")
            page.mouse.wheel(0, down)
            page.wait_for_timeout(500)
            print(f"{name}: {picture(page, FOLDER / f'{name}.webp'):,} bytes")
        chromium.close()


if __name__ == "__main__":
    main(sys.argv[1].rstrip("/"))
