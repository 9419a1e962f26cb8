"""Finds text and paths in the person's files. Reads only; knows no tool and no screen."""

from tui_assist.search.paths import PathRanking, find_paths, rank_paths
from tui_assist.search.text import Line, Matches, search_text

__all__ = ["Line", "Matches", "PathRanking", "find_paths", "rank_paths", "search_text"]
