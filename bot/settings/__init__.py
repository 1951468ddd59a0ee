"""The files that say what the bot works on and how: model, loading, errors with line numbers."""
