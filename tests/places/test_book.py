"""The site in build/book, in Chromium: `make book`, then `pytest -m book tests`.

Screenshots are left in build/screenshots.
"""

import functools
import http.server
import itertools
import re
import threading
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

import pytest

pytestmark = [pytest.mark.repository, pytest.mark.book]
ROOT = Path(__file__).parents[2]
SITE = ROOT / "build" / "book"
PAGES = sorted(str(path.relative_to(SITE)) for path in SITE.rglob("*.html")) or ["index.html"]
NOTEBOOKS = sorted(path.stem for path in (ROOT / "notebooks").glob("[0-9]*.ipynb"))


@pytest.fixture(scope="module")
def address():
    """The site's address on a server of the test's own."""
    if not (SITE / "index.html").is_file():
        pytest.fail("There is no site to test. Type: make book")

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *args):
            pass

    server = http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(Quiet, directory=SITE)
    )
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()


@pytest.fixture(params=[390, 1280])
def width(request):
    return request.param


def open_page(chromium, address, name, **options):
    """Open a page; asserts that it asks no other server for anything and reports no error."""
    page = chromium.new_page(**options)
    page.set_default_timeout(120_000)  # a busy machine
    asked, errors = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on(
        "console", lambda message: errors.append(message.text) if message.type == "error" else None
    )
    assert page.goto(address + name).ok
    page.wait_for_load_state("networkidle")
    page.evaluate(
        "document.querySelectorAll('img[loading=lazy]').forEach(image => image.loading = 'eager')"
    )
    page.wait_for_function("[...document.images].every(image => image.complete)")
    assert [url for url in asked if not url.startswith((address, "data:"))] == []
    assert errors == []
    return page


@pytest.mark.parametrize("name", PAGES)
def test_it_opens_fits_and_nothing_is_cut_off(chromium, address, name, width):
    page = open_page(chromium, address, name, viewport={"width": width, "height": 900})
    folder = ROOT / "build" / "screenshots"
    page.screenshot(
        path=folder / f"{name.removesuffix('.html').replace('/', '-')}-{width}.png", full_page=True
    )
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    broken = page.evaluate(
        "[...document.images].filter(image => !image.naturalWidth).map(image => image.src)"
    )
    wide = page.evaluate("""() => {
        const edge = document.querySelector('article').getBoundingClientRect().right + 1;
        return [...document.querySelectorAll('article img')]
            .filter(image => image.getBoundingClientRect().right > edge).map(image => image.alt);
    }""")
    page.close()
    assert (broken, wide) == ([], [])


@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing_serious(chromium, address, name):
    """Try all rules in the light theme; in the dark one, those that look at colours."""
    from axe_playwright_python.sync_playwright import Axe

    page = open_page(chromium, address, name, color_scheme="light")
    options = {"resultTypes": ["violations"]}
    violations = Axe().run(page, options=options).response["violations"]
    options["runOnly"] = ["color-contrast", "link-in-text-block"]
    background = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(background)
    page.emulate_media(color_scheme="dark")
    assert page.evaluate(background) != light
    page.wait_for_function("document.getAnimations().length === 0")  # colours change slowly
    violations += Axe().run(page, options=options).response["violations"]
    page.close()
    serious = [
        (
            violation["id"],
            violation["nodes"][0]["html"][:200],
            violation["nodes"][0]["failureSummary"][:300],
        )
        for violation in violations
        if violation["impact"] in ("serious", "critical")
    ]
    assert serious == []


@functools.cache
def soup(name):
    from bs4 import BeautifulSoup

    return BeautifulSoup((SITE / name).read_text(), "html.parser")


@pytest.mark.parametrize(
    "name", [name for name in PAGES if name != "search.html"]
)  # written by its script
def test_its_headings_are_in_order_and_its_pictures_have_alt_text(name):
    levels = [
        int(heading.name[1])
        for heading in soup(name).find("article").find_all(re.compile(r"^h[1-6]$"))
    ]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))
    assert all(
        len(image.get("alt", "")) > 10 for image in soup(name).find("article").find_all("img")
    )


@pytest.mark.parametrize("name", PAGES)
def test_its_links_lead_somewhere(name):
    for link in soup(name).find_all("a", href=True):
        target = urlsplit(urljoin(f"site:///{name}".replace("site:", "http://site"), link["href"]))
        if target.netloc != "site":
            assert re.fullmatch(r"https://[\w.-]+\.\w+(/\S*)?", link["href"]), link["href"]
            continue
        path = unquote(target.path).lstrip("/") or "index.html"
        assert (SITE / path).is_file(), link["href"]
        if target.fragment and path.endswith(".html"):
            assert soup(path).find(id=unquote(target.fragment)), link["href"]


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_notebook_s_page_shows_its_figures_and_offers_colab_and_download(name):
    html = (SITE / "notebooks" / f"{name}.html").read_text()
    figures = re.findall(rf'src="\.\./figures/({name[:2]}-[\w-]+\.png)"', html)
    assert len(set(figures)) == len(figures) >= 1
    assert f"/blob/main/notebooks/{name}.ipynb" in html
    stored = (ROOT / "notebooks" / f"{name}.ipynb").read_bytes()
    assert f'href="../download/{name}.ipynb" download' in html
    assert (SITE / "download" / f"{name}.ipynb").read_bytes() == stored
    assert "Traceback" not in html and "VBox(" not in html and 'href="../glossary.html' in html


def test_a_widget_s_first_figure_is_on_the_page():
    html = (SITE / "notebooks" / "05_prompt_engineering.html").read_text()
    assert "05-playground-1.png" in html


def test_keyboard_search_dark_mode_and_folded_solutions(chromium, address):
    page = open_page(chromium, address, "notebooks/03_zero_shot_classification.html")
    page.keyboard.press("Tab")
    assert "skip" in page.evaluate("document.activeElement.textContent").lower()
    solution = page.locator("details", has_text="Solution").first
    assert not solution.get_by_text("One of many").is_visible()
    solution.locator("summary").press("Enter")
    assert solution.get_by_text("One of many").is_visible()
    background = "getComputedStyle(document.body).backgroundColor"
    before = page.evaluate(background)
    page.locator("button.theme-toggle:visible").first.press("Enter")
    assert page.evaluate(background) != before
    page.locator(".sidebar-search:visible").fill("softmax")
    page.keyboard.press("Enter")
    page.wait_for_selector(".search li a")
    assert page.locator(".search li a", has_text="Zero-shot").count()
    page.close()
