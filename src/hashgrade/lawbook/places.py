"""Jurisdictions by their English names."""

PLACES = {"AU": "Australia", "CA": "Canada", "DE": "Germany", "EU": "European Union", "FR": "France",
          "GB": "United Kingdom", "GB-EAW": "England and Wales", "GB-NIR": "Northern Ireland", "GB-SCT": "Scotland",
          "IE": "Ireland", "NL": "Netherlands", "NZ": "New Zealand", "US": "United States",
          "international": "International"}


def place(code: str) -> str:
    """The name of a jurisdiction; its code where it has no name here."""
    return PLACES.get(code, code)


def by_place(code: str) -> tuple[bool, str]:
    """The order of jurisdictions: by name, and what is no country's law at the end."""
    return code == "international", place(code)
