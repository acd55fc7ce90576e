"""Side by side with what one would pick instead; see README.md."""
