"""Posts: compose, validate, schedule, and what follows from their targets."""
