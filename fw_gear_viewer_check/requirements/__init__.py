"""What the Flywheel page asks, sentence by sentence, and what was seen in the viewer (x9x)."""
