#!/usr/bin/env python3
"""Is a Daybook audit archive sound? Written from format.md; needs Python 3.9 and `cryptography`.
Exit codes: 0 sound, 1 tampered, 2 incomplete, 3 wrong key."""
import argparse, base64, gzip, hashlib, json, os, re, sys
from functools import reduce
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

SOUND, INCOMPLETE, WRONG_KEY, TAMPERED = range(4)  # by gravity
NAMES, EXITS = ["sound", "incomplete", "wrong key", "tampered"], [0, 2, 3, 1]
FILES = ["manifest.json", "checkpoint", "keys", "events.ndjson", "events.csv"]
COLUMNS = ["position", "recorded_at", "actor", "event_type", "event_version", "stream_type", "stream_id",
           "version", "event_id", "command_id", "correlation_id", "causation_id"]
LEAF = {*COLUMNS, "payload_hash", "personal_hash", "request_hash", "tenant_id", "v"}

class Bad(ValueError): """What is wrong, how grave it is, and the index that it is about."""
def need(so, text, outcome=TAMPERED, index=None):
    if not so:
        raise Bad(text, outcome, index)

def b64(text):
    data = base64.b64decode(text, validate=True)
    return need(base64.b64encode(data).decode() == text, "base64 in another spelling") or data

read = lambda path: open(path, encoding="utf-8", newline="").read()
unique = lambda pairs: need(len(dict(pairs)) == len(pairs), "a member comes twice") or dict(pairs)
sha = lambda *parts: hashlib.sha256(b"".join(parts)).digest()  # below: the root of full subtrees, from the left
root_of = lambda peaks: reduce(lambda right, left: sha(b"\1", left, right), peaks[::-1]) if peaks else sha()
NAME, number = r"([^\s+\x00-\x1f\x7f-\x9f]+)", lambda text: int(re.fullmatch("0|[1-9][0-9]*", text)[0])
json_of = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode

def key_of(line):
    name, digest, key = re.fullmatch(NAME + r"\+([0-9a-f]{8})\+(\S+)", line).groups()
    need(b64(key)[0] == 1 and len(b64(key)) == 33, f"the key of {name} is none of Ed25519")
    need(sha(name.encode(), b"\n", b64(key))[:4].hex() == digest, f"the digest of the key of {name} is wrong")
    return name, bytes.fromhex(digest), Ed25519PublicKey.from_public_bytes(b64(key)[1:])

def note_of(text):
    body, sep, lines = text.rpartition("\n\n")
    need(sep and lines.endswith("\n") and not re.search(r"[\x00-\x09\x0b-\x1f]", text), "no signed note")
    signatures = [re.fullmatch(f"\u2014 {NAME} ([^ ]+)", line).groups() for line in lines[:-1].split("\n")]
    origin, size, root, *more = body.split("\n")
    need(origin and all(more) and len(b64(root)) == 32, "no checkpoint")
    return body + "\n", [(name, b64(it)) for name, it in signatures], origin, number(size), b64(root)

def check_signatures(what, note, keys):
    known = [(key, it[4:]) for name, it in note[1] for n, d, key in keys if (n, d) == (name, it[:4])]
    need(known, f"{what} is signed by no key that counts", WRONG_KEY)
    [key.verify(signature, note[0].encode()) for key, signature in known]

def root_by(proof, at, size, node):  # RFC 9162 2.1.3.1: the last hash is that of the half without the leaf
    half = 1 << (size - 1).bit_length() >> 1
    if not half:
        return need(not proof, "the proof is too long") or node
    ours, theirs = root_by(proof[:-1], at % half, half if at < half else size - half, node), b64(proof[-1])
    return sha(b"\1", ours, theirs) if at < half else sha(b"\1", theirs, ours)

def row(cells):
    cells = [("'" if c.startswith(tuple("=+-@\t\r")) else "") + c.replace('"', '""') for c in cells]
    return ('"' + '","'.join(cells) + '"\r\n').encode()

