"""`make chaos`: real processes are killed while posts go out, and all is counted.

docs/chaos.md explains it; `run.py` is the place to start reading.
"""
