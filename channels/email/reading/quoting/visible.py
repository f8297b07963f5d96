"""Decides line by line, by position, what is new: splitters, quotations, answers between them, signatures."""

from dataclasses import dataclass

from channels.email.reading.quoting import signatures, splitters

MOST_ROWS = 4_000
MOST_TRIES = 300
LONGEST_LINE = 2_000
WRAP = 68


@dataclass(slots=True)
class Row:
    """A line; `quoted` and `mark` come from the HTML when there is one."""

    text: str
    quoted: bool = False
    mark: str = ""
    bare: bool = False


def new(rows: list[Row], *, forwarded: bool) -> str | None:
    """The visible text, or None when there is nothing but quotation."""
    rest = [row.text for row in rows[MOST_ROWS:]]
    rows = rows[:MOST_ROWS]
    lines = [row.text for row in rows]
    quoted = [row.quoted or bool(splitters.QUOTED.match(row.text)) for row in rows]
    fenced = _fences(lines)
    quoted = [mark and not fence for mark, fence in zip(quoted, fenced, strict=True)]
    _mark_wrapped(lines, quoted, rows)
    ahead = _Ahead(lines, quoted, rows)
    kept: list[str] = []
    removed = False
    tries = 0
    number, size = 0, len(rows)
    after_attribution = False
    attributed = False  # some quotation was introduced, so later ones are the mailer's too
    in_signature = False
    while number < size:
        row = rows[number]
        if row.mark == "signature":
            in_signature = any(line.strip() for line in kept)
        elif row.mark == "signature-end":
            in_signature = False
        if in_signature:
            number += 1
            continue
        if quoted[number]:
            end = _run(quoted, lines, number)
            if (
                attributed
                or (row.quoted and not ahead.stays(row, end))
                or (not ahead.text_follows(end) and _has_text(kept))
            ):
                if not ahead.text_follows(end):
                    kept = _without_rule(kept)
                removed = True
                number = end
                after_attribution = False
                continue
            kept += lines[number:end]
            number = end
            continue
        line = row.text
        if not line.strip() and row.mark != "split":
            kept.append("")
            number += 1
            continue
        if splitters.is_forward(line) or row.mark == "forward":
            return _finish(kept + lines[number:], signature=False)
        used = 0
        if tries < MOST_TRIES and len(line) < LONGEST_LINE and not fenced[number]:
            used = _splitter(lines, rows, number, quoted)
            tries += 1 if used or splitters.START.match(line) or splitters.DATE_START.match(line) else 0
        if used:
            if forwarded and _is_block(lines, number, used):
                return _finish(kept + lines[number:], signature=False)
            following = _next(lines, number + used)
            marked = following < size and quoted[following]
            if not marked and _has_text(kept):
                return _finish(_without_rule(kept))
            if marked:
                kept = _without_rule(kept)
                after_attribution = attributed = True
                removed = True
                number += used
                continue
            # Nothing stands above it: perhaps a quotation without marks, but then it is all we have.
            kept += lines[number : number + used]
            number += used
            continue
        if after_attribution and (splitters.BAR.match(line) or splitters.NAMED.match(line)):
            number += 1
            continue
        if signatures.is_device(line) and _has_text(kept) and not ahead.answers_follow(number):
            return _finish(kept)
        kept.append(line)
        after_attribution = False
        number += 1
    text = _finish(kept + rest, signature=not rest)
    return text if text or not removed else None


def _fences(lines: list[str]) -> list[bool]:
    """Which lines stand in a block of code that the customer fenced; nothing in it is a quotation."""
    marks = [number for number, line in enumerate(lines) if line.lstrip().startswith("```")]
    fenced = [False] * len(lines)
    for begin, end in zip(marks[::2], marks[1::2], strict=False):
        fenced[begin : end + 1] = [True] * (end + 1 - begin)
    return fenced


def _splitter(lines: list[str], rows: list[Row], at: int, quoted: list[bool]) -> int:
    """How many rows at `at` announce a quotation."""
    row = rows[at]
    if row.mark == "split" or row.mark == "attribution":
        return 1 + _attributed(rows, at)
    if splitters.is_original(row.text):
        block = _next(lines, at + 1)
        return block - at + splitters.header_block(lines, block) if block < len(lines) else 1
    used = splitters.header_block(lines, at) or splitters.notes_block(lines, at)
    if used:
        return used
    starts_paragraph = at == 0 or not lines[at - 1].strip() or quoted[at - 1]
    return splitters.attribution(lines, at, starts_paragraph, False)


