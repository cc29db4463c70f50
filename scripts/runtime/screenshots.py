"""make screenshots: every screen of the running demo, and the pictures of README and manual.

The pictures that are shown somewhere go there; all screens, in both languages and both widths, go
to the runtime folder with notes.txt, which names what is too wide, cut, or in another language.
"""

import contextlib
import io
import shutil

from . import layout, pyenv, screens
from .console import Failure, run, say, step

REQUIREMENTS = layout.ROOT / "requirements-screenshots.txt"
APP_PAGE = layout.MODULE_DIR / "static" / "description"
ALL = layout.RUNTIME / "screenshots"
#: Language of the product, and the folder of the manual in it.
LANGUAGES = {"zh_CN": "zh_CN", "en_US": "en"}
WIDTHS = (1366, 390)
HEIGHTS = {1366: 768, 390: 844}
APP_PAGE_SIZE = {"width": 1360, "height": 860}
#: Bytes that a picture of the manual may have.
MOST_BYTES = 60_000
#: What the eyes might miss: a page wider than the screen, cut labels, English in Chinese.
CHECK = """
(lang) => {
    const notes = [];
    const wide = document.documentElement.scrollWidth - window.innerWidth;
    if (wide > 0) notes.push(`the page is ${wide} px too wide`);
    const seen = (el) => el.checkVisibility() && el.getBoundingClientRect().width > 0;
    const cut = "th, .btn, .nav-link, .o_form_label, .o_stat_text, .badge, h1, h2, h3, legend";
    for (const el of document.querySelectorAll(`.o_action_manager :is(${cut})`)) {
        const hidden = getComputedStyle(el).overflowX !== "visible";
        if (hidden && seen(el) && el.scrollWidth > el.clientWidth + 1 && el.innerText.trim())
            notes.push(`cut: ${el.innerText.trim().slice(0, 40)}`);
    }
    if (lang !== "zh_CN") return notes;
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const { textContent, parentElement } = walker.currentNode;
        const text = textContent.trim();
        if (/[A-Za-z]{4,}/.test(text) && !/[@/]|[\\u4e00-\\u9fff]/.test(text) && seen(parentElement)
            && !parentElement.closest("script, style")) notes.push(`English: ${text.slice(0, 60)}`);
    }
    return [...new Set(notes)];
}
"""


def main(words):
    """Take the pictures that are shown, and every screen; or a part of them.

    :param words: the port of the running demo, then any of: shown (no others), screens (no
        shown ones), zh_CN, en_US, 1366, 390, names of pictures, parts of names of menus
    """
    port, *wanted = words or ["8069"]
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
            _take_all(Demo(browser, f"http://127.0.0.1:{port}"), wanted)
        except Error as error:
            raise Failure(
                f"The demo does not answer as expected: {error.message.splitlines()[0]}",
                f"Start it in another window: make run PORT={port}",
            ) from error
        finally:
            browser.close()
    return 0


def _take_all(demo, wanted):
    langs = [lang for lang in LANGUAGES if lang in wanted] or list(LANGUAGES)
    widths = [width for width in WIDTHS if str(width) in wanted] or WIDTHS
    known = ("shown", "screens", *LANGUAGES, *map(str, WIDTHS))
    names = [word for word in wanted if word not in known]
    for lang in langs:
        if "screens" not in wanted:
            _take_shown(demo, lang, names)
        if "shown" not in wanted:
            for width in widths:
                _take_screens(demo, lang, width, names)


# === PICTURES THAT ARE SHOWN === #


def _take_shown(demo, lang, names):
    if lang == "zh_CN":
        for picture, page in demo.open_pictures(screens.APP_PAGE, lang, APP_PAGE_SIZE, names):
            path = APP_PAGE / f"{picture.name}.png"
            path.write_bytes(_as_palette(page.screenshot()))
    folder = layout.ROOT / "docs" / LANGUAGES[lang] / "pictures"
    folder.mkdir(parents=True, exist_ok=True)
    size = {"width": WIDTHS[0], "height": HEIGHTS[WIDTHS[0]]}
    for picture, page in demo.open_pictures(screens.MANUAL, lang, size, names):
        path = folder / f"{picture.name}.webp"
        path.write_bytes(_as_webp(page.screenshot()))


