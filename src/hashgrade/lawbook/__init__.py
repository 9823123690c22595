"""The law as a book: packs as pages that a lawyer can read and check, and a page where laws are compared."""
