"""What screens do to one another, as the browsers ask for it: casts onto walls and 督办."""
