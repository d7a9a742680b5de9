"""From HTTP to one call of a domain function and back."""