def _as_palette(png):
    from PIL import Image

    image = Image.open(io.BytesIO(png)).convert("RGB").quantize(256, dither=Image.Dither.NONE)
    out = io.BytesIO()
    image.save(out, "png", optimize=True)
    return out.getvalue()


def _as_webp(png):
    """The best quality that is small enough: text stays sharp as long as it can."""
    from PIL import Image

    image = Image.open(io.BytesIO(png)).convert("RGB")
    for quality in range(80, 10, -10):
        out = io.BytesIO()
        image.save(out, "webp", quality=quality, method=6)
        if out.tell() <= MOST_BYTES:
            break
    return out.getvalue()


# === EVERY SCREEN === #


def _take_screens(demo, lang, width, names):
    folder = ALL / lang / str(width)
    folder.mkdir(parents=True, exist_ok=True)
    notes = []
    size = {"width": width, "height": HEIGHTS[width]}
    for name, page in demo.open_screens(lang, size, names):
        page.screenshot(path=folder / f"{name}.png")
        found = page.evaluate(CHECK, lang)
        notes += [f"{name}: {note}" for note in found]
        say(f"   {lang} {width} {name}" + (f": {len(found)} notes" if found else ""))
    if not names:
        (folder / "notes.txt").write_text("\n".join(notes) + "\n")


def _is_wanted(name, parts):
    return not parts or any(part in name for part in parts)


