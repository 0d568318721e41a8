"""What screens do to one another: casts onto walls, 督办 and what tells group robots of it."""
