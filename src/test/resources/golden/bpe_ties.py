"""Writes bpe-ties.json: merges and vocabularies of Hugging Face tokenizers 0.23.3 on small random texts full of ties,
runs, white space and special tokens that are bytes or merges themselves.

  python bpe_ties.py
"""
import json, pathlib, random

from tokenizers import Tokenizer, __version__, models, pre_tokenizers, trainers

ALPHABETS = ["ab", "a", "abc ", "aä€😀 ", "'st a1!\t\n\r ", "\u00a0\u3000\u2003 a\u0301xy,.", "\x00\x1c\u0085 aB9²"]
SPECIALS = [["<pad>", "<eos>"], [], ["ab", "a"], ["!", "Ġ", "é"], ["aa", "aaaa"]]


def case(alphabet, special, draw):
    lines = ["".join(draw.choices(alphabet, k=draw.choice([0, 9, 40]))) for _ in range(4)]
    size = 256 + len(special) + draw.choice([5, 20, 1000])
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    trainer = trainers.BpeTrainer(vocab_size=size, special_tokens=special, show_progress=False,
                                  initial_alphabet=pre_tokenizers.ByteLevel.alphabet())
    tokenizer.train_from_iterator(lines, trainer)
    model = json.loads(tokenizer.to_str())["model"]
    tokens = sorted(model["vocab"], key=model["vocab"].get)
    return dict(lines=lines, special_tokens=special, vocabulary_size=size, merges=model["merges"],
                number_of_tokens=len(tokens), last_tokens=tokens[-10:])


if __name__ == "__main__":
    draw = random.Random(2024)
    cases = [case(alphabet, special, draw) for special in SPECIALS for alphabet in ALPHABETS]
    text = json.dumps({"tokenizers": __version__})[:-1] + ', "cases": [\n' + ",\n".join(map(json.dumps, cases)) + "\n]}\n"
    (pathlib.Path(__file__).parent / "bpe-ties.json").write_text(text)
