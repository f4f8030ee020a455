"""What each state does: enter, poll, exit."""
