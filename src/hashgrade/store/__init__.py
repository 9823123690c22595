"""Records on disk: a Django app that only `app.open` starts, written through `work`, read through `queries`."""
