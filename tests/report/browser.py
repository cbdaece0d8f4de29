"""A real Chromium, driven over its DevTools pipe: real clicks, taps, keys, screens, printing. Needs nothing else."""

import base64
import itertools
import json
import os
import select
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any, Self

BROWSER = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
_KEYS = {"Enter": 13, "Tab": 9, "Escape": 27, "ArrowRight": 39, "ArrowLeft": 37, " ": 32}
_TEXTS = {"Enter": "\r", " ": " "}  # of the keys that write something
_PATIENCE_S = 120.0  # a busy machine takes long to start a browser
_WATCH = """
window.problems = [];
addEventListener("error", (event) => problems.push(event.message));
document.addEventListener("securitypolicyviolation", (event) => problems.push(event.violatedDirective));
"""


class Browser:
    """One page in one browser. Speaks over file descriptors 3 and 4, so no port is opened."""

    def __init__(self, folder: Path) -> None:
        to_browser, self._out = os.pipe()
        self._in, from_browser = os.pipe()
        # The descriptors of the pipe have to be 3 and 4 in the browser, whatever they are here.
        script = f'exec 3<&{to_browser} 4>&{from_browser}; exec "$@"'
        self._process = subprocess.Popen(
            [
                "bash", "-c", script, "bash", str(BROWSER), "--headless=new", "--no-sandbox", "--disable-gpu",
                "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
                "--hide-scrollbars", "--remote-debugging-pipe", f"--user-data-dir={folder / 'profile'}", "about:blank",
            ],
            pass_fds=(to_browser, from_browser), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        os.close(to_browser)
        os.close(from_browser)
        self._numbers = itertools.count(1)
        self._heard = b""
        self._session = ""
        self.requests: list[str] = []  # every address that the page asked for
        self._events: list[dict[str, Any]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait(timeout=30)
        os.close(self._out)
        os.close(self._in)

    def open(
        self, file: Path, *, width: int = 1280, height: int = 900, touch: bool = False
    ) -> None:
        """Open a page on a screen of that size."""
        if not self._session:
            pages = self.ask("Target.getTargets")["targetInfos"]
            target = next(page["targetId"] for page in pages if page["type"] == "page")
            asked = {"targetId": target, "flatten": True}
            self._session = self.ask("Target.attachToTarget", asked)["sessionId"]
            self.ask("Page.enable")
            self.ask("Network.enable")
            self.ask("Page.addScriptToEvaluateOnNewDocument", {"source": _WATCH})
        self.ask(
            "Emulation.setDeviceMetricsOverride",
            {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": touch},
        )
        self.ask("Emulation.setTouchEmulationEnabled", {"enabled": touch})
        self._events.clear()
        self.ask("Page.navigate", {"url": file.as_uri()})
        self._await_event("Page.loadEventFired")

    def wear(self, scheme: str) -> None:
        """Make the system light or dark."""
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self.ask("Emulation.setEmulatedMedia", {"features": features})

    def value(self, expression: str) -> Any:
        """What an expression is on the page."""
        answer = self.ask(
            "Runtime.evaluate",
            {"expression": expression, "returnByValue": True, "awaitPromise": True},
        )
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def until(self, expression: str) -> bool:
        """Wait for what the page does a moment later; False when it never comes."""
        late = time.monotonic() + 20.0
        while not self.value(expression):
            if time.monotonic() > late:
                return False
            time.sleep(0.02)
        return True

    def place(self, selector: str) -> tuple[float, float]:
        """The middle of an element, after it was scrolled into sight."""
        found = self.value(
            f"(() => {{ const e = {_element(selector)}; e.scrollIntoView({{block: 'center', behavior: 'instant'}});"
            "const b = e.getBoundingClientRect(); return [b.x + b.width / 2, b.y + b.height / 2]; })()"
        )
        return float(found[0]), float(found[1])

    def point_at(self, selector: str) -> None:
        """Move the mouse there."""
        x, y = self.place(selector)
        self.ask("Input.dispatchMouseEvent", {"type": "mouseMoved", "x": x, "y": y})

    def click(self, selector: str) -> None:
        """Press and release the left button there."""
        x, y = self.place(selector)
        for kind in ("mouseMoved", "mousePressed", "mouseReleased"):
            self.ask(
                "Input.dispatchMouseEvent",
                {"type": kind, "x": x, "y": y, "button": "left", "clickCount": 1},
            )

    def tap(self, selector: str) -> None:
        """Touch it with a finger; the click that is made of it comes a moment later."""
        x, y = self.place(selector)
        self.ask(
            "Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]}
        )
        self.ask("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})

    def press(self, key: str) -> None:
        """Press and release a key."""
        code = {"key": key, "code": key, "windowsVirtualKeyCode": _KEYS[key]}
        text = {"text": _TEXTS[key]} if key in _TEXTS else {}
        self.ask("Input.dispatchKeyEvent", {"type": "keyDown", **code, **text})
        self.ask("Input.dispatchKeyEvent", {"type": "keyUp", **code})

    def choose(self, label: str, option: str) -> None:
        """Choose an option of the list with that label."""
        self.value(
            f"(() => {{ const s = [...document.querySelectorAll('label.pick')]"
            f".find((l) => l.textContent.startsWith({json.dumps(label)})).querySelector('select');"
            f"s.value = {json.dumps(option)}; s.dispatchEvent(new Event('change')); }})()"
        )

    def picture(self) -> bytes:
        """What the screen shows, as PNG."""
        return base64.b64decode(self.ask("Page.captureScreenshot")["data"])

    def printed(self) -> bytes:
        """The page as PDF, as a printer would get it."""
        asked = {"printBackground": False, "preferCSSPageSize": True}
        return base64.b64decode(self.ask("Page.printToPDF", asked)["data"])

    def ask(self, method: str, parameters: dict[str, Any] | None = None) -> dict[str, Any]:
        """One command and its answer."""
        number = next(self._numbers)
        message: dict[str, Any] = {"id": number, "method": method, "params": parameters or {}}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._out, json.dumps(message).encode() + b"\0")
        while True:
            heard = self._hear()
            if heard.get("id") == number:
                assert "error" not in heard, heard
                answer: dict[str, Any] = heard["result"]
                return answer

    def _await_event(self, method: str) -> None:
        while not any(event["method"] == method for event in self._events):
            self._hear()

    def _hear(self) -> dict[str, Any]:
        until = time.monotonic() + _PATIENCE_S
        while b"\0" not in self._heard:
            ready, _, _ = select.select([self._in], [], [], max(0.0, until - time.monotonic()))
            part = os.read(self._in, 1 << 20) if ready else b""
            assert part, "the browser says nothing any more"
            self._heard += part
        line, _, self._heard = self._heard.partition(b"\0")
        message: dict[str, Any] = json.loads(line)
        if message.get("method") == "Network.requestWillBeSent":
            self.requests.append(message["params"]["request"]["url"])
        if "method" in message:
            self._events.append(message)
        return message


def _element(selector: str) -> str:
    """The first element of a selector, or with `selector|words` the first that holds these words."""
    css, _, words = selector.partition("|")
    return (
        f"[...document.querySelectorAll({json.dumps(css)})]"
        f".find((e) => e.textContent.includes({json.dumps(words)}))"
    )
