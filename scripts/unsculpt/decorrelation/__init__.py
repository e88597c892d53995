"""Ways to avoid sculpting besides the objectives of networks: maps of scores, boosted trees, single features.

`transforms` is the registry of the maps and fits them without self-influence; `cdf`, `knn`, `ddt` and `css` hold one
map each, `samples` what they learn from; `trees` trains, `single` cuts on one feature. docs/methods.md says how to add
a method.
"""
