"""The workbench: pages for the people of a station, served by one process on it."""
