"""A survey: every input below some roots, judged one by one, however many there are.

Rule of this package: nothing that grows with the number of inputs is kept in memory. What is found
streams into a journal (:mod:`~.journal`), which survives whatever ends the survey; what has to be
known of all inputs at once lies in a scratch data base (:mod:`~.index`).
"""
