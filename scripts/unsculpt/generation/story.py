"""x"""


def content(measured):
    return {}


def headline(content):
    return []


def sections(content):
    return []
