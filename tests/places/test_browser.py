"""Every notebook in JupyterLab, in Chromium, as a learner meets it: `make test ARGS="-m browser"`.

It needs Chromium: on Debian and Ubuntu, `apt install chromium`. Screenshots are left in
build/browser.
"""

import functools
import json
import os
import re
import signal
import subprocess
import time
from pathlib import Path

import nbformat
import psutil
import pytest

pytestmark = [pytest.mark.repository, pytest.mark.browser]
ROOT = Path(__file__).parents[2]
SHOTS = ROOT / "build" / "browser"
PATHS = sorted((ROOT / "notebooks").glob("[0-9]*.ipynb"))
SETTINGS = {
    # the notebooks of the repository stay as they are
    "docmanager-extension/plugin": {"autosave": False},
    # every cell is in the page, also those out of view
    "notebook-extension/tracker": {"windowingMode": "none"},
}
BADGE = '<svg xmlns="http://www.w3.org/2000/svg" width="117" height="20"/>'
STATUS = "window.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel?.status"
CODE_CELLS = """() => [...window.jupyterapp.shell.currentWidget.content.model.cells]
    .filter(cell => cell.type === "code").map(cell => cell.toJSON())"""
# Whether every code cell ran after the execution count given, or one failed.
DONE = """after => {
    const panel = window.jupyterapp.shell.currentWidget;
    if (panel.sessionContext.session?.kernel?.status !== "idle") return false;
    const cells = [...panel.content.model.cells].filter(cell => cell.type === "code");
    const outputs = cells.flatMap(cell => cell.outputs.toJSON());
    const failed = outputs.some(output => output.output_type === "error");
    return failed || cells.every(cell => cell.executionCount > after);
}"""


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """The address of what `make lab` starts; nothing of it is left running afterwards."""
    folder = tmp_path_factory.mktemp("lab")
    for name, values in SETTINGS.items():
        file = folder / "settings" / "@jupyterlab" / f"{name}.jupyterlab-settings"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(values))
    environment = os.environ | {
        "JUPYTERLAB_SETTINGS_DIR": str(folder / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(folder / "workspaces"),
        "JUPYTER_RUNTIME_DIR": str(folder / "runtime"),
    }
    command = ["make", "lab", "ARGS=--port=0 --no-browser --expose-app-in-browser"]
    with (folder / "log").open("w") as log:
        make = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=log, stderr=log, start_new_session=True
        )
    address = None
    for _ in range(1200):
        if address := re.search(
            r"(http://127\.0\.0\.1:\d+)/lab/tree/\S+\?(token=\w+)", (folder / "log").read_text()
        ):
            break
        assert make.poll() is None, (folder / "log").read_text()
        time.sleep(0.1)
    started = psutil.Process(make.pid).children(recursive=True)
    yield address.groups()
    started += psutil.Process(make.pid).children(recursive=True)
    os.killpg(make.pid, signal.SIGTERM)
    make.wait(20)
    _, alive = psutil.wait_procs(set(started), timeout=20)
    assert not alive


@pytest.fixture
def page(lab, chromium):
    """A page that keeps in `complaints` its errors and what it asks of other machines.

    Colab's badge is served here.
    """
    address, token = lab
    badge = "https://colab.research.google.com/assets/colab-badge.svg"
    page = chromium.new_page(viewport={"width": 1280, "height": 900})
    page.set_default_timeout(120_000)
    page.complaints = []

    def check_request(request):
        if not request.url.startswith((address, badge, "data:", "blob:")):
            page.complaints.append(request.url)

    def check_message(message):
        # While a kernel starts on a busy machine, jupyter_server cannot list it: a 500. JupyterLab
        # asks again.
        starting = "status of 500" in message.text and "/api/kernels?" in message.location["url"]
        if message.type == "error" and not starting:
            page.complaints.append(message.text)

    page.on("request", check_request)
    page.on("console", check_message)
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    page.route(badge, lambda route: route.fulfill(content_type="image/svg+xml", body=BADGE))
    yield page
    for session in page.request.get(f"{address}/api/sessions?{token}").json():
        page.request.delete(f"{address}/api/sessions/{session['id']}?{token}")
    page.close()


