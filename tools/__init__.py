"""What keeps this project in shape; not part of the program."""
