"""From JSON to checked values and back."""
