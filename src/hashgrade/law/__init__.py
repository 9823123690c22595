"""Law: the vocabulary, conditions in three values, rule packs, verdicts."""
