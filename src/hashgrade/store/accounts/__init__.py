"""Accounts of the workbench: a Django app beside the records, in the same database, that only serving starts."""
