"""Event categories: exact search for score boundaries, choice of the working point, category table, combination."""
