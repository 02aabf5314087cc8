"""The products that incidents are carried to, one file each. Pure: requests out, answers in."""
