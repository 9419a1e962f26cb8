"""Finds text and paths in the person's files. Reads only; knows no tool and no screen."""