def file(stream, name, said):  # the archive's next file as its lines, and then what the manifest says of it
    block, seen, rest = stream.read(512), hashlib.sha256(), b""
    need(len(block) == 512 and block.strip(b"\0"), f"{name} is missing", INCOMPLETE)
    total = sum(block[:148]) + 8 * 32 + sum(block[156:])
    need(int(block[148:156].strip(b" \0"), 8) == total and block[156:157] in b"0\0", "a damaged header")
    found = block[:100].rstrip(b"\0").decode()
    need(found == name, f"{found} stands where {name} should", INCOMPLETE if found in FILES else TAMPERED)
    left = size = int.from_bytes(block[125:136], "big") if block[124] & 0x80 else int(block[124:135], 8)
    while left:
        data = stream.read(min(left, 1 << 20))
        need(data, "the archive ends before its end", INCOMPLETE)
        seen.update(data)
        left, (*lines, rest) = left - len(data), (rest + data).split(b"\n")
        yield from (line + b"\n" for line in lines)
    yield rest
    stream.read(-size % 512)
    said[name] = {"bytes": str(size), "sha256": seen.hexdigest()}

class Events:
    def __init__(self, manifest, note, kept):
        self.manifest, self.full, self.peaks = manifest, manifest["kind"] == "full", []
        (self.origin, self.size, self.root), self.count, self.first, self.last = note[2:], 0, None, -1
        self.roots = {**dict.fromkeys(kept), 0: sha()}  # by the sizes of the checkpoints from outside
        self.sheet = hashlib.sha256(row([*COLUMNS, "payload", "request"]))

    def take(self, data):
        self.at = self.count if self.full else None
        line = json.loads(data, object_pairs_hook=unique)
        leaf = line["leaf"]
        need([*line] == ["leaf", "payload", "personal", "proof", "request", "sealed"], "not a line's members")
        need(json_of(line).encode() + b"\n" == data, "the line is not in canonical form")
        need(leaf.keys() == LEAF and leaf["v"] == "1" and all(isinstance(v, str) for k, v in leaf.items()
             if v is not None or k not in ("causation_id", "personal_hash")), "no leaf of version 1")
        index = number(leaf["position"]) - 1
        need(index == self.count if self.full else index >= 0, "another position should stand here")
        self.at = index
        need(index > self.last, "the position comes again, or too late")
        need(leaf["tenant_id"] == self.manifest["tenant"], "the event is of another tenant")
        need(index < self.size, "the event is not among those that were sealed")
        for what, it in [(it, line[it]) for it in ("payload", "request", "personal")]:
            it = it.encode() if isinstance(it, str) else it and b64(it["base64"])
            digest = None if it is None and what == "personal" else sha(it).hex()
            need(digest == leaf[what + "_hash"], f"the {what} is not the one that the leaf has a digest of")
        node = sha(b"\0", json_of(leaf).encode())
        need(b64(line["sealed"]) == node, "the event is not the one that was sealed here")
        need((line["proof"] is None) == self.full, "filtered archives have proofs, and full ones have none")
        need(self.full or root_by(line["proof"], index, self.size, node) == self.root, "the proof leads elsewhere")
        while self.full and index & 1:  # full subtrees of one height merge
            node, index = sha(b"\1", self.peaks.pop(), node), index >> 1
        self.peaks[len(self.peaks):] = [node] if self.full else []
        if self.full and self.at + 1 in self.roots:
            self.roots[self.at + 1] = root_of(self.peaks)
        shown = [v if isinstance(v, str) else v["base64"] for v in (line["payload"], line["request"])]
        self.sheet.update(row([leaf[name] or "" for name in COLUMNS] + shown))
        self.count, self.last, self.first = self.count + 1, self.at, self.first or leaf["position"]

    def whole(self):
        said, at = number(self.manifest["count"]), self.count if self.full else None
        need(self.count >= (self.size if self.full else said), "events are missing", INCOMPLETE, at)
        need(not self.full or root_of(self.peaks) == self.root, "the events lead to another root")
        said = [said, self.manifest["first"], self.manifest["last"]]
        need(said == [self.count, self.first, self.first and str(self.last + 1)], "manifest.json says otherwise")

    def compare(self, origin, size, root):
        need(origin == self.origin, "the checkpoint from outside is of another log", INCOMPLETE)
        need(size <= self.size, "the checkpoint from outside has more events", INCOMPLETE, self.size)
        ours, at = self.root if size == self.size else self.roots[size], self.count if self.full else None
        need(ours, "too little to compare an older checkpoint", INCOMPLETE, at)
        need(ours == root, f"history was rewritten: the checkpoint of {size} from outside has another root")

