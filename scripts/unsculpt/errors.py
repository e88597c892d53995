"""The one exception for a user's mistake; stdlib only."""


class InputError(ValueError):
    """A mistake in the input, in one sentence: the file, branch or key, the offending value, and what to do.

    Scripts print the sentence without a traceback; any other exception is a mistake of ours and keeps its traceback.
    """
