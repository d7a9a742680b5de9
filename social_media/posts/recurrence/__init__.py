"""Posts that come again: rules, their occurrences, and the posts made of them."""
