"""Who may do what: deny by default. Pure: the caller reads user groups and brings the facts."""
