"""What is shown of a person unless somebody may see more: masked names, numbers, addresses, texts.

Pure (domain.md §5.2). Masks never depend on who looks, so that two screens never add up to more than
one. Free text is read as a person would read it: full-width, circled or Chinese digits, with blanks,
dashes or marks between them, are digits all the same.
"""

import re

from queries.names import NOT_NAMES, given_name_length, surname_length
from queries.reading import HAN_DIGITS, LETTER, cleaned, read_digits

STAR = "*"
IDENTITY_HEAD, IDENTITY_TAIL = 3, 4
PHONE_HEAD, PHONE_TAIL = 3, 4
PLATE_TAIL = 2

_MOBILE = re.compile(r"(?:0|86|0086)?(1[3-9][0-9]{9})")
_PROVINCE = "(?:1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[1-3]|91)"
_IDENTITY = re.compile(
    rf"{_PROVINCE}[0-9]{{4}}(?:1[89]|20)[0-9]{{2}}(?:0[1-9]|1[0-2])[0-3][0-9]{{4}}[0-9X]"
)

_NUMBER = r"[0-9一二三四五六七八九十百〇零]{1,8}"
_BUILDING = re.compile(rf"{_NUMBER}\s?[A-Za-z]?(?:号楼|幢|栋|座)")
_DOOR = re.compile(
    rf"(?:{_NUMBER}\s?弄[^\d]{{0,20}})?{_NUMBER}(?:[-之/][0-9]{{1,4}})?[甲乙丙丁]?\s?号(?!院|线)"
)
_YARD = re.compile(rf"{_NUMBER}\s?(?:号院|弄)")
_ROOM = re.compile(rf"{_NUMBER}\s?(?:单元|室|层|楼|户|房|门)|[0-9]")
_FLAT = re.compile(
    r"[\s,]*(?:#|\b(?:apt|apartment|unit|suite|ste|room|rm|fl|floor)\b)", re.IGNORECASE
)
_HAN = re.compile(r"[\u4e00-\u9fff]")


def mask_name(name: str) -> str:
    """张三 as 张*, 张小明 as 张**, 欧阳明 as 欧阳*, John Smith as J***; "" stays "".

    The number of stars says nothing beyond two: long names show three.
    """
    plain = "".join(cleaned(name).split())
    if not plain:
        return ""
    if not _HAN.match(plain):
        return plain[0] + 3 * STAR
    if "·" in plain:
        return plain[0] + 2 * STAR
    kept = min(surname_length(plain), max(1, len(plain) - 1))
    return plain[:kept] + STAR * min(2, max(1, len(plain) - kept))


def mask_phone(number: str) -> str:
    """138****8000 for a mobile number; of any other only the last two digits, if it has seven."""
    digits = "".join(sign for sign in read_digits(cleaned(number), han=True) if sign.isdigit())
    if mobile := _MOBILE.fullmatch(digits):
        return mobile[1][:PHONE_HEAD] + 4 * STAR + mobile[1][-PHONE_TAIL:]
    if not digits:
        return ""
    return 6 * STAR + (digits[-2:] if len(digits) >= 7 else "")


def mask_identity(number: str) -> str:
    """310***********1234: the region's first three and the last four, so that no birthday shows.

    Of other documents (passport, permit) the first sign and the last two; of short ones nothing.
    """
    read = read_digits(cleaned(number), han=True)
    plain = "".join(sign for sign in read if sign.isascii() and sign.isalnum())
    if not plain:
        return ""
    if len(plain) == 18 and plain[:17].isdigit():
        hidden = STAR * (18 - IDENTITY_HEAD - IDENTITY_TAIL)
        return plain[:IDENTITY_HEAD] + hidden + plain[-IDENTITY_TAIL:]
    if len(plain) == 15 and plain.isdigit():
        return plain[:IDENTITY_HEAD] + 9 * STAR + plain[-3:]
    return plain[0] + 6 * STAR + plain[-2:] if len(plain) >= 7 else 6 * STAR


def mask_address(address: str) -> str:
    """The address to the building: 瑞金二路26号院6号楼3单元402室 as 瑞金二路26号院6号楼."""
    plain = " ".join(cleaned(address).split())
    if not _HAN.search(plain):
        cut = _FLAT.search(plain)
        return (plain[: cut.start()] if cut else plain).rstrip(" ,")
    # The same text with half-width digits and letters: place for place.
    read = "".join(
        new if new.isdigit() else old for old, new in zip(plain, read_digits(plain), strict=True)
    )
    for pattern in (_BUILDING, _DOOR, _YARD):
        if found := pattern.search(read):
            return read[: found.end()]
    room = _ROOM.search(read)
    return (read[: room.start()] if room else read).rstrip(" ,，-—#")


