"""One person at a browser: goes to pages, fills forms by their labels, and notices what is wrong with a page."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, ConsoleMessage, Locator, Page

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
PICTURES = os.environ.get("SCREENSHOTS", "")


class Visitor:
    """Each page that the person lands on is checked: no server error, no script or policy error, no
    accessibility fault (where scripts run, which the checker needs), no scrolling sideways."""

    def __init__(
        self,
        browser: Browser,
        site: str,
        *,
        name: str,
        axe: str,
        javascript: bool = True,
        width: int = 1280,
        bypass_csp: bool = False,
    ) -> None:
        self.site, self.name, self.axe, self.javascript = site, name, axe, javascript
        self.context = browser.new_context(
            java_script_enabled=javascript,
            viewport={"width": width, "height": 900},
            locale="en-GB",
            bypass_csp=bypass_csp,
        )
        self.page: Page = self.context.new_page()
        self.page.set_default_timeout(15_000)
        self.faults: list[str] = []
        self.seen = 0
        self.page.on("console", self._on_console)
        self.page.on("pageerror", lambda error: self.faults.append(f"script: {error}"))

    def _on_console(self, message: ConsoleMessage) -> None:
        # A refused form is answered with 4xx on purpose, which the browser logs as a failed load.
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.faults.append(f"console: {message.text}")

    def close(self) -> None:
        self.context.close()

    def go(self, path: str) -> Visitor:
        self.page.goto(path if path.startswith("http") else self.site + path)
        return self.check()

    def check(self) -> Visitor:
        """Look at the page as it stands."""
        self.page.wait_for_load_state("load")
        self.seen += 1
        title = self.page.title()
        assert self.faults == [], f"{self.page.url}: {self.faults}"
        assert "Sorry, there is a problem" not in title, self.page.url
        assert self.page.locator('a[href=""]').count() == 0, f"{self.page.url} has a link that leads nowhere"
        if self.javascript:
            self.check_accessibility()
            wide = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert wide <= 0, f"{self.page.url} scrolls sideways by {wide} px"
        if PICTURES:
            slug = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")[:60]
            Path(PICTURES).mkdir(parents=True, exist_ok=True)
            self.page.screenshot(path=f"{PICTURES}/{self.name}-{self.seen:02}-{slug}.png", full_page=True)
        return self

    def check_accessibility(self) -> None:
        self.page.evaluate(self.axe)
        found: dict[str, Any] = self.page.evaluate(
            "rules => axe.run(document, {runOnly: {type: 'tag', values: rules}, resultTypes: ['violations']})", RULES
        )
        faults = [
            f"{fault['id']}: {node['html'][:160]} ({node['failureSummary']})"
            for fault in found["violations"]
            for node in fault["nodes"]
        ]
        assert faults == [], f"{self.page.url}: " + "\n".join(faults)

    def text(self) -> str:
        return self.page.locator("body").inner_text()

    def sees(self, *words: str) -> Visitor:
        text = self.text()
        for word in words:
            assert word in text, f"{self.name} does not see {word!r} at {self.page.url}:\n{text[:3000]}"
        return self

    def does_not_see(self, *words: str) -> Visitor:
        text = self.text()
        for word in words:
            assert word not in text, f"{self.name} sees {word!r} at {self.page.url}"
        return self

    def fill(self, label: str, value: str, *, within: str = "") -> Visitor:
        """Fill the field with the label; `within` names its group, such as the three parts of a date."""
        self._scope(within).get_by_label(label, exact=True).fill(value)
        return self

    def choose(self, label: str, *, within: str = "") -> Visitor:
        """Tick a box or choose a radio button."""
        self._scope(within).get_by_label(label, exact=True).check()
        return self

    def _scope(self, group: str) -> Page | Locator:
        return self.page.get_by_role("group", name=group) if group else self.page

    def press(self, name: str) -> Visitor:
        """Press the button and look at the page that comes."""
        self.page.get_by_role("button", name=name, exact=True).first.click()
        return self.check()

    def follow(self, name: str) -> Visitor:
        """Follow the link, which may look and sound like a button, and look at the page that comes."""
        link = self.page.get_by_role("link", name=name, exact=True)
        link.or_(self.page.locator("a[role=button]", has_text=name)).first.click()
        return self.check()
