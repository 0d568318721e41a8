"""Takes real files (cases, grids, population, legal entities) into the two databases."""
