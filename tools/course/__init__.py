"""The course's own tools: `python -m course --help`. Not part of the wheel."""