def mask_plate(plate: str) -> str:
    """沪A***12: province, letter and the last two."""
    read = cleaned(plate)
    plain = [
        new if new.isascii() else old
        for old, new in zip(read, read_digits(read), strict=True)
        if not new.isspace()
    ]
    if len(plain) < 6:
        return 3 * STAR
    return "".join(plain[:2]) + 3 * STAR + "".join(plain[-PLATE_TAIL:])


def mask_text(text: str) -> str:
    """Free text without telephone and identity numbers, plates, addresses of mail, names of people.

    What cannot be told apart from a number of a person is masked too (any seven digits in a row that
    are no date). Time grows with the length of the text, not faster.
    """
    return _mask_names(_mask_contacts(_mask_plates(_mask_numbers(cleaned(text)))))


def mask_note(text: str | None) -> str | None:
    """Free text that may be missing, masked."""
    return None if text is None else mask_text(text)


FEWEST_DIGITS = 7
"""A number of so many digits may be a telephone."""
GAP = 6
"""Signs between two digits that still make them one number."""
_RUN = re.compile(rf"[0-9](?: {{0,{GAP}}}[0-9X])*")
_HAN_DIGIT = f"[{''.join(HAN_DIGITS)}]"
_NUMERALS = re.compile(
    rf"(?:{_HAN_DIGIT}{{1,2}}\W+)?((?<![0-9])[0-9](?:\W*[0-9])*(?:\W*[Xx])?)(?:\W*{_HAN_DIGIT}{{1,2}})?"
)
_STARS = re.compile(r"\*{4,}")
_DAY_OR_TIME = re.compile(
    r"(?<![0-9])(?:(?:19|20)[0-9]{2}([-/.])(?:0?[1-9]|1[0-2])\1(?:0?[1-9]|[12][0-9]|3[01])"
    r"|(?:[01]?[0-9]|2[0-3])[:：][0-5][0-9](?:[:：][0-5][0-9])?)(?![0-9])"
)


def _mask_numbers(text: str) -> str:
    read = read_digits(text, han=True)
    # Four stars are a mask that stands there already, not a way to write one number.
    stars = [match.span() for match in _STARS.finditer(text)]
    read = _with(read, [(first, last, LETTER * (last - first)) for first, last in stars])
    changes = []
    for run in _RUN.finditer(read):
        first, last = _without_words(text, *run.span())
        if sum(sign.isdigit() for sign in read[first:last]) >= FEWEST_DIGITS:
            changes += _run_masked(text, read, first, last)
    return _with(text, changes)


def _without_words(text: str, first: int, last: int) -> tuple[int, int]:
    """A run without a numeral or two before or behind that belong to words: 张三 138…, 138… 三楼."""
    inner = _NUMERALS.fullmatch(text, first, last)
    return inner.span(1) if inner else (first, last)


Change = tuple[int, int, str]


def _run_masked(text: str, read: str, first: int, last: int) -> list[Change]:
    """What becomes of a run of digits with gaps: masked as a whole, or between its dates and times."""
    plain = read[first:last].replace(" ", "")
    if _MOBILE.fullmatch(plain):
        return [(first, last, mask_phone(plain))]
    if not _IDENTITY.search(plain):
        pieces, at = [], first
        for match in _DAY_OR_TIME.finditer(_dated(text[first:last], read[first:last])):
            pieces.append((at, first + match.start()))
            at = first + match.end()
        pieces.append((at, last))
        # Only where digits beside a date stand close together: 13 8:00 1 3 8 0 0 0 has no time in it.
        bare = [(a, b, read[a:b].strip(" ")) for a, b in pieces]
        if len(pieces) > 1 and not any(" " in digits for _, _, digits in bare):
            return [
                (a, b, read[a:b].replace(digits, _shown(digits)))
                for a, b, digits in bare
                if len(digits) >= FEWEST_DIGITS
            ]
    return [(first, last, _shown(plain))]


def _dated(text: str, read: str) -> str:
    """The text with plain digits: separators as they are, for dates are told by them."""
    return "".join(new if new.isdigit() else old for old, new in zip(text, read, strict=True))


