"""Chats: each a session with its document, its requests and its draft, shown by a pane of its own."""
