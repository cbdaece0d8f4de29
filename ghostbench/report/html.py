"""HTML put together from parts, so that no text can become markup by accident."""

import html
import json
from collections.abc import Mapping


class Html(str):
    """Text that is HTML already and is not escaped again."""

    __slots__ = ()


def escaped(text: str) -> Html:
    """Any text as HTML; what is HTML already stays as it is.

    >>> escaped("<b> & 'c'")
    '&lt;b&gt; &amp; &#x27;c&#x27;'
    """
    return text if isinstance(text, Html) else Html(html.escape(text))


def element(tag: str, *children: str, attributes: Mapping[str, str] | None = None) -> Html:
    """An element with its children, each escaped unless it is HTML.

    >>> element("td", "a < b", attributes={"class": "number"})
    '<td class="number">a &lt; b</td>'
    """
    told = "".join(f' {name}="{html.escape(value)}"' for name, value in (attributes or {}).items())
    return Html(f"<{tag}{told}>{joined(*children)}</{tag}>")


def joined(*parts: str) -> Html:
    """One after the other."""
    return Html("".join(escaped(part) for part in parts))


def listed(items: list[str], *, tag: str = "ul") -> Html:
    """A list; nothing when there is nothing in it."""
    return element(tag, *(element("li", item) for item in items)) if items else Html("")


def data_element(identifier: str, value: object) -> Html:
    """Data for the page's own script. Nothing in it can end the element."""
    text = json.dumps(value, ensure_ascii=True, allow_nan=False, sort_keys=True)
    for mark in "<>&":
        text = text.replace(mark, f"\\u{ord(mark):04x}")
    return Html(f'<script type="application/json" id="{html.escape(identifier)}">{text}</script>')
