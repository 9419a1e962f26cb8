"""Adapters between the model's calls and the rooms below. Decides nothing: every plan is judged elsewhere."""
