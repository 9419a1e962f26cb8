"""The person's shell: running commands, ending them, and reading what a command line would do.

Decides nothing: whether a command may run is `approval`'s and the person's business.
"""