def noted(found, step, *arguments):
    try:
        return step(*arguments) or SOUND
    except Exception as bad:
        outcome = INCOMPLETE if isinstance(bad, (EOFError, FileNotFoundError)) else TAMPERED
        found.append(bad.args if isinstance(bad, Bad) else (repr(bad), outcome, None))
        return found[-1][1]

def check(archive, outside, given, found):
    stream, said = gzip.open(archive), {}
    whole = lambda name: b"".join(file(stream, name, said)).decode()
    manifest = json.loads(whole("manifest.json"), object_pairs_hook=unique)
    note, own = note_of(whole("checkpoint")), [key_of(line) for line in whole("keys").splitlines()]
    need(manifest["format"] == "daybook-audit-archive/1" and manifest["kind"] in ("full", "filtered")
         and manifest["members"].keys() == set(FILES[1:]), "not a manifest of this format")
    tree = [manifest["origin"], manifest["tree_size"], b64(manifest["root"])]
    noted(found, need, tree == [note[2], str(note[3]), note[4]], "manifest.json is of another tree")
    noted(found, check_signatures, "the checkpoint", note, given or own)
    signed = lambda it: noted(found, check_signatures, "the checkpoint from outside", it, given or own)
    kept = [(it, signed(it) < (WRONG_KEY if given else TAMPERED))  # whether it is believed
            for it, others in outside if not others or it[2:3] == note[2:3]]
    events, before = Events(manifest, note, [it[3] for it, _ in kept]), len(found)
    for line in file(stream, FILES[3], said):
        if line and len(found) == before:
            noted(found, events.take, line)
            found[before:] = [(text, TAMPERED, events.at) for text, *_ in found[before:]]
    list(map(len, file(stream, FILES[4], said)))
    need(not stream.read().strip(b"\0"), "something comes after the last file")
    if len(found) == before:
        noted(found, events.whole)
        noted(found, need, kept or not outside, "no checkpoint from outside is of this log", INCOMPLETE)
        trees = {it[3:] for it, believed in kept if believed and it[2] == note[2]}
        noted(found, need, len(trees) == len(dict(trees)), "two histories were signed: one size has two roots")
        ends = [(noted(found, events.compare, *it[2:]), it[3] * believed) for it, believed in kept]
        fit, differ = ([size for end, size in ends if end == it and size] for it in (SOUND, TAMPERED))
        if differ and len(fit + differ) > 1:  # the largest tree that fits, the smallest that does not
            at, to = max([0, *(size for size in fit if size < min(differ))]), min(differ) - 1
            found.append(("other events begin there", TAMPERED, at if at == to else f"from {at} to {to}"))
    if not found:
        need(said["events.csv"]["sha256"] == events.sheet.hexdigest(), "events.csv says otherwise")
        need(all(manifest["members"][it] == said[it] for it in FILES[1:]), "a file is another")

def kept_in(path):  # the checkpoint in a file, or those in a folder, among others
    others = os.path.isdir(path) and sorted(it.path for it in os.scandir(path) if it.is_file())
    for it in others or [path]:
        try:
            yield note_of(read(it)), others
        except Exception as error:
            need(others, repr(error))
            yield print(f"warning: {it} is no checkpoint: {error!r}") or (), others

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
parser.add_argument("archive")
parser.add_argument("--checkpoint", action="append", default=[], help="one that was kept outside, or a folder")
parser.add_argument("--key", action="append", default=[], help="a key that alone counts, or a file of keys")
given, found = parser.parse_args(), []
try:
    kept = [it for path in given.checkpoint for it in kept_in(path)]
    keys = [key_of(it) for key in given.key for it in (read(key).splitlines() if os.path.exists(key) else [key])]
except Exception as error:
    sys.exit(print(f"what was given cannot be read: {error!r}\nresult: incomplete") or EXITS[INCOMPLETE])
if not (keys and kept):
    print("warning: without a key and a checkpoint from elsewhere, anybody could have made all of this")
noted(found, check, given.archive, kept, keys, found)
outcome = max((it[1] for it in found), default=SOUND)
sys.stdout.writelines(f"BAD: {text} (index {index})\n" for text, _, index in found)
first = min((it[2] for it in found if it[1] == outcome and it[2] is not None), default=None)
print(f"result: {NAMES[outcome]}" + ("" if first is None else f", first bad index {first}"))
sys.exit(EXITS[outcome])
