"""Talks to Responses servers: a request in, events and a `Response` out. Runs no call, keeps no session.

`client.ResponsesModel` is the model, `catalog` looks servers up, `profiles` says what each understands.
"""
