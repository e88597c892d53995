"""Event categories: exact search for score boundaries, choice of the working point, category table, combination."""

from unsculpt.categories.boundaries import Settings

__all__ = ["Settings"]
