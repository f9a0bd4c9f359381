"""What partnerships does when it hears of something: one sentence a file."""
