"""Sums kept ready (tiles): every counter by grid, cohort day and the day on which it changed."""
