"""Cells whose structure is hostile: media types, metadata, ids, tags, whatever else a notebook may hold beside text."""
# ruff: noqa: E501  (what is hostile stays on one line)

from collections.abc import Mapping
from typing import Final

from tests.fixtures import make
from tests.fixtures.make import Node

_IMG: Final = "<img src=x onerror=%JS%>"
_SCRIPT: Final = "<script>%JS%</script>"
_QUOTE: Final = '"><img src=x onerror=%JS%>'


def _shown(data: Node, metadata: Node | None = None) -> Node:
    return make.code("1", make.display(data, metadata))


_TYPES: Final[Mapping[str, Node]] = {
    "javascript": _shown({"application/javascript": "%JS%"}),
    "javascript with markup": _shown({"application/javascript": f"</script>{_IMG}", "text/plain": _SCRIPT}),
    "text javascript": _shown({"text/javascript": "%JS%"}),
    "widget": _shown({"application/vnd.jupyter.widget-view+json": {"model_id": _QUOTE, "version_major": _IMG}, "text/plain": _IMG}),
    "widget alone": _shown({"application/vnd.jupyter.widget-view+json": {"model_id": f"</script>{_SCRIPT}"}}),
    "plotly": _shown({"application/vnd.plotly.v1+json": {"data": [{"text": _IMG, "name": _SCRIPT}], "layout": {"title": _IMG}}}),
    "plotly with html": _shown({"application/vnd.plotly.v1+json": {"data": [], "layout": {}}, "text/html": f"<div>{_SCRIPT}</div>"}),
    "vega-lite": _shown({"application/vnd.vegalite.v5+json": {"data": {"url": "%URL%"}, "usermeta": {"embedOptions": {"loader": _IMG}}}}),
    "vega": _shown({"application/vnd.vega.v5+json": {"signals": [{"init": "%JS%"}], "data": [{"url": "%URL%"}]}}),
    "bokeh": _shown(
        {"application/vnd.bokehjs_exec.v0+json": "", "application/javascript": "%JS%"},
        {"application/vnd.bokehjs_exec.v0+json": {"id": _QUOTE}},
    ),
    "bokeh loader": _shown({"application/vnd.bokehjs_load.v0+json": "%JS%", "text/html": _SCRIPT}),
    "holoviews": _shown({"application/vnd.holoviews_exec.v0+json": "", "text/html": f"<div id='{_QUOTE}'></div>{_SCRIPT}"}),
    "vdom": _shown({"application/vdom.v1+json": {"tagName": "img", "attributes": {"src": "x", "onError": "%JS%"}, "children": [_SCRIPT]}}),
    "json": _shown({"application/json": {_IMG: [_SCRIPT, {"__html": _IMG}]}}),
    "geojson": _shown({"application/geo+json": {"type": "Point", "properties": {"popupContent": _IMG}}}),
    "data explorer": _shown({"application/vnd.dataresource+json": {"schema": {"fields": [{"name": _IMG}]}, "data": [{_IMG: _SCRIPT}]}}),
    "xml": _shown({"application/xml": f'<?xml-stylesheet href="%URL%"?><x>{_SCRIPT}</x>', "text/xml": _SCRIPT}),
    "xhtml": _shown({"application/xhtml+xml": f'<html xmlns="http://www.w3.org/1999/xhtml">{_SCRIPT}</html>'}),
    "pdf": _shown({"application/pdf": f"JVBERi0xLjQK{_QUOTE}"}),
    "rich text": _shown({"text/rtf": _SCRIPT, "text/css": "@import url(%URL%)", "text/uri-list": "javascript:%JS%"}),
    "type that is hostile": _shown({_QUOTE: _IMG, f"text/{_SCRIPT}": _SCRIPT, 'image/png" onerror=%JS% x="': "AAAA"}),
    "type in capitals": _shown({"TEXT/HTML": _SCRIPT, "Text/Html ": _IMG, "text/html;charset=utf-7": _SCRIPT}),
    "html of lines": make.code(
        "1", {"output_type": "display_data", "metadata": {}, "data": {"text/html": ["<img src=x ", "onerror=", "%JS%", ">"]}}
    ),
    "html as a result": make.code(
        "1", {"output_type": "execute_result", "execution_count": 1, "metadata": {}, "data": {"text/html": _IMG}}
    ),
    "html declared isolated": _shown({"text/html": _SCRIPT}, {"text/html": {"isolated": True}, "isolated": True}),
    "markdown with an attachment": _shown({"text/markdown": f"![x](attachment:a.png) {_IMG}"}, {"attachments": {"a.png": _QUOTE}}),
    "latex with markup": _shown({"text/latex": f"{_IMG} $x$ {_SCRIPT}"}),
    "unknown output": make.code("1", {"output_type": _QUOTE, "data": {"text/html": _IMG}, "metadata": {}, "text": _SCRIPT}),
    "pyout": make.code("1", {"output_type": "pyout", "html": _IMG, "text": _SCRIPT, "svg": f"<svg>{_SCRIPT}</svg>"}),
    "update of a display": make.code(
        "1", {"output_type": "update_display_data", "data": {"text/html": _IMG}, "metadata": {}, "transient": {"display_id": _QUOTE}}
    ),
    "audio and video": _shown(
        {"text/html": "<audio controls src=%URL%></audio><video src=%URL% poster=%URL%></video>", "video/mp4": _QUOTE}
    ),
}

