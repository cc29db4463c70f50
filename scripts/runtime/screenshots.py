"""make screenshots: the pictures of README and app page, from the running demo."""

import shutil

from . import layout, pyenv
from .console import Failure, run, say, step

REQUIREMENTS = layout.ROOT / "requirements-screenshots.txt"
FOLDER = layout.ROOT / "invoice_crm_addon" / "static" / "description"
SIZE = {"width": 1360, "height": 860}
#: Picture, login, address, and what is clicked there, one after the other.
PICTURES = (
    (
        "customer",
        "sales",
        "/odoo/ticket-customers",
        (".o_data_row:has-text('恒泽') .o_data_cell[name=complete_name]", "a[name=tickets]"),
    ),
    ("billing", "sales", "", ("a[name=billing]",)),
    ("tickets", "finance", "/odoo/tickets", ()),
    ("calendar", "finance", "", (".o_switch_view.o_calendar", ".o_calendar_button_prev")),
    ("ticket", "finance", "/odoo/tickets-to-issue", (".o_data_row .o_data_cell[name=name]",)),
    (
        "contract",
        "manager",
        "/odoo/invoice-contracts",
        (".o_data_row:has(.text-bg-success) .o_data_cell[name=name]",),
    ),
    (
        "approval",
        "approver",
        "/odoo/tickets-to-approve",
        (".o_data_row .o_data_cell[name=name]",),
    ),
    ("types", "manager", "/odoo/ticket-types", ()),
)


def main(words):
    """Take every picture, or those that are named.

    :param words: the port of the running demo, then names of pictures
    """
    port, *names = words or ["8069"]
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if not chromium:
        raise Failure("There is no chromium.", "make test installs it, or names the command.")
    with step("have the tool that takes pictures"):
        pip = [layout.VENV_PYTHON, "-m", "pip", "install", "--quiet", *pyenv.PIP_OPTIONS]
        run([*pip, "-r", REQUIREMENTS], failure="pip could not install playwright.")
    from playwright.sync_api import Error, sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        try:
            _take_all(browser, f"http://127.0.0.1:{port}", names)
        except Error as error:
            raise Failure(
                f"The demo does not answer as expected: {error.message.splitlines()[0]}",
                f"Start it in another window: make run PORT={port}",
            ) from error
        finally:
            browser.close()
    return 0


def _take_all(browser, address, names):
    pages = {}
    for name, login, path, clicks in PICTURES:
        if login not in pages:
            pages[login] = _log_in(browser, address, login)
        page = pages[login]
        if path:
            page.goto(address + path)
            page.wait_for_selector(".o_view_controller, .o_view_nocontent")
        for selector in clicks:
            page.locator(selector).first.click()
            page.wait_for_timeout(1500)
        if not names or name in names:
            page.mouse.move(0, 0)
            page.wait_for_timeout(1500)
            page.screenshot(path=FOLDER / f"{name}.png")
            say(f"   {name}.png ({login})")


def _log_in(browser, address, login):
    context = browser.new_context(viewport=SIZE, locale="zh-CN", timezone_id="Asia/Shanghai")
    page = context.new_page()
    page.goto(f"{address}/web/login")
    page.fill("input[name=login]", login)
    page.fill("input[name=password]", login)
    page.click("button[type=submit]")
    page.wait_for_selector(".o_web_client")
    return page
