"""What the training has changed, on Kirkpatrick's four levels: reaction, learning, behaviour, results."""
