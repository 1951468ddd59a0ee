"""The command line's way to the running bot: a Unix socket, each end known by its account."""
