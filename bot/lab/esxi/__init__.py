"""The simulated ESXi host: its shell over SSH, and its own HTTPS port."""