def _attributed(rows: list[Row], at: int) -> int:
    """An attribution that the HTML marks may have been broken over several lines."""
    count = 0
    if rows[at].mark == "attribution":
        while (
            at + count + 1 < len(rows)
            and count < 4
            and rows[at + count].text.strip()
            and not rows[at + count].text.rstrip().endswith((":", "："))
        ):
            if rows[at + count + 1].quoted or not rows[at + count + 1].text.strip():
                break
            count += 1
    return count


def _is_block(lines: list[str], at: int, used: int) -> bool:
    return any(splitters.header_block(lines, number) for number in range(at, min(at + used, len(lines))))


def _mark_wrapped(lines: list[str], quoted: list[bool], rows: list[Row]) -> None:
    """A line that a mailer broke inside a quotation loses its mark; it is still quoted."""
    for number in range(1, len(lines)):
        if quoted[number] or not quoted[number - 1] or rows[number - 1].quoted or not lines[number].strip():
            continue
        before = lines[number - 1]
        closes = number + 1 < len(lines) and quoted[number + 1]
        open_bracket = before.count("(") > before.count(")") or before.count("<") > before.count(">") - before[
            :8
        ].count(">")
        long = (
            len(before) >= WRAP and before.rstrip()[-1:] not in ".!?。！？:：" and lines[number].strip()[:1].islower()
        )
        if (
            closes
            and (
                (open_bracket and ("http" in before or "@" in before))
                or (len(before) >= WRAP and len(lines[number]) < WRAP)
            )
        ) or (long and len(lines[number]) < 40):
            quoted[number] = True


def _run(quoted: list[bool], lines: list[str], at: int) -> int:
    """The end of a quotation: blank lines between quoted ones belong to it."""
    end = at
    number = at
    while number < len(quoted):
        if quoted[number]:
            end = number + 1
        elif lines[number].strip():
            break
        number += 1
    return end


def _next(lines: list[str], at: int) -> int:
    while at < len(lines) and not lines[at].strip():
        at += 1
    return at


def _has_text(kept: list[str]) -> bool:
    return any(line.strip() and not splitters.RULE.match(line) for line in kept)


class _Ahead:
    """What comes further down, counted once from the end."""

    def __init__(self, lines: list[str], quoted: list[bool], rows: list[Row]) -> None:
        size = len(lines)
        self.next_line = [size] * (size + 1)  # the next line that is neither quoted nor blank
        self.next_text = [size] * (size + 1)  # the same, device signatures left out
        self.next_quote = [size] * (size + 1)
        self.delimiter = [bool(signatures.DELIMITER.match(line)) for line in lines] + [False]
        for number in range(size - 1, -1, -1):
            self.next_line[number] = self.next_line[number + 1]
            self.next_text[number] = self.next_text[number + 1]
            self.next_quote[number] = self.next_quote[number + 1]
            if quoted[number]:
                self.next_quote[number] = number
            elif lines[number].strip() and rows[number].mark != "signature":
                self.next_line[number] = number
                if not signatures.is_device(lines[number]):
                    self.next_text[number] = number
        self.size = size
        self.last_introduced = self._last_introduced(lines, quoted) if any(row.bare for row in rows) else -1

    def _last_introduced(self, lines: list[str], quoted: list[bool]) -> int:
        found, above = -1, ""
        for number, line in enumerate(lines):
            if quoted[number]:
                if splitters.ENDS.search(above) and splitters.VERB.search(above):
                    found = number
                above = ""
            elif line.strip():
                above = line[:LONGEST_LINE]
        return found

    def text_follows(self, at: int) -> bool:
        """Whether a person wrote on below; a signature is no writing."""
        return not self.delimiter[self.next_line[at]] and self.next_text[at] < self.size

    def stays(self, row: Row, end: int) -> bool:
        """A bare <blockquote> stays when the real quotation, with its introduction, comes further down."""
        return row.bare and end <= self.last_introduced

    def answers_follow(self, at: int) -> bool:
        """Whether below this line a quotation comes and then text again, as when people answer in between."""
        quote = self.next_quote[min(at + 1, self.size)]
        return quote < self.size and self.next_line[quote] < self.size


def _without_rule(kept: list[str]) -> list[str]:
    """A bar drawn above the header block goes with it."""
    end = len(kept)
    while end and (
        not kept[end - 1].strip() or splitters.RULE.match(kept[end - 1]) or kept[end - 1].strip() in ("--", "*")
    ):
        end -= 1
    return kept[:end]


def _finish(kept: list[str], *, signature: bool = True) -> str:
    lines = signatures.cut(kept) if signature else kept
    return "\n".join(lines).strip("\n").rstrip()
