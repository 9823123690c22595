"""Media in: from folders, ZIPs and files to items that are fingerprinted, kept and recognised."""

from hashgrade.intake.running import Desk, Outcome, run

__all__ = ["Desk", "Outcome", "run"]
