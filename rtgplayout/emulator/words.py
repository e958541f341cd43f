# -*- test-case-name: tests.emulator.test_amcp -*-
"""
How CasparCG cuts a line into words.
"""

_ESCAPED = {"\\": "\\", '"': '"', "n": "\n"}


def split(line: str) -> tuple[str, ...]:
    r"""
    The words of a line: separated by spaces, kept together by quotes or parentheses. A backslash
    spells C{\\}, C{"} or a new line; before anything else it vanishes with it. A tab is a letter.
    """
    words: list[str] = []
    word = ""
    quoted = escaped = False
    depth = 0
    for letter in line:
        if escaped:
            word += _ESCAPED.get(letter, "")
            escaped = False
        elif letter == "\\":
            escaped = True
        elif letter == " " and not quoted and depth == 0:
            if word:
                words.append(word)
            word = ""
        elif letter == ")" and not quoted and depth == 1:
            words.append(word + letter)
            word, depth = "", 0
        elif letter in "()" and not quoted:
            depth += 1 if letter == "(" else -1
            word += letter
        elif letter == '"':
            quoted = not quoted
            if depth:
                word += letter
            elif not quoted:
                words.append(word)
                word = ""
        else:
            word += letter
    return (*words, word) if word else tuple(words)
