"""The instructor's package: everything that knows an answer or touches a gradebook."""
