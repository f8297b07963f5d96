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
    return _Reading(rows, forwarded).text()


class _Reading:
    """One walk down the lines; `kept` grows, `at` is the line looked at."""

    def __init__(self, rows: list[Row], forwarded: bool) -> None:
        self.rest = [row.text for row in rows[MOST_ROWS:]]
        self.rows = rows[:MOST_ROWS]
        self.lines = [row.text for row in self.rows]
        self.fenced = _fences(self.lines)
        self.quoted = [
            (row.quoted or splitters.QUOTED.match(row.text) is not None) and not fence
            for row, fence in zip(self.rows, self.fenced, strict=True)
        ]
        _mark_wrapped(self.lines, self.quoted, self.rows)
        self.promising = splitters.promising(self.lines)
        self.ahead = _Ahead(self.lines, self.quoted, self.rows)
        self.forwarded = forwarded
        self.kept: list[str] = []
        self.at = 0
        self.tries = 0
        self.removed = False
        self.introduced = False  # some quotation was, so later ones are the mailer's too
        self.just_introduced = False
        self.in_signature = False

    def text(self) -> str | None:
        while self.at < len(self.rows):
            row = self.rows[self.at]
            if self._signature(row):
                self.at += 1
            elif self.quoted[self.at]:
                self._quotation(row)
            elif not row.text.strip() and row.mark != "split":
                self._keep(1)
            elif splitters.is_forward(row.text) or row.mark == "forward":
                return _finish(self.kept + self.lines[self.at :], signature=False)
            elif used := self._splitter(row):
                ended = self._split(used)
                if ended is not None:
                    return ended
            elif self.just_introduced and (splitters.BAR.match(row.text) or splitters.NAMED.match(row.text)):
                self.at += 1
            elif signatures.is_device(row.text) and self._written() and not self.ahead.answers_follow(self.at):
                return _finish(self.kept)
            else:
                self._keep(1)
                self.just_introduced = False
        text = _finish(self.kept + self.rest, signature=not self.rest)
        return text if text or not self.removed else None

    def _keep(self, count: int) -> None:
        self.kept += self.lines[self.at : self.at + count]
        self.at += count

    def _written(self) -> bool:
        """Whether anything but rules stands above."""
        return any(line.strip() and not splitters.RULE.match(line) for line in self.kept)

    def _signature(self, row: Row) -> bool:
        """Whether the line belongs to a block that the HTML calls a signature, below some text."""
        if row.mark == "signature":
            self.in_signature = any(line.strip() for line in self.kept)
        elif row.mark == "signature-end":
            self.in_signature = False
        return self.in_signature

    def _quotation(self, row: Row) -> None:
        """Drops a run of quoted lines, unless a person may have written it around answers."""
        end = _run(self.quoted, self.lines, self.at)
        last = not self.ahead.text_follows(end)
        marked = row.quoted and not self.ahead.stays(row, end)
        if not (self.introduced or marked or (last and self._written())):
            self._keep(end - self.at)
            return
        if last:
            self.kept = _without_rule(self.kept)
        self.removed = True
        self.just_introduced = False
        self.at = end

    def _splitter(self, row: Row) -> int:
        """How many lines from here on announce a quotation."""
        if self.tries >= MOST_TRIES or len(row.text) >= LONGEST_LINE or self.fenced[self.at]:
            return 0
        used = _splitter(self.lines, self.rows, self.at, self.quoted, self.promising[self.at])
        if used or splitters.START.match(row.text) or splitters.DATE_START.match(row.text):
            self.tries += 1
        return used

    def _split(self, used: int) -> str | None:
        """What an announcement of `used` lines means: the end of the new text, a marked quotation, or nothing."""
        if self.forwarded and _is_block(self.lines, self.at, used):
            return _finish(self.kept + self.lines[self.at :], signature=False)
        following = _next(self.lines, self.at + used)
        if following < len(self.rows) and self.quoted[following]:
            self.kept = _without_rule(self.kept)
            self.introduced = self.just_introduced = self.removed = True
            self.at += used
        elif self._written():
            return _finish(_without_rule(self.kept))
        else:
            # Nothing stands above it: perhaps a quotation without marks, but then it is all we have.
            self._keep(used)
        return None


def _fences(lines: list[str]) -> list[bool]:
    """Which lines stand in a block of code that the customer fenced; nothing in it is a quotation."""
    marks = [number for number, line in enumerate(lines) if line.lstrip().startswith("```")]
    fenced = [False] * len(lines)
    for begin, end in zip(marks[::2], marks[1::2], strict=False):
        fenced[begin : end + 1] = [True] * (end + 1 - begin)
    return fenced


def _splitter(lines: list[str], rows: list[Row], at: int, quoted: list[bool], promising: bool) -> int:
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
    if not promising:
        return 0
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
