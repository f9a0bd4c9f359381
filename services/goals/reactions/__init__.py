"""What goals does when it hears of something. One sentence a file: the listing is the specification."""
