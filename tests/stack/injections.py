"""150 strings that would run as script, load something or restyle the page, were they not shown as text."""

from __future__ import annotations

RUN = "window.broken=1"
_ELEMENTS = (
    "img src=x",
    "svg",
    "body",
    "video src=x",
    "audio src=x",
    "input autofocus",
    "details open",
    "iframe src=x",
)
_EVENTS = ("onerror", "onload", "onfocus", "ontoggle", "onmouseover", "onpointerenter", "onanimationstart")
_OPENINGS = ("", "'>", '">', "</textarea>", "</title>", "</script>", "-->", "]]>", "\\u003c/script>")
_WHOLE = (
    f"<script>{RUN}</script>",
    f"<SCRIPT SRC=data:text/javascript,{RUN}></SCRIPT>",
    f"<scr<script>ipt>{RUN}</scr</script>ipt>",
    f"javascript:{RUN}",
    f"java\tscript:{RUN}",
    f"data:text/html,<script>{RUN}</script>",
    f"<a href=javascript:{RUN}>click</a>",
    f"<a href='vbscript:{RUN}'>click</a>",
    f"<iframe srcdoc='<script>parent.{RUN}</script>'></iframe>",
    f"<object data=javascript:{RUN}></object>",
    f"<embed src=javascript:{RUN}>",
    f"<form action=javascript:{RUN}><button>go</button></form>",
    f"<button formaction=javascript:{RUN}>go</button>",
    f"<math><mtext></mtext><script>{RUN}</script></math>",
    f"<svg><script>{RUN}</script></svg>",
    f"<svg><animate onbegin={RUN} attributeName=x></svg>",
    f"<svg><foreignObject><script>{RUN}</script></foreignObject></svg>",
    f"<template><script>{RUN}</script></template>",
    f"<noscript><p title='</noscript><img src=x onerror={RUN}>'></noscript>",
    f"<select><style></select><img src=x onerror={RUN}></style>",
    "<style>*{display:none !important}</style>",
    "<link rel=stylesheet href=//evil.example/x.css>",
    "<meta http-equiv=refresh content='0;url=//evil.example'>",
    "<base href=//evil.example/>",
    f"{{{{constructor.constructor('{RUN}')()}}}}",
    f"${{{RUN}}}",
    f"#{{{RUN}}}",
    f"<%= {RUN} %>",
    f"&lt;script&gt;{RUN}&lt;/script&gt;",
    f"&#x3C;script&#x3E;{RUN}&#x3C;/script&#x3E;",
    f"%3Cscript%3E{RUN}%3C/script%3E",
    f"'-{RUN}-'",
    f"\\';{RUN}//",
    f"`${{{RUN}}}`",
    f"[click](javascript:{RUN})",
    f"![x](x onerror={RUN})",
    f"<x onclick={RUN} style=position:fixed;inset:0>everything</x>",
    f"<img src=`x` onerror={RUN}>",
    f"<img/src=x/onerror={RUN}>",
    f"<IMG SRC=x OnErRoR={RUN}>",
    f"<img src=x onerror\n=\n{RUN}>",
)
_CROSSED = tuple(f"<{element} {event}={RUN}>" for element in _ELEMENTS for event in _EVENTS)
_ESCAPED = tuple(
    f"{opening}<{element} onload={RUN} onerror={RUN}>" for opening in _OPENINGS[1:] for element in _ELEMENTS
)

INJECTIONS = (*_WHOLE, *_CROSSED, *_ESCAPED)[:150]
assert len(set(INJECTIONS)) == 150
