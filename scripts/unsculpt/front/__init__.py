"""The front of the Makefile: what was asked for, one run of Snakemake, and how it ended; knows no Snakemake."""
