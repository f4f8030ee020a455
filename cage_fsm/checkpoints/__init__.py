"""Where records and claims are kept."""