class Demo:
    """The running demo, opened by whom a screen wants, in the language that it is to have."""

    def __init__(self, browser, address):
        self.browser = browser
        self.address = address

    def open_pictures(self, pictures, lang, size, names):
        """Go through a table of pictures; yield each that is wanted, with its page."""
        wanted = [one for one in pictures if not names or one.name in names]
        if not wanted:
            return
        with self._pages(lang, size) as get_page:
            for picture in pictures[: pictures.index(wanted[-1]) + 1]:
                say(f"   {picture.name} ({picture.login})")
                page = get_page(picture.login)
                if picture.path:
                    self._go(page, picture.path)
                for selector in picture.clicks:
                    page.locator(selector).first.click()
                    page.wait_for_timeout(1500)
                page.mouse.move(0, 0)
                if picture in wanted:
                    page.wait_for_timeout(800)
                    yield picture, page

    def open_screens(self, lang, size, names):
        """Go to the home of each role and to all that our menus open; yield name and page.

        :param list names: parts of the names of homes and menus; none, for all
        """
        with self._pages(lang, size) as get_page:
            for login in screens.HOMES:
                if not _is_wanted(f"home-{login}", names):
                    continue
                page = get_page(login)
                self._go(page, "/odoo/tickets-overview")
                yield f"home-{login}", page
            for menu, login in self._find_menus(get_page):
                if _is_wanted(menu["name"], names):
                    yield from self._open_menu(get_page(login), menu)

    def _find_menus(self, get_page):
        """Return each menu with an action, and the login that opens it."""
        menus = {}
        for login in dict.fromkeys((*screens.LOGINS, *screens.MENU_LOGINS.values())):
            for menu in self._get_menus(get_page(login)):
                menus.setdefault(menu["xmlid"].partition(".")[2], {})[login] = menu
        for name, by_login in menus.items():
            login = screens.MENU_LOGINS.get(name)
            login = login if login in by_login else next(iter(by_login))
            yield by_login[login] | {"name": name}, login

    def _get_menus(self, page):
        load = "fetch('/web/webclient/load_menus').then((answer) => answer.json())"
        menus = page.evaluate(load)
        below = [menu for menu in menus.values() if menu["xmlid"] == screens.APP]
        while below:
            menu = below.pop(0)
            children = [menus[str(child)] for child in menu["children"]]
            if menu["actionID"] and not children:
                yield menu
            below = children + below

    def _open_menu(self, page, menu):
        name = menu["name"].removeprefix("menu_")
        path = f"/odoo/action-{menu['actionID']}"
        self._go(page, path)
        yield name, page
        modes = self._get_views(page, menu)
        row = page.locator(
            f".o_action_manager {screens.ROW}, .o_kanban_record:not(.o_kanban_ghost)"
        )
        if "form" in modes and row.count():
            row.first.click()
            page.wait_for_timeout(1500)
            yield f"{name}-opened", page
            full = page.locator(screens.FULL_FORM)
            if full.count():
                full.first.click()
                page.wait_for_timeout(1500)
                yield f"{name}-form", page
        for mode in modes[1:]:
            if mode in screens.VIEWS:
                self._go_to_view(page, path, modes, mode)
                yield f"{name}-{mode}", page

    def _go_to_view(self, page, path, modes, mode):
        if page.viewport_size["width"] > 500:
            self._go(page, f"{path}?view_type={mode}")
            return
        # A phone opens its own first view, whatever the address says.
        self._go(page, path)
        page.locator(".o_cp_switch_buttons button").click()
        several = [one for one in modes if one != "form"]
        page.locator(".o_cp_switch_buttons .o-dropdown-item").nth(several.index(mode)).click()
        page.wait_for_timeout(1800)

    def _get_views(self, page, menu):
        if menu["actionModel"] != "ir.actions.act_window":
            return []
        action = self._call(page, "/web/action/load", {"action_id": menu["actionID"]})
        return [mode for _view, mode in action["views"]] if action["target"] != "new" else []

    def _go(self, page, path):
        # A page of its own: nothing of the screen before stays open.
        page.goto("about:blank")
        page.goto(self.address + path)
        with contextlib.suppress(Exception):
            page.wait_for_selector(".o_action_manager > *, .modal", timeout=15_000)
        page.wait_for_timeout(1800)

    @contextlib.contextmanager
    def _pages(self, lang, size):
        """Give each login a page in a language; at the end they have their own one again."""
        pages, before = {}, {}
        admin = self._log_in("admin", lang, size)
        was_active = self._activate(admin, lang, True)

        def get_page(login):
            if login not in pages:
                page = self._log_in(login, lang, size)
                before[login] = self._switch(page, lang)
                pages[login] = page
            return pages[login]

        try:
            yield get_page
        finally:
            for login, page in pages.items():
                self._switch(page, before[login])
                page.context.close()
            self._activate(admin, lang, was_active)
            admin.context.close()

    def _log_in(self, login, lang, size):
        context = self.browser.new_context(
            viewport=size,
            locale=lang.replace("_", "-"),
            timezone_id="Asia/Shanghai",
            has_touch=size["width"] < 500,
        )
        page = context.new_page()
        page.goto(f"{self.address}/web/login")
        page.fill("input[name=login]", login)
        page.fill("input[name=password]", login)
        page.click("button[type=submit]")
        page.wait_for_selector(".o_web_client")
        return page

    def _switch(self, page, lang):
        """Give the user of a page a language, as preferences do; return the one before."""
        uid = self._call(page, "/web/session/get_session_info", {})["uid"]
        [user] = self._call_model(page, "res.users", "read", [uid], ["lang"])
        if user["lang"] != lang:
            self._call_model(page, "res.users", "write", [uid], {"lang": lang})
        return user["lang"]

    def _activate(self, admin, lang, active):
        """Let the demo have a language, or not any more; return whether it had it."""
        context = {"active_test": False}
        [found] = self._call_model(
            admin, "res.lang", "search_read", [["code", "=", lang]], ["active"], context=context
        )
        if found["active"] != active:
            self._call_model(admin, "res.lang", "write", [found["id"]], {"active": active})
        return found["active"]

    def _call_model(self, page, model, method, *args, **kwargs):
        params = {"model": model, "method": method, "args": args, "kwargs": kwargs}
        return self._call(page, "/web/dataset/call_kw", params)

    def _call(self, page, route, params):
        answer = page.request.post(self.address + route, data={"params": params}).json()
        if "error" in answer:
            raise Failure(f"The demo refuses {route}: {answer['error']['data']['message']}")
        return answer["result"]
