"""Pictures, still and animated: Pillow."""
