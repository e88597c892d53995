"""Jets by their constituents: a jet in each row, its observables, its image."""
