"""An HTML page as a browser or a screen reader finds it."""

from __future__ import annotations

import re
from html.parser import HTMLParser

_VOID = {"meta", "br", "hr", "img", "input", "link"}


class HtmlPage(HTMLParser):
    """Collects the elements of a page with their attributes, and its texts."""

    def __init__(self, content: str) -> None:
        super().__init__()
        self.content = content
        self.open: list[str] = []
        self.attributes: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[tuple[str, str]] = []
        self.feed(content)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes.append((tag, dict(attrs)))
        if tag not in _VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.texts.append((self.open[-1] if self.open else "", data.strip()))

    def of(self, tag: str) -> list[dict[str, str | None]]:
        """Return the attributes of each element of a kind."""
        return [attributes for name, attributes in self.attributes if name == tag]

    def text(self, tag: str) -> list[str]:
        """Return the texts directly in elements of a kind."""
        return [text for name, text in self.texts if name == tag]

    def check_self_contained(self) -> None:
        """Fail where the page runs something or asks for anything outside itself."""
        assert not {"script", "link", "img", "iframe"} & {tag for tag, _ in self.attributes}
        assert not any("src" in each for _, each in self.attributes)
        assert not any(name.startswith("on") for _, each in self.attributes for name in each)
        assert all((each.get("href") or "#").startswith("#") for _, each in self.attributes)
        assert "default-src 'none'" in self.content
        assert "@import" not in self.content

    def check_well_formed(self) -> None:
        """Fail where elements stay open, or where ids are used twice or lead nowhere."""
        assert self.open == []
        names = [each["id"] for _, each in self.attributes if "id" in each]
        assert len(names) == len(set(names))
        wanted = [each["href"] for _, each in self.attributes if "href" in each]
        wanted += [f"#{each['aria-labelledby']}" for _, each in self.attributes
                   if "aria-labelledby" in each]  # fmt: skip
        wanted += [f"#{name}" for name in re.findall(r"url\(#([^)]*)\)", self.content)]
        assert {f"#{name}" for name in names} >= set(wanted)
