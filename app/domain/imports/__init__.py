"""What organisations bring in spreadsheets: read, put right row by row, and registered."""