def open_notebook(page, lab, path):
    address, token = lab
    page.goto(f"{address}/lab/tree/notebooks/{path.name}?{token}&reset")
    page.wait_for_function(f"() => {STATUS} === 'idle'")


def choose(page, menu, entry):
    page.locator(".lm-MenuBar-itemLabel", has_text=re.compile(f"^{menu}$")).click()
    page.locator(".lm-Menu-itemLabel", has_text=re.compile(f"^{entry}$")).click()


def wait_until_all_ran(page, after=0):
    """Wait until every code cell has run after execution count `after`; return the last count."""
    page.wait_for_function(DONE, arg=after, timeout=1_200_000, polling=500)
    cells = page.evaluate(CODE_CELLS)
    for cell in cells:
        assert not [output for output in cell["outputs"] if output["output_type"] == "error"], cell
    return max(cell["execution_count"] for cell in cells)


def cell(page, path, name):
    """The cell `name` of the open notebook."""
    names = [cell.id for cell in nbformat.read(path, as_version=4).cells]
    return page.locator(".jp-Notebook .jp-Cell").nth(names.index(name))


def run_cell(page, path, name, source=None):
    """Run one cell as people do, after writing `source` into it."""
    cell(page, path, name).locator(".cm-content").click()
    if source is not None:
        page.keyboard.press("Control+A")
        page.keyboard.insert_text(source)
    page.keyboard.press("Control+Enter")


def take_screenshots(page, path):
    SHOTS.mkdir(parents=True, exist_ok=True)
    outer = page.locator(".jp-Notebook > .jp-WindowedPanel-outer")
    height, step = outer.evaluate("element => [element.scrollHeight, element.clientHeight - 40]")
    for number, top in enumerate(range(0, height, step)):
        outer.evaluate("(element, top) => element.scrollTo(0, top)", top)
        page.wait_for_timeout(150)
        page.screenshot(path=SHOTS / f"{path.stem}_{number:02}.png")


def upload_an_image(page, path):
    box = cell(page, path, "upload")
    with page.expect_file_chooser() as chooser:
        box.get_by_role("button", name="Choose an image").click()
    chooser.value.set_files(ROOT / "example_data" / "images" / "pie_chart_modalities.png")
    box.get_by_alt_text("Your image").wait_for(timeout=2000)


def type_into_the_search_box(page, path):
    line = page.get_by_placeholder("words of your own")
    line.fill("")
    page.locator(".widget-html", has_text="Type what you look for").wait_for(timeout=2000)
    line.press_sequentially("pie chart", delay=50)
    page.locator(".widget-html figure").first.wait_for(timeout=2000)


def move_the_first_slider(page, path, name):
    """Press a key on the first slider of the cell `name`; its figure's alt text changes."""
    widget = cell(page, path, name)
    before = widget.locator("img").get_attribute("alt")
    widget.locator(".noUi-handle").first.press("ArrowRight")
    changed = "([cell, alt]) => cell.querySelector('img').alt !== alt"
    page.wait_for_function(changed, arg=[widget.element_handle(), before], timeout=2000)


def move_the_slider_and_score_a_wording(page, path):
    move_the_first_slider(page, path, "slider")
    page.get_by_label("Template").fill("a drawing of {}")
    page.get_by_role("button", name="Score this wording").click()
    page.get_by_alt_text("“a drawing of {}”").wait_for(timeout=2000)


def rank_statements(page, path):
    page.get_by_label("Statements").fill("a pie chart\na chest x-ray")
    page.get_by_role("button", name="Rank them").click()
    cell(page, path, "ask").locator("img").wait_for(timeout=2000)


