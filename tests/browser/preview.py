"""Take the pictures of the README: ``make preview``."""

import io
from itertools import pairwise

from PIL import Image
from playwright.sync_api import Page

from geo.build import MAPS_DIR
from geo.inputs.files import CHECKOUT
from tests.browser.chromium import chromium

SIZE = {"width": 1280, "height": 800}
ANIMATION = CHECKOUT / "docs" / "date-control.webp"
ANIMATED_PX = (960, 600)
# From the posts of the demilitarised zone to the end of the patrols.
DAYS = (
    *("2018-09-17", "2019-05-15", "2019-08-24", "2019-12-21", "2020-01-30", "2020-02-13", "2020-02-28", "2020-03-06"),
    *("2020-03-15", "2020-04-15", "2020-05-20", "2020-06-20", "2020-07-22", "2020-08-25", "2020-11-15", "2021-01-15"),
)
FRAME_MS, LAST_FRAME_MS = 900, 2500
QUALITY = 55


def opened(page: Page) -> None:
    """Open the built page and wait until its names are placed."""
    page.goto((MAPS_DIR / "idlib_m4" / "index.html").as_uri())
    page.locator(".leaflet-interactive").nth(50).wait_for(state="attached")
    page.wait_for_timeout(500)  # names are placed a moment after the map


def frames(page: Page) -> list[Image.Image]:
    """Return the page on each of `DAYS`."""
    taken = []
    for day in DAYS:
        page.evaluate("day => M4.setState({ day })", day)
        page.wait_for_timeout(500)
        picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
        taken.append(picture.resize(ANIMATED_PX, Image.Resampling.LANCZOS))
    return taken


def main() -> None:
    """Write ``maps/preview.png``, and the date control at work in ``docs/date-control.webp``."""
    assert all(earlier < later for earlier, later in pairwise(DAYS))
    with chromium() as browser:
        page = browser.new_page(viewport=SIZE, color_scheme="light")
        opened(page)
        page.screenshot(path=MAPS_DIR / "preview.png")
        first, *others = frames(page)
    lasting_ms = [*[FRAME_MS] * len(others), LAST_FRAME_MS]
    first.save(ANIMATION, save_all=True, append_images=others, duration=lasting_ms, loop=0, quality=QUALITY, method=6)


if __name__ == "__main__":
    main()
