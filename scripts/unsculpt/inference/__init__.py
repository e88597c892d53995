"""Fitting the parameters of simulators without a likelihood: adversarial variational optimisation and others."""
