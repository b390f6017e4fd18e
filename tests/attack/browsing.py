"""A browser with a victim in it, and all that a hostile page might make it do."""
# ruff: noqa: E501  (scripts of the page, as they are)

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from playwright.sync_api import BrowserContext, ConsoleMessage, Dialog, Error, Frame, Page, Request

from tests.attack.listening import SECRET, Heard
from tests.attack.payloads import MARK

_HIT: Final = re.compile(rf"{MARK} (\d+)(?: (1))?")
_ASKED: Final = re.compile(r"/p(\d+)x")

STIR: Final = """given => {
    const document = given ?? window.document;
    const types = ['click', 'mouseover', 'mouseenter', 'mousemove', 'pointerover', 'focus', 'blur', 'toggle', 'beforetoggle', 'keydown', 'copy',
        'cut', 'paste', 'dragstart', 'scroll', 'wheel', 'animationstart', 'transitionend', 'transitionrun', 'auxclick', 'contextmenu', 'invalid',
        'search', 'input', 'start', 'finish', 'load', 'error', 'hashchange', 'resize', 'beforematch', 'close', 'cancel', 'begin', 'command'];
    const roots = [document], links = [];
    for (let at = 0; at < roots.length; at++) {
        for (const element of roots[at].querySelectorAll('*')) {
            if (element.shadowRoot) roots.push(element.shadowRoot);
            const address = element.href?.baseVal ?? element.href;
            if (typeof address === 'string' && element.localName !== 'link' && (element.hasAttribute('href') || element.hasAttribute('xlink:href'))) links.push([element.protocol ?? '', address]);
            for (const type of types) if (type !== 'click') element.dispatchEvent(new Event(type));
            if (/^(button|input|summary|label|area)$/.test(element.localName)) element.click();
            else if (element.localName !== 'a') element.dispatchEvent(new Event('click'));
            else if (!/^(https?|mailto):/.test(element.protocol ?? '') || element.onclick) element.dispatchEvent(new MouseEvent('click', {cancelable: true}));
        }
    }
    for (const link of document.querySelectorAll('a[href], area[href]')) if (/^(javascript|vbscript|data|blob):/.test(link.protocol)) link.click();
    return links;
}"""
"""Does to each element what a person might: touch it, point at it, click it. Links to other sites are listed, not followed."""

PLACES: Final = """({root, ours}) => {
    const wrong = [], top = root ? document.querySelector(root) : document.querySelector('main');
    for (const cell of top.querySelectorAll('[id*="cell-id=s-"]')) {
        const number = cell.id.split('cell-id=s-')[1], rect = cell.getBoundingClientRect();
        if (cell.parentNode !== top) wrong.push(`cell ${number} lies in ${cell.parentNode.localName}`);
        if (cell.textContent.trim().replace(/\\s+/g, ' ').replace(/¶/g, '') !== `sentinel ${number}`) wrong.push(`cell ${number} says ${cell.textContent.trim().slice(0, 80)}`);
        cell.scrollIntoView({block: 'center', behavior: 'instant'});
        const word = document.createRange();
        word.selectNodeContents(cell.querySelector('p') ?? cell);
        const box = word.getBoundingClientRect();
        const found = box.width ? document.elementFromPoint(Math.min(box.x + 5, innerWidth - 1), box.y + box.height / 2) : null;
        if (!rect.width || !rect.height || !found || !cell.contains(found)) wrong.push(`cell ${number} cannot be seen for ${found?.outerHTML?.slice(0, 120)}`);
    }
    for (const name of ours) {
        const element = document.getElementById(name);
        element.scrollIntoView({block: 'center', behavior: 'instant'});
        const box = element.getBoundingClientRect();
        for (const x of [5, box.width / 2, box.width - 5]) {
            const found = document.elementFromPoint(box.x + x, box.y + box.height / 2);
            if (found !== element) wrong.push(`the front end's #${name} cannot be seen for ${found?.outerHTML?.slice(0, 120)}`);
        }
    }
    return wrong;
}"""
"""Where the cells between hostile ones are, and whether they, and the front end around, can be seen; says what is wrong."""


@dataclass(slots=True)
class Seen:
    """What a browser did on behalf of payloads, by their numbers where these are known."""

    ran: set[int] = field(default_factory=set)
    read: set[int] = field(default_factory=set)
    asked: list[str] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)
    popups: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    links: set[tuple[str, str]] = field(default_factory=set)
    misplaced: list[str] = field(default_factory=list)

    def counts(self) -> dict[str, int]:
        """Return how often what must not happen has happened."""
        return {
            "executions": len(self.ran),
            "foreign requests": len(self.asked),
            "dialogs": len(self.dialogs),
            "popups": len(self.popups),
            "reads": len(self.read),
            "navigations": len(self.left),
        }


