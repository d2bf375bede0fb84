"""JupyterLab as `make lab` starts it, in headless Chromium: the notebooks run, figures fit, the upload answers."""

import os
import re
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.repository]
ROOT = Path(__file__).parents[1]
SCREENSHOTS = ROOT / "build" / "screenshots"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
FLAGS += ["--disable-sync", "--no-first-run"]
NOTEBOOKS = sorted(path.name for path in (ROOT / "notebooks").glob("[0-9]*.ipynb"))


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """The address of a JupyterLab started by `make lab`, while port 8888 is taken; user settings go elsewhere."""
    home = tmp_path_factory.mktemp("home")
    settings = {"JUPYTER_CONFIG_DIR": str(home / "config"), "JUPYTER_DATA_DIR": str(home / "data"), "BROWSER": "true"}
    log = (home / "log").open("w+")
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if taken.connect_ex(("127.0.0.1", 8888)):
            taken.bind(("127.0.0.1", 8888))
            taken.listen()
        server = subprocess.Popen(
            ["make", "lab"], cwd=ROOT, env=os.environ | settings, stdout=log, stderr=log, start_new_session=True
        )
        try:
            for _ in range(240):
                time.sleep(0.5)
                said = Path(log.name).read_text()
                if found := re.search(r"(http://127\.0\.0\.1:(\d+)/lab)\S*\?token=(\w+)", said):
                    break
            assert found, said
            assert found[2] != "8888"
            yield found[1], found[3]
        finally:
            os.killpg(server.pid, signal.SIGTERM)
            server.wait(20)


@pytest.fixture(scope="module")
def browser():
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    assert chromium, "Chromium is not installed: apt install chromium"
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=chromium, args=FLAGS)


@pytest.fixture
def page(browser):
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    yield page
    page.close()


def run_all(page, lab, name):
    """Open the notebook, restart its kernel, run all cells, and wait until the last one has been run."""
    address, token = lab
    page.goto(f"{address}/tree/{name}?token={token}")
    notebook = page.locator(".jp-NotebookPanel:not(.lm-mod-hidden)")
    notebook.locator(".jp-Cell").first.wait_for(timeout=60_000)
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.locator("[data-command='runmenu:restart-and-run-all']").click()
    page.get_by_role("button", name="Restart").click()
    page.wait_for_function(
        """() => {
            const prompts = [...document.querySelectorAll('.jp-NotebookPanel:not(.lm-mod-hidden) .jp-CodeCell')]
                .map(cell => cell.querySelector('.jp-InputPrompt').textContent);
            return prompts.length > 3 && prompts.every(text => /\\[\\d+\\]/.test(text));
        }""",
        timeout=300_000,
    )
    return notebook


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_notebook_runs_in_jupyterlab_and_its_figures_fit(page, lab, name):
    notebook = run_all(page, lab, name)
    assert notebook.locator("[data-mime-type='application/vnd.jupyter.error']").all_inner_texts() == []
    figures = notebook.locator(".jp-OutputArea-output img")
    assert figures.count() >= 4
    for index in range(figures.count()):
        box, alt = figures.nth(index).bounding_box(), figures.nth(index).get_attribute("alt")
        assert box["x"] + box["width"] <= 1280
        assert len(alt or "") > 20
    folded = notebook.locator("details")
    assert folded.count() >= 2
    assert not any(folded.nth(index).get_attribute("open") is not None for index in range(folded.count()))
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    for index in range(figures.count()):
        figures.nth(index).scroll_into_view_if_needed()
        page.screenshot(path=SCREENSHOTS / f"{name.removesuffix('.ipynb')}-{index}.png")
    assert page.get_by_text("Would you like to get notified").count() == 0  # no question about news on the first day


def test_an_uploaded_image_is_classified_and_a_text_file_is_refused_in_words(page, lab, tmp_path):
    notebook = run_all(page, lab, "03_zero_shot_classification.ipynb")
    chooser = notebook.locator("input[type=file]")
    before = notebook.locator(".jp-OutputArea-output img").count()
    chooser.set_input_files(ROOT / "example_data" / "images" / "chest_xray_masses.png")
    page.wait_for_function(
        f"document.querySelectorAll('.jp-NotebookPanel .jp-OutputArea-output img').length > {before}", timeout=30_000
    )
    assert "chest X-ray" in notebook.locator("img[alt^='Your image']").get_attribute("alt")
    wrong = tmp_path / "notes.png"
    wrong.write_text("This is not a picture.")
    chooser.set_input_files(wrong)
    notebook.get_by_text("it is text, not a picture").wait_for(timeout=30_000)
