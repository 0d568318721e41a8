"""Check digit of the 统一社会信用代码 (GB 32100-2015): 17 characters weighted by powers of 3, modulo 31."""

_LETTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def is_uscc(code: str) -> bool:
    """Whether the 18 characters are a 统一社会信用代码."""
    if len(code) != 18 or any(letter not in _LETTERS for letter in code):
        return False
    total = sum(_LETTERS.index(letter) * pow(3, n, 31) for n, letter in enumerate(code[:17]))
    return _LETTERS[-total % 31] == code[17]
