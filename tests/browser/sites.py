"""What tests in a browser look at, and what they note while looking."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Site:
    """Where the page is, and a token that may see the demo project there."""

    url: str
    token: str
    login: str
    is_stub: bool


@dataclass
class Seen:
    """What a page did while it was looked at."""

    urls: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def foreign(self, origin: str) -> list[str]:
        """Requests to anywhere but the page's own origin."""
        return [url for url in self.urls if not url.startswith((f"{origin}/", f"{origin.replace('http', 'ws', 1)}/", "data:", "blob:"))]
