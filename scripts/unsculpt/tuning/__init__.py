"""Hyperparameter optimisation with Optuna: many trials on the events outside one fold, which judges the result.

`space` knows the hyperparameters, `criteria` what is minimised, `stacks` trains several trials at once, `tasks` puts
them together for one search, `search` is the loop of a worker and the journal that workers share, `results` the table
of trials, the choice and its check.
"""
