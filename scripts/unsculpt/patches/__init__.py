"""What unsculpt changes or borrows inside other libraries, one module a library, with the version where it was seen.

A test compares those versions with the installed ones, and looks whether what is patched is still there.
"""
