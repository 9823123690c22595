"""The queue, what was laid aside, and the pace of each: what comes before and between the items."""
