"""The grading page: one item after another, its questions by key, and what its answers come to."""
