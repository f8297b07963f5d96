"""x"""


def options(p):
    pass