_PICTURES: Final[Mapping[str, Node]] = {
    "png that is no base64": _shown({"image/png": _QUOTE}),
    "jpeg that is no base64": _shown({"image/jpeg": f"x' onerror='%JS%' {_IMG}"}),
    "gif and webp": _shown({"image/gif": _QUOTE}),
    "bmp and tiff": _shown({"image/bmp": _QUOTE, "image/tiff": _SCRIPT, "image/x-icon": _IMG, "image/avif": _QUOTE}),
    "width with a handler": make.code("1", make.png_output({"width": "9 onerror=%JS%", "height": '9" onerror="%JS%'})),
    "width of one type": make.code("1", make.png_output({"image/png": {"width": "9 onload=%JS% x", "height": _QUOTE}})),
    "width that is a list": make.code("1", make.png_output({"width": [_QUOTE], "height": {_QUOTE: 1}})),
    "width that is enormous": make.code("1", make.png_output({"width": 1e308, "height": -1})),
    "width that is true": make.code("1", make.png_output({"width": True, "height": 10**15})),
    "alternative text": make.code("1", make.png_output({"alt": _QUOTE, "title": _QUOTE, "unconfined": _QUOTE, "needs_background": _QUOTE})),
    "file name": make.code("1", make.png_output({"filenames": {"image/png": f"x{_QUOTE}"}})),
    "file name elsewhere": make.code("1", make.png_output({"filenames": {"image/png": "%URL%", "image/svg+xml": "%URL%"}})),
    "svg file name": make.code("1", make.display({"image/svg+xml": make.SVG}, {"filenames": {"image/svg+xml": "javascript:%JS%"}})),
    "svg": make.code("1", make.svg_output(f'<svg xmlns="http://www.w3.org/2000/svg" onload="%JS%">{_SCRIPT}</svg>')),
    "svg with a hostile title": make.code("1", make.svg_output(f'<svg xmlns="http://www.w3.org/2000/svg"><title>{_QUOTE}</title></svg>')),
    "svg with a quoted title": make.code(
        "1", make.svg_output('<svg xmlns="http://www.w3.org/2000/svg"><title>" onerror=%JS% x="</title></svg>')
    ),
    "svg that ends early": make.code("1", make.svg_output(f"<svg></svg>{_IMG}<svg>")),
    "svg that is none": make.code("1", make.svg_output(f"{_IMG}<svg")),
    "svg with addresses": make.code(
        "1",
        make.svg_output(
            '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"><image xlink:href="%URL%"/><use href="%URL%#x"/>'
            '<style>@import url(%URL%);@font-face{font-family:x;src:url(%URL%)}text{font-family:x;fill:url(%URL%#y)}</style><text y="9">x</text></svg>'
        ),
    ),
}

