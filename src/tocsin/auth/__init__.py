"""Who somebody is: passwords, sessions, keys, and the tokens in our messages."""
