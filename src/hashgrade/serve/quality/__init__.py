"""Quality: what differs and is settled, how far readers agree, what happened to an item, and what is on file."""
