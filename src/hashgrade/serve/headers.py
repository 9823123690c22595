"""What every answer tells the browser: nothing inline, nothing from elsewhere, nothing kept.

One policy for all pages, without an exception. Scripts are files of ours; of them, htmx's swap alone may turn text
into elements, through the one Trusted Types policy `htmx-swap` (static/js/trusted.js). A document that is no page of
ours, such as a report, brings a policy of its own, under which no script runs at all.
"""

from collections.abc import Callable
from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

POLICY: Final = "; ".join([
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    "font-src 'self'",
    "manifest-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types htmx-swap",
    "report-uri /violations",
])
TOLD: Final = {
    "Content-Security-Policy": POLICY,
    "Cache-Control": "no-store",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=(), "
                          "publickey-credentials-create=(self), publickey-credentials-get=(self)",
    # Not `no-referrer`: with it a browser names no origin on a form of ours, and the check against forgery fails.
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex, nofollow",
}
YEAR_S: Final = 31_536_000


class Headers:
    """Outermost, so that errors and files have the headers too; a file's own caching stays."""

    def __init__(self, answer: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer with the headers."""
        response = self._answer(request)
        for name, value in TOLD.items():
            if name != "Cache-Control" or not request.path.startswith(settings.STATIC_URL):
                response[name] = value
        if own := getattr(response, "policy", ""):
            response["Content-Security-Policy"] = own
        if settings.SESSION_COOKIE_SECURE:
            response["Strict-Transport-Security"] = f"max-age={YEAR_S}; includeSubDomains"
        return response
