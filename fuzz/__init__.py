"""Coverage-guided fuzzing of what reads and judges untrusted bytes; ``make fuzz`` runs it."""
