"""The instructor's commands of `duecourse`."""
