"""500 strings that a page must show and never run: markup, addresses, templates, formulas, and ways out of each."""

from itertools import product
from typing import Final

RUNS: Final = "window.hit=1"
PAYLOADS: Final = [
    f"<script>{RUNS}</script>", f"<img src=x onerror={RUNS}>", f"<svg onload={RUNS}>", f"<body onload={RUNS}>",
    f"<svg><script>{RUNS}</script></svg>", f"<math><mtext><img src=x onerror={RUNS}></mtext></math>",
    f"<iframe srcdoc='<script>parent.{RUNS}</script>'>", f"<details open ontoggle={RUNS}>x</details>",
    f"<input autofocus onfocus={RUNS}>", f"<video><source onerror={RUNS}></video>",
    f"<a href=javascript:{RUNS}>x</a>", f"javascript:{RUNS}//", f"data:text/html,<script>{RUNS}</script>",
    f"<div hx-get=/ hx-trigger=load hx-on::load={RUNS}>", f"<form action=javascript:{RUNS}><button autofocus>",
    f"<base href=//example.com/><script src=x>{RUNS}</script>", f"<style>@import'//example.com/x'</style>{RUNS}",
    f"<link rel=stylesheet href=//example.com/x onerror={RUNS}>", f"<object data=javascript:{RUNS}>",
    f"<meta http-equiv=refresh content='0;url=javascript:{RUNS}'>", f"{{{{constructor.constructor('{RUNS}')()}}}}",
    f"{{% debug %}}{{{{ request }}}}${{{RUNS}}}", f"=HYPERLINK(\"javascript:{RUNS}\")", f"@SUM(1)|cmd '/C {RUNS}'!A0",
    f"\u202e<img src=x onerror={RUNS}>\u2066",
]
WAYS_OUT: Final = ["", '">', "'>", "</td></tr></table>", "</script>", "-->", "]]>", "</textarea>", "\" onmouseover=\"",
                   "' autofocus onfocus='", "\\\">", "%22%3E", "&quot;&gt;", "&lt;", "</title></style>", "`${",
                   "\ufeff", "<!--", "<![CDATA[", "\x0b"]
STRINGS: Final = [f"{way}{payload}" for way, payload in product(WAYS_OUT, PAYLOADS)]
