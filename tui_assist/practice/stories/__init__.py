"""The stories the practice model can tell, each a function from the talk so far to the next reply.

None keeps anything between two requests: how far a story is, is read from the calls that were answered.
"""
