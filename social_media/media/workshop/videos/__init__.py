"""Videos: FFmpeg, by PyAV."""
