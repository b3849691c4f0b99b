"""Take the picture of the README: ``make preview``."""

from geo.build import MAPS_DIR
from tests.browser.chromium import chromium

SIZE = {"width": 1280, "height": 800}


def main() -> None:
    """Open the built page and write ``maps/preview.png``."""
    with chromium() as browser:
        page = browser.new_page(viewport=SIZE, color_scheme="light")
        page.goto((MAPS_DIR / "idlib_m4" / "index.html").as_uri())
        page.locator(".leaflet-interactive").nth(50).wait_for(state="attached")
        page.wait_for_timeout(500)  # names are placed a moment after the map
        page.screenshot(path=MAPS_DIR / "preview.png")


if __name__ == "__main__":
    main()
