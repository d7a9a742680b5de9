"""Pictures and videos: taking uploads in, making them ready, renditions, clean-up.

What a network needs of a file is made ahead of time, by rows that wait
(`models/media.py`) and workers that lease them (`work.py`). A worker stores first and
writes the row second: one that dies in between leaves bytes that no row names, and
clean-up (`prune.py`) finds them by their name.
"""
