"""Studies: from a question to tables, charts and a report, each number counted from records.

A study file says which items (a condition), which period and which tables; the engine
counts with SQL over a Parquet snapshot and writes the same bytes for the same input.
"""