def _shown(digits: str) -> str:
    if _MOBILE.fullmatch(digits):
        return mask_phone(digits)
    if len(digits) in (15, 18) and digits[:-1].isdigit():
        return mask_identity(digits)
    return 6 * STAR


_PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼使"
_PLATE = re.compile(
    rf"([{_PROVINCES}]) {{0,2}}([A-Z])(?: {{0,2}}[A-Z0-9]){{3,5}} {{0,2}}[A-Z0-9挂学警港澳领]"
)
_MAIL = re.compile(r"(?<![\w.+-])([\w.+-])[\w.+-]{0,63}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}")
_CHAT = re.compile(
    r"(微信号?|weixin|wechat|qq号?)([\s:：是为]{0,4})([a-z0-9_-]{5,20})", re.IGNORECASE
)


def _mask_plates(text: str) -> str:
    read = read_digits(text)
    kept = f"{_PROVINCES}挂学警港澳领"
    read = "".join(old if old in kept else new for old, new in zip(text, read, strict=True))
    found = _PLATE.finditer(read)
    return _with(
        text, [(*m.span(), mask_plate(m[0])) for m in found if any(map(str.isdigit, m[0]))]
    )


def _mask_contacts(text: str) -> str:
    text = _MAIL.sub(lambda m: f"{m[1]}{3 * STAR}@{3 * STAR}", text)
    return _CHAT.sub(lambda m: m[1] + m[2] + 3 * STAR, text)


_TITLES = (
    "先生|女士|小姐|太太|老师|师傅|阿姨|大爷|大妈|大伯|奶奶|爷爷|叔叔|伯伯|同志|经理|医生|老板|同学"
)
_TITLED = re.compile(rf"([\u4e00-\u9fff]{{2,4}})(?={_TITLES})")
_LABELLED = re.compile(
    r"((?:(姓名|联系人|报修人|反映人|举报人|投诉人|当事人|来电人|诉求人|申请人|负责人|户主|我叫|名叫)"
    r"|房东|业主|租户|租客|市民|居民|群众|我是|本人)[:：是为\s]{0,3})([\u4e00-\u9fff]{2,7})"
)
_BEFORE_NUMBER = re.compile(
    r"([\u4e00-\u9fff]{2,7}?)(?=[\s,，:：()（）]{0,3}(?:联系)?(?:电话|手机|身份证)?号?码?[\s:：]{0,2}[0-9]{0,3}\*{4})"
)
_DOTTED = re.compile(r"[\u4e00-\u9fff]{1,8}(?:[·•・][\u4e00-\u9fff]{1,8}){1,3}")
_LATIN = re.compile(
    r"\b((?:Mr|Mrs|Ms|Miss|Dr)\b\.?\s{1,2})([A-Z])[\w'-]{0,30}(?:\s[A-Z][\w'-]{0,30}){0,2}"
)


def _mask_names(text: str) -> str:
    text = _DOTTED.sub(lambda m: m[0][0] + 2 * STAR, text)
    text = _LATIN.sub(lambda m: f"{m[1]}{m[2]}{3 * STAR}", text)
    text = _TITLED.sub(lambda m: _last_name_masked(m[1]), text)
    text = _LABELLED.sub(lambda m: m[1] + _first_name_masked(m[3], certain=bool(m[2])), text)
    return _BEFORE_NUMBER.sub(lambda m: _last_name_masked(m[1]), text)


def _first_name_masked(text: str, *, certain: bool) -> str:
    """The name that a text begins with, if it begins with a surname, masked; the rest as it is.

    Not certain: it may be another word (居民高空抛物), and is a name where a known word follows.
    """
    kept = surname_length(text)
    if not kept or len(text) == kept:
        return text
    given = given_name_length(text[kept:], certain=certain)
    return text[:kept] + STAR * given + text[kept + given :]


def _last_name_masked(text: str) -> str:
    """The name that a text ends with, masked: of 找张小明 it is 张小明, of 老张 nothing is left to hide."""
    for length in (4, 3, 2):
        name = text[-length:]
        kept = surname_length(name)
        if len(name) == length and kept and length - kept in (1, 2) and name not in NOT_NAMES:
            return text[:-length] + name[:kept] + STAR * (length - kept)
    return text


def _with(text: str, changes: list[Change]) -> str:
    """The text with the stretches first:last replaced; they are in order and do not overlap."""
    parts, at = [], 0
    for first, last, new in changes:
        parts += [text[at:first], new]
        at = last
    parts.append(text[at:])
    return "".join(parts)
