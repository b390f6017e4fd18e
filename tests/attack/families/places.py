"""Styles: what loads by them, and what leaves its place to cover something else."""
# ruff: noqa: E501  (what is hostile stays on one line)

from collections.abc import Mapping
from typing import Final

_LOADING: Final = {
    "background": '<p style="background:url(%URL%)">x',
    "background with quotes": "<p style='background:url(\"%URL%\")'>x",
    "background image": '<p style="background-image:url(%URL%)">x',
    "list and border": '<ul style="list-style:url(%URL%);list-style-image:url(%URL%)"><li style="border-image:url(%URL%)">x</ul>',
    "cursor": '<p style="cursor:url(%URL%),auto">x',
    "content": '<p style="content:url(%URL%)">x',
    "filter and mask": '<p style="filter:url(%URL%#x);mask-image:url(%URL%);clip-path:url(%URL%#x)">x',
    "shape": '<p style="float:left;shape-outside:url(%URL%)">x',
    "image-set": "<p style=\"background:image-set('%URL%' 1x)\">x",
    "cross-fade": '<p style="background:-webkit-cross-fade(url(%URL%),url(%URL%),50%)">x',
    "escaped": r'<p style="background:\75\72\6c(%URL%)">x',
    "escaped with zeros": r'<p style="background:u\000072l(%URL%);back\67round:url(%URL%)">x',
    "comment inside": '<p style="background:u/**/rl(%URL%);background/**/:url(%URL%)">x',
    "newline inside": '<p style="background:\nurl(\n%URL%\n)">x',
    "capitals": '<p style="BACKGROUND:URL(%URL%)">x',
    "custom property": '<p style="--x:url(%URL%);background:var(--x)">x',
    "expression": '<p style="width:expression(%JS%);x:expr/**/ession(%JS%)">x',
    "binding": '<p style="-moz-binding:url(%URL%#x);behavior:url(%URL%)">x',
    "javascript": '<p style="background:url(javascript:%JS%)">x<table background="javascript:%JS%">',
    "src function": "<p style=\"background:src(%URL%);background:image('%URL%');background:element(#top)\">x",
    "attr function": '<p title="%URL%" style="background:url(attr(title));background:image-set(attr(title))">x',
    "element": "<style>*{background:url(%URL%)}</style>",
    "import": "<style>@import '%URL%';</style><style>@import url(%URL%) layer(x) supports(display:block);</style>",
    "font": "<style>@font-face{font-family:x;src:url(%URL%)}body{font-family:x}</style>",
    "selectors that spell": "<style>input[value^=a]{background:url(%URL%)} :visited{color:red} #top:has(p){background:url(%URL%)}</style>",
    "namespace and charset": "<style>@charset 'utf-7';@namespace url(%URL%);@page{background:url(%URL%)}</style>",
    "scoped style": "<style scoped>.dataframe tbody{background:url(%URL%)}</style>",
    "style in a svg": "<svg><style>*{fill:url(%URL%#x)}</style></svg>",
    "declaration that ends the value": "<p style='color:red\"onclick=%JS% x=\"'>x",
    "declaration with a bracket": "<p style='color:red;}</style><img src=x onerror=%JS%>'>x",
    "broken quotes": "<p style=\"font-family:'x;background:url(%URL%);y:'\">x",
    "font shorthand": "<font face='x;background:url(%URL%)' color='x\" onclick=%JS%' size='7\" onclick=%JS%'>x</font>",
}

