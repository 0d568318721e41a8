"""How the case and the population database are reached, written and filled."""
