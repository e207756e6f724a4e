"""What authors need: content that checks itself, and starting points for new content."""