_CELLS: Final[Mapping[str, Node]] = {
    "id": make.markdown("x", id=_QUOTE),
    "id with a newline": make.markdown("x", id="abc\n"),
    "id that is a word of ours": make.markdown("x", id="nbiwordidy"),
    "id that is enormous": make.markdown("x", id="a" * 100_000),
    "tags": make.code("1", make.stream("x"), metadata={"tags": [_QUOTE, "a b", "nav", "x\u00e9", "fix", "\u202e"]}),
    "tags of markdown": make.markdown("x", {"tags": [_QUOTE, "' onclick=%JS%"]}),
    "name": make.code("1", make.stream("x"), metadata={"name": _QUOTE, "title": _SCRIPT, "caption": _IMG}),
    "slide type": make.markdown("x", {"slideshow": {"slide_type": _QUOTE}}),
    "slide attributes": make.markdown(
        "x", {"slideshow": {"slide_type": "slide", "attributes": {"onclick": "%JS%"}, "background": "url(%URL%)"}}
    ),
    "raw type": make.raw(_SCRIPT, _QUOTE),
    "raw of javascript": make.raw("%JS%", "text/javascript"),
    "raw of html": make.raw(f"{_SCRIPT}{_IMG}", "text/html"),
    "raw of html in capitals": make.raw(f"{_SCRIPT}{_IMG}", "TEXT/HTML"),
    "raw of svg": make.raw(f"<svg onload=%JS%>{_SCRIPT}</svg>", "image/svg+xml"),
    "raw of xhtml": make.raw(f"<html>{_SCRIPT}</html>", "application/xhtml+xml"),
    "raw of latex": make.raw(r"\href{javascript:%JS%}{x}", "text/latex"),
    "raw of markdown": make.raw("[x](javascript:%JS%)", "text/markdown"),
    "raw of restructured text": make.raw(f".. raw:: html\n\n   {_SCRIPT}", "text/restructuredtext"),
    "raw with a format": {"cell_type": "raw", "metadata": {"format": _QUOTE}, "source": _SCRIPT},
    "cell type": make.markdown(_IMG, cell_type=_QUOTE),
    "execution count": make.code("1", count=_QUOTE),
    "execution count of a result": make.code(
        "1", {"output_type": "execute_result", "execution_count": _IMG, "metadata": {}, "data": {"text/plain": "1"}}
    ),
    "stream name": make.code("1", make.stream(_IMG, _QUOTE)),
    "error name": make.code("1", make.error_output(_QUOTE, _SCRIPT)),
    "traceback": make.code("1", make.error_output("E", "v", f'\x1b[0;31m{_IMG}\x1b[0m File <a href="javascript:%JS%">x</a>', _SCRIPT)),
    "colours of a cell": make.code("<b>", metadata={"polyglot_notebook": {"kernelName": _QUOTE}, "dotnet_interactive": {"language": _IMG}}),
    "collapsed with markup": make.code(
        "1", make.stream("x"), metadata={"collapsed": _QUOTE, "scrolled": _QUOTE, "jupyter": {"outputs_hidden": _QUOTE}}
    ),
    "attachment that is a page": make.markdown("![x](attachment:a.html)", attachments={"a.html": {"text/html": _SCRIPT}}),
    "attachment with a hostile type": make.markdown(
        "![x](attachment:a)", attachments={"a": {_QUOTE: "AAAA", 'image/png;x="onerror=%JS%': "A"}}
    ),
    "attachment with hostile bytes": make.markdown("![x](attachment:a.png)", attachments={"a.png": {"image/png": _QUOTE}}),
    "attachment that is a drawing": make.markdown(
        "![x](attachment:a.svg)", attachments={"a.svg": {"image/svg+xml": "PHN2ZyBvbmxvYWQ9YWxlcnQoMSk+"}}
    ),
    "directive of a book": make.markdown(
        "```{raw} html\n<script>%JS%</script>\n```\n\n:::{iframe} %URL%\n:::\n\n{abbr}`x <img src=x onerror=%JS%>`"
    ),
    "source of lines": make.markdown("", source=["<img src=x ", "onerror=%JS%", ">"]),
}

FAMILIES: Final[Mapping[str, Mapping[str, Node]]] = {"media types": _TYPES, "pictures": _PICTURES, "cells": _CELLS}