_BIG: Final = "width:2000px;height:2000px;background:#fff"
_COVERING: Final = {
    "fixed": f'<div style="position:fixed;inset:0;z-index:2147483647;{_BIG}">COVER</div>',
    "fixed in capitals": f'<div style="POSITION:FIXED;top:0;left:0;{_BIG}">COVER</div>',
    "fixed by escapes": rf'<div style="p\6fsition:fix\65 d;top:0;{_BIG}">COVER</div>',
    "absolute": f'<div style="position:absolute;top:-900px;left:-900px;{_BIG}">COVER</div>',
    "relative": f'<div style="position:relative;top:-500px;z-index:9;{_BIG}">COVER</div>',
    "sticky": f'<div style="position:sticky;top:0;z-index:9;{_BIG}">COVER</div>',
    "important": f'<div style="position:fixed!important;top:0!important;{_BIG}">COVER</div>',
    "anchored": f'<div style="position-anchor:--x;position-area:top;inset-area:top;anchor-name:--x;{_BIG}">COVER</div>',
    "all": f'<div style="all:initial;position:fixed;{_BIG}">COVER</div>',
    "transform": f'<div style="transform:translate(-500px,-500px) scale(9);translate:-50px;{_BIG}">COVER</div>',
    "zoom": f'<div style="zoom:20;scale:20;rotate:45deg;offset-path:ray(0deg);{_BIG}">COVER</div>',
    "negative margin": f'<div style="margin-top:-500px;{_BIG}">COVER</div>',
    "negative margin with decimals": f'<div style="margin:-.5e3px 0;{_BIG}">COVER</div>',
    "outline and shadow": '<div style="outline:900px solid #fff;box-shadow:0 0 0 900px #fff;text-shadow:0 -300px red">COVER</div>',
    "clip and mask": '<div style="clip:rect(0,0,0,0);clip-path:inset(0);mask:none;filter:blur(9px);backdrop-filter:blur(9px)">x</div>',
    "popover": f'<div popover style="display:block;{_BIG}">COVER</div>',
    "dialog": f'<dialog open style="{_BIG}">COVER</dialog>',
    "fullscreen": f"<div onclick=this.requestFullscreen() style='{_BIG}'>COVER</div>",
    "pointer events": '<div style="pointer-events:none;user-select:none;touch-action:none;cursor:none">x</div>',
    "classes of jupyterlab": f'<div class="jp-Dialog jp-Notebook jp-mod-active lm-Widget p-Widget nbi-note cm-editor" style="{_BIG}">COVER</div>',
    "container and layer": '<div style="contain:none;container:x/size;view-transition-name:x;animation:x 1s infinite;transition:all 9s">x</div>',
    "writing mode": '<div style="writing-mode:vertical-rl;direction:rtl;unicode-bidi:bidi-override">x</div>',
    "grid": f'<div style="display:grid;grid-template-columns:0;grid-column:1/-1;place-items:end;{_BIG}">COVER</div>',
    "contents and hidden": '<div style="display:contents"><div style="visibility:hidden;display:none">x</div></div>',
    "enormous image": '<img width=10000 height=10000 src="data:image/gif;base64,R0lGODlhAQABAAAAACw=">',
    "columns": f'<div style="columns:9;column-span:all;column-count:9;break-before:page;{_BIG}">COVER</div>',
}

_CLEVER_COVERING: Final = {
    "classes of the host": '<div class="overlay dialog btn fix">COVER</div>',
    "classes of frameworks": '<div class="nav">COVER</div><div class="top">COVER</div><div class="fab">COVER</div><div class="bar">COVER</div>',
    "negative margin by a product": f'<div style="margin-top:calc(1px*-900);opacity:.99;{_BIG}">COVER</div>',
    "negative margin by a quotient": f'<div style="margin-top:calc(900px/-1);opacity:.99;{_BIG}">COVER</div>',
    "negative margin by a minimum": f'<div style="margin-top:min(0px,-900px);opacity:.99;{_BIG}">COVER</div>',
    "content taller than its box": f'<div style="height:0;opacity:.99"><div style="{_BIG}">COVER</div></div>',
    "content taller than a table cell": f'<table><tr><td height=1><div style="height:0;opacity:.99"><div style="{_BIG}">COVER</div></div></table>',
    "upwards out of a flexible box": (
        f'<div style="display:flex;flex-direction:column-reverse;height:0;opacity:.99"><div style="flex-shrink:0;{_BIG}">COVER</div></div>'
    ),
    "upwards by alignment": f'<div style="display:flex;height:0;align-items:flex-end;opacity:.99"><div style="{_BIG}">COVER</div></div>',
    "leftwards out of a flexible box": (
        f'<div style="display:flex;flex-direction:row-reverse;width:100px;opacity:.99"><div style="flex-shrink:0;{_BIG}">COVER</div></div>'
    ),
    "leftwards by direction": f'<div dir=rtl style="width:100px;opacity:.99"><div style="{_BIG}">COVER</div></div>',
    "rightwards": '<div style="width:9000px;height:50px;background:#fff;opacity:.99">COVER</div>',
    "glyphs above their line": '<p style="font-size:900px;line-height:0;opacity:.99;font-family:monospace">COVER \u2588\u2588\u2588\u2588</p>',
    "letters that go back": '<p style="letter-spacing:-90px;opacity:.99;font-size:80px;white-space:nowrap">COVER COVER COVER COVER</p>',
    "raised letters": '<p style="line-height:0"><span style="vertical-align:600px;font-size:300px;line-height:0">COVER \u2588\u2588</span></p>',
    "indent by a product": '<p style="text-indent:calc(1px*-900);opacity:.99;white-space:nowrap;font-size:80px">COVER \u2588\u2588\u2588</p>',
    "float out of a box": f'<div style="height:0"><div style="float:left;opacity:.99;{_BIG}">COVER</div></div>',
    "table out of a box": f'<div style="height:0;opacity:.99"><table style="{_BIG}"><tr><td>COVER</td></tr></table></div>',
    "picture out of a box": (
        '<div style="height:0;opacity:.99"><img style="max-width:none" width=5000 height=5000 src="data:image/png;base64,'
        'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="></div>'
    ),
    "collapsed borders": '<table style="border-collapse:collapse;border:900px solid #fff;height:0;opacity:.99"><tr><td>COVER</table>',
}
"""Nothing of it needs `position`: allowed properties, put together so that a box is drawn outside its place."""

FAMILIES: Final[Mapping[str, Mapping[str, str]]] = {
    "styles that load": _LOADING,
    "covering": _COVERING,
    "clever covering": _CLEVER_COVERING,
}