NOTHING: Final = dict.fromkeys(Seen().counts(), 0)


def numbers_in(lines: list[str]) -> set[int]:
    """Return which payloads have asked for an address of theirs."""
    return {int(found[1]) for line in lines for found in _ASKED.finditer(line)}


class Victim:
    """A browser context where somebody is signed in, and the one page they look at."""

    def __init__(self, context: BrowserContext, *, allowed: Callable[[str], bool], heard: Heard) -> None:
        """Watch a context; what it asks for is foreign unless `allowed`."""
        self.context, self.seen, self.heard = context, Seen(), heard
        self._allowed, self._expected = allowed, ""
        context.set_default_timeout(15_000)
        self.page = context.new_page()
        context.on("console", self._on_console)
        context.on("request", self._on_request)
        context.on("dialog", self._on_dialog)
        context.on("page", self._on_page)
        self._watch(self.page)

    def _watch(self, page: Page) -> None:
        page.on("websocket", lambda socket: self.seen.asked.append(socket.url))
        page.on("framenavigated", self._on_navigated)

    def _on_console(self, message: ConsoleMessage) -> None:
        found = _HIT.search(message.text)
        if found:
            self.seen.ran.add(int(found[1]))
            if found[2]:
                self.seen.read.add(int(found[1]))

    def _on_request(self, request: Request) -> None:
        if not self._allowed(request.url):
            self.seen.asked.append(request.url)

    def _on_dialog(self, dialog: Dialog) -> None:
        self.seen.dialogs.append(f"{dialog.type} {dialog.message}")
        dialog.dismiss()

    def _on_page(self, page: Page) -> None:
        if page is not self.page:
            self.seen.popups.append(page.url)

    def _on_navigated(self, frame: Frame) -> None:
        if frame is self.page.main_frame and frame.url.partition("#")[0] != self._expected:
            self.seen.left.append(frame.url)

    def go(self, address: str) -> None:
        """Open an address in the page."""
        self._expected = address
        self.page.goto(address, wait_until="load")

    def show(self, script: str, given: object) -> None:
        """Put something into the page that is open."""
        self.page.evaluate(script, given)

    def stir(self) -> None:
        """Touch whatever is in any frame of the page, and note its links."""
        for frame in self.page.frames:
            try:
                self.seen.links |= {(link[0], link[1]) for link in frame.evaluate(STIR)}
            except Error:
                continue  # it has left meanwhile, which is noted

    def find_misplaced(self, frame: Frame, label: str, *, root: str = "", ours: tuple[str, ...] = ()) -> None:
        """Note cells that are not where they belong, or cannot be seen."""
        found: list[str] = frame.evaluate(PLACES, {"root": root, "ours": list(ours)})
        self.seen.misplaced += [f"{label}: {line}" for line in found]

    def settle(self, milliseconds: int = 60) -> None:
        """Wait for what pages do by themselves."""
        self.page.wait_for_timeout(milliseconds)

    def close(self) -> None:
        """End all pages."""
        self.context.close()


FRAME: Final = """({address, text, sandbox}) => new Promise(done => {
    const frame = document.createElement('iframe');
    frame.onload = () => done();
    if (sandbox !== undefined) frame.setAttribute('sandbox', sandbox);
    if (address) frame.src = address; else frame.srcdoc = text;
    setTimeout(done, 5000);
    document.getElementById('stage').append(frame);
})"""
INSERT: Final = "text => { document.getElementById('stage').innerHTML = text }"
PARSE: Final = """text => {
    const stage = document.getElementById('stage');
    stage.replaceChildren();
    stage.append(document.createRange().createContextualFragment(text));
}"""
UNSAFE: Final = """text => { const stage = document.getElementById('stage'); stage.setHTMLUnsafe ? stage.setHTMLUnsafe(text) : stage.innerHTML = text }"""
"""Ways to show a fragment: as most do, one that runs scripts as well, and one that opens shadow roots."""


def cookies(*origins: str) -> list[Any]:
    """Return the cookies of a victim who is signed in at these origins."""
    return [{"name": "session", "value": SECRET, "url": origin} for origin in origins]
