"""Audits: which images a service runs or would run, and what their scans say."""
