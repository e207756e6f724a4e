"""Case studies: what happened, told from files, and what an expert reads in it."""
