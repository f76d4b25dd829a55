"""Makes one small tokenizer of each kind, and encoded.json: what tokenizers 0.23.3 makes of awkward texts with them."""

import json
from pathlib import Path

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

LINES = [
    "The baker finds the small river behind the old mill.",
    "Der Bäcker findet den kleinen Fluss hinter der alten Mühle.",
    "We'll read 12 books, 345 letters and 6789 lines; they've read none!",
    "Ein Haus, zwei Häuser: 中文 und 日本語 stehen hier nebeneinander.",
    "value = items[3] + offset  # the third one\n\treturn value\n\n",
    "NASA and the UNO met the HTTPServer of McDonald.",
]
TEXTS = [
    "",
    " ",
    "The small baker",
    "  two  spaces   and more    ",
    "Der Bäcker liest 12345 Bücher.",
    "We'll SEE: they'VE read it!!!\r\n\r\n  Done.\n",
    "中文 und 日本語 😀👍🏽",
    "line one\n\n\n   line two\t\tend   \n  ",
    "e\u0301 é ﬁ ½ Ⅷ ＡＢ",
    "McDonald HTTPServer iPhone XMLHttp ÀÉ",
    "\u0000\u0001\ufffd\u00a0\u2003x",
    "<s>first</s> second<mask> third <pad>",
    "[CLS] a [MASK] b [SEP]",
    "say   <mask>   it",
    "token<extra>inside <extra> alone",
]
CONTRACTION = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)"
TAIL = r"\s*[\r\n]+|\s+(?!\S)|\s+"
LLAMA3 = CONTRACTION + r"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|" + TAIL
UPPER, LOWER = r"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]", r"[\p{Ll}\p{Lm}\p{Lo}\p{M}]"
GPT4O = (
    rf"[^\r\n\p{{L}}\p{{N}}]?{UPPER}*{LOWER}+{CONTRACTION}?|[^\r\n\p{{L}}\p{{N}}]?{UPPER}+{LOWER}*{CONTRACTION}?"
    r"|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|" + TAIL
)


def byte_pairs(tokenizer, specials, **options):
    trainer = trainers.BpeTrainer(vocab_size=340, special_tokens=specials, show_progress=False, **options)
    tokenizer.train_from_iterator(LINES * 3, trainer)


def template(tokenizer, single):
    names = [name for name in single.split() if name != "$A"]
    return processors.TemplateProcessing(
        single=single, pair="$A $B", special_tokens=[(name, tokenizer.token_to_id(name)) for name in names]
    )


def byte_fallback(pre_tokenizer, normalizer):
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    if normalizer:
        tokenizer.normalizer = normalizer
    if pre_tokenizer:
        tokenizer.pre_tokenizer = pre_tokenizer
    specials = ["<unk>", "<s>", "</s>"] + [f"<0x{byte:02X}>" for byte in range(256)]
    trainer = trainers.BpeTrainer(
        vocab_size=400, special_tokens=specials, show_progress=False, limit_alphabet=50, max_token_length=8
    )
    tokenizer.train_from_iterator(LINES * 3, trainer)
    data = json.loads(tokenizer.to_str())
    data["added_tokens"] = data["added_tokens"][:3]  # the bytes are tokens of the model only
    tokenizer = Tokenizer.from_str(json.dumps(data))
    tokenizer.decoder = decoders.Sequence(
        [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
    )
    tokenizer.post_processor = template(tokenizer, "<s> $A")
    tokenizer.add_special_tokens([AddedToken("<mask>", lstrip=True, special=True)])
    return tokenizer


def llama2():
    return byte_fallback(None, normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")]))


def metaspace():
    return byte_fallback(pre_tokenizers.Metaspace("▁", prepend_scheme="first", split=True), None)


def byte_level(splits, specials, single):
    tokenizer = Tokenizer(models.BPE(ignore_merges=True))
    steps = [pre_tokenizers.Split(Regex(split), "isolated") for split in splits]
    steps.append(pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(steps)
    tokenizer.decoder = decoders.ByteLevel()
    byte_pairs(tokenizer, [], initial_alphabet=pre_tokenizers.ByteLevel.alphabet())
    tokenizer.add_special_tokens(specials)
    tokenizer.add_tokens([AddedToken("<extra>", single_word=True)])
    tokenizer.post_processor = processors.Sequence([processors.ByteLevel(trim_offsets=False), template(tokenizer, single)])
    return tokenizer


def llama3():
    return byte_level([LLAMA3], ["<s>", "</s>", "<pad>"], "<s> $A")


def gpt4o():
    return byte_level([GPT4O], ["<s>", "</s>"], "$A")


def trailing_space():
    return byte_level([r"[\r\n]", r"\s?\p{L}+", r"\s?\p{P}+", r"\s+$", r"\p{N}"], ["<s>", "</s>"], "<s> $A")


def word_piece():
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece(prefix="##")
    specials = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    trainer = trainers.WordPieceTrainer(vocab_size=250, special_tokens=specials, show_progress=False)
    tokenizer.train_from_iterator(LINES * 3, trainer)
    tokenizer.post_processor = template(tokenizer, "[CLS] $A [SEP]")
    return tokenizer


def unigram():
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.NFKC(), normalizers.StripAccents(), normalizers.Replace(Regex(" {2,}"), " ")]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    trainer = trainers.UnigramTrainer(
        vocab_size=150, special_tokens=["<pad>", "</s>", "<unk>"], unk_token="<unk>", show_progress=False
    )
    tokenizer.train_from_iterator(LINES * 3, trainer)
    tokenizer.add_tokens([AddedToken("<extra>", normalized=True)])
    tokenizer.post_processor = template(tokenizer, "$A </s>")
    return tokenizer


def word_level():
    tokenizer = Tokenizer(models.WordLevel(unk_token="<unk>"))
    tokenizer.normalizer = normalizers.Sequence([normalizers.Strip(), normalizers.NFD(), normalizers.Lowercase()])
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Whitespace(), pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.Punctuation()]
    )
    trainer = trainers.WordLevelTrainer(special_tokens=["<unk>", "<s>", "</s>"], show_progress=False)
    tokenizer.train_from_iterator(LINES, trainer)
    tokenizer.post_processor = processors.BertProcessing(("</s>", 2), ("<s>", 1))
    return tokenizer


def main():
    folder = Path(__file__).parent
    encoded = {}
    for make in [llama2, metaspace, llama3, gpt4o, trailing_space, word_piece, unigram, word_level]:
        name = make.__name__.replace("_", "-")
        path = folder / f"{name}.json"
        # Trained once: a trainer breaks ties at random.
        tokenizer = Tokenizer.from_file(str(path)) if path.exists() else make()
        path.write_text(json.dumps(json.loads(tokenizer.to_str()), ensure_ascii=False, separators=(",", ":")), "utf-8")
        encoded[name] = []
        for text in TEXTS:
            ids = tokenizer.encode(text, add_special_tokens=False).ids
            prompt = tokenizer.encode(text).ids
            encoded[name].append(
                {
                    "text": text,
                    "ids": ids,
                    "prompt": prompt,
                    "decoded": tokenizer.decode(prompt),
                    "decoded_with_special": tokenizer.decode(prompt, skip_special_tokens=False),
                }
            )
    lines = json.dumps(encoded, ensure_ascii=True, indent=0)
    (folder / "encoded.json").write_text(lines.replace("\n", "").replace('{"text"', '\n{"text"') + "\n", "utf-8")


if __name__ == "__main__":
    main()
