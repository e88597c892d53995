"""The version of unsculpt; pyproject.toml and CITATION.cff are checked against it."""

VERSION = "0.1.0"
