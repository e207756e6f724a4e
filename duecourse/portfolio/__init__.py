"""A book of accounts with a known truth: made from a seed by a model whose numbers are stated."""
