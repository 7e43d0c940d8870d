"""What belongs to the operating system: files, signals, progress."""
