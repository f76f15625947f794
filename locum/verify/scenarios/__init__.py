"""Recipes: sequences of requests that lead to what chance does not reach, written as Arazzo documents."""