# What a reader does with a notebook's widget: each makes the page change within two seconds.
WIDGETS = {
    "03_zero_shot_classification": upload_an_image,
    "04_cross_modal_retrieval": type_into_the_search_box,
    "05_prompt_engineering": move_the_slider_and_score_a_wording,
    "06_visual_question_answering": rank_statements,
    "08_your_own_images": functools.partial(move_the_first_slider, name="window-widget"),
    "09_few_labels": functools.partial(move_the_first_slider, name="play-live"),
    "10_where_does_it_look": functools.partial(move_the_first_slider, name="play-live"),
}


def solve_the_last_exercise(page, path):
    """Type the folded solution into the starter cell, run it, and press the check."""
    cells = nbformat.read(path, as_version=4).cells
    last = max(index for index, cell in enumerate(cells) if cell.source.startswith("<details>"))
    answer = re.search(r"```python\n(.*?)```", cells[last].source, re.DOTALL)[1]
    said = cell(page, path, cells[last - 1].id).locator(".jp-OutputArea")
    assert "Not yet" in said.inner_text()
    run_cell(page, path, cells[last - 2].id, answer)
    run_cell(page, path, cells[last - 1].id)
    said.get_by_text("Right:").wait_for(timeout=10_000)


def what_you_saw_still_holds(page, path):
    """Run the assertions once more, after the exercise was solved and checked."""
    last = cell(page, path, "what-you-saw")
    prompt = last.locator(".jp-InputPrompt")
    before = prompt.inner_text()
    run_cell(page, path, "what-you-saw")
    changed = "([prompt, before]) => prompt.innerText !== before && !prompt.innerText.includes('*')"
    page.wait_for_function(changed, arg=[prompt.element_handle(), before])
    assert last.locator(".jp-OutputArea-output").all_inner_texts() == []


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_it_runs_in_jupyterlab(path, lab, page):
    open_notebook(page, lab, path)
    assert (
        page.locator(".jp-Dialog, .jp-toast, .Toastify__toast").count() == 0
    )  # no pop-up asks about news
    choose(page, "Run", "Run All Cells")
    last = wait_until_all_ran(page)

    solutions = page.locator(".jp-RenderedMarkdown details")
    folded = sum("<details>" in cell.source for cell in nbformat.read(path, as_version=4).cells)
    assert solutions.count() == folded >= 2
    assert all(solution.get_attribute("open") is None for solution in solutions.all())
    assert not solutions.first.locator("pre").first.is_visible()

    wide = """outputs => outputs.filter(output => output.scrollWidth > output.clientWidth + 1
        || [...output.querySelectorAll("img, svg, table")].some(one =>
            one.getBoundingClientRect().right > output.getBoundingClientRect().right + 1))
        .map(output => output.innerText)"""
    assert page.locator(".jp-OutputArea-output").evaluate_all(wide) == []
    images = page.locator(".jp-OutputArea-output img, .jp-RenderedMarkdown img[src^=data]")
    assert all(image.get_attribute("alt") for image in images.all())
    drawn = "drawings => drawings.map(drawing => drawing.naturalWidth)"
    widths = page.locator(".jp-RenderedMarkdown img[src^=data]").evaluate_all(drawn)
    assert len(widths) >= 1 and all(widths)
    take_screenshots(page, path)

    solve_the_last_exercise(page, path)
    assert ("import ipywidgets" in path.read_text()) == (path.stem in WIDGETS), "a widget untried"
    if widget := WIDGETS.get(path.stem):
        widget(page, path)
        page.screenshot(path=SHOTS / f"{path.stem}_widget.png")
    what_you_saw_still_holds(page, path)
    if path == PATHS[0]:
        choose(page, "Run", "Run All Cells")  # once more, without a restart
        wait_until_all_ran(page, after=last)
        choose(page, "Run", "Restart Kernel and Run All Cells…")
        page.locator(".jp-Dialog .jp-mod-accept").click()
        page.wait_for_function(f"() => {STATUS} !== 'idle'")
        assert wait_until_all_ran(page) == last
    assert page.complaints == []
