"""What granian calls: opens the station once, as the worker starts, and answers requests about it."""

import gc
from typing import Any

from hashgrade import app
from hashgrade.settings import read


def made() -> Any:
    """Open the station and give the WSGI application."""
    station = app.open(read(), serving=True)
    from django.core.wsgi import get_wsgi_application  # noqa: PLC0415 - needs Django set up

    from hashgrade.serve.station import join  # noqa: PLC0415

    join(station)
    application = get_wsgi_application()
    gc.collect()
    gc.freeze()  # what is there now stays: requests need not wait while it is gone through again
    return application
