"""Recommending as acting: simulated people, agents, and judging a policy from logs."""
