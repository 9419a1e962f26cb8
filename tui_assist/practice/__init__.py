"""The practice model: a real Responses server on loopback, in its own process; rules instead of a network.

It opens no file and runs no command: it sees only the requests it gets and answers with calls.
"""
