"""Quick pictures for widgets: what stays is drawn once, what moves is drawn by hand."""
