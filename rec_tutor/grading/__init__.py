"""Grade the notebooks of a class: offline, and without trusting them.

A submission is text. `notebook` takes the asked functions out of it, `child` runs them
in a process of its own, `isolation` says how much that process may do, `grade` compares
what comes back with what is asked. No expected value ever leaves the parent.
"""
