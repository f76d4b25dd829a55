"""Writes generation.json: what transformers 5.23.0 (torch 2.10.0) makes of logits when it samples and when it searches
with beams.

  python generation.py

"sampling": probabilities after the LogitsProcessors, in the order in which generate() applies them, from float64 logits.
"beams": tokens of generate(num_beams=...) for models whose logits depend on the last token alone, a row of a table.
"gpt2_tiny": the same for gpt2-tiny/, in float32.
"""
import json, pathlib

import torch
import transformers
from transformers import GPT2Config, GPT2LMHeadModel
from transformers.generation import logits_process as process
from transformers.modeling_outputs import CausalLMOutputWithCrossAttentions

HERE = pathlib.Path(__file__).parent
NEUTRAL = dict(temperature=1.0, top_k=0, top_p=1.0, min_p=0.0, repetition_penalty=1.0)
SETTINGS = [{}, dict(temperature=0.5), dict(temperature=3.0), dict(top_k=1), dict(top_k=7), dict(top_k=100),
            dict(top_p=0.05), dict(top_p=0.5), dict(top_p=0.95), dict(min_p=0.1), dict(min_p=1.0),
            dict(repetition_penalty=1.3), dict(repetition_penalty=0.7),
            dict(temperature=0.8, top_k=20, top_p=0.9), dict(temperature=1.5, top_p=0.8, min_p=0.2),
            dict(temperature=0.7, top_k=15, top_p=0.7, min_p=0.05, repetition_penalty=1.2)]


def numbers(tensor):
    return [float(f"{value:.9g}") for value in tensor.flatten().tolist()]


def sampling(index, setting):
    torch.manual_seed(index)
    setting = NEUTRAL | setting
    logits = (3 * torch.randn(1, 40)).to(torch.float32)
    ids = torch.randint(0, 40, (1, 12))
    processors = []
    if setting["repetition_penalty"] != 1:
        processors.append(process.RepetitionPenaltyLogitsProcessor(setting["repetition_penalty"]))
    processors.append(process.TemperatureLogitsWarper(setting["temperature"]))
    if setting["top_k"] > 0:
        processors.append(process.TopKLogitsWarper(setting["top_k"]))
    if setting["top_p"] < 1:
        processors.append(process.TopPLogitsWarper(setting["top_p"]))
    if setting["min_p"] > 0:
        processors.append(process.MinPLogitsWarper(setting["min_p"]))
    scores = logits.double()
    for processor in processors:
        scores = processor(ids, scores)
    return dict(**setting, ids=ids[0].tolist(), logits=numbers(logits), probabilities=numbers(scores.softmax(-1)))


class Table(GPT2LMHeadModel):
    """Its logits are the last token's row of a table."""

    def forward(self, input_ids, **ignored):
        return CausalLMOutputWithCrossAttentions(logits=self.table[input_ids])


def search(model, prompt, new, beams, penalty, ends):
    tokens = model.generate(torch.tensor([prompt]), max_new_tokens=new, num_beams=beams, length_penalty=penalty,
                            do_sample=False, eos_token_id=ends or None, pad_token_id=0, early_stopping=False)
    return dict(prompt=prompt, new=new, beams=beams, length_penalty=penalty, ends=ends,
                tokens=tokens[0, len(prompt):].tolist())


def beams():
    cases = []
    for index in range(24):
        torch.manual_seed(100 + index)
        size = 9 + index % 3
        model = Table(GPT2Config(vocab_size=size, n_layer=1, n_head=1, n_embd=4, n_positions=64, use_cache=False,
                                 bos_token_id=None, eos_token_id=None)).eval()
        model.table = 2 * torch.randn(size, size)
        ends = [[], [3], [3], [3, 5]][index % 4]
        penalty = [1.0, 0.0, 2.0, -1.0, 0.6][index % 5]
        case = search(model, [1, 2], 1 + index % 13, 2 + index % 4, penalty, ends)
        cases.append(case | dict(vocabulary=size, table=numbers(model.table)))
    return cases


def gpt2_tiny():
    model = GPT2LMHeadModel.from_pretrained(HERE / "gpt2-tiny", dtype=torch.float32).eval()
    prompt = [198, 180, 42, 35, 201, 110, 6]
    return [search(model, prompt, 20, width, penalty, ends)
            for width in (2, 4) for penalty in (0.0, 1.0) for ends in ([], [30], [30, 187])]


if __name__ == "__main__":
    head = dict(transformers=transformers.__version__, torch=torch.__version__.split("+")[0])
    lists = dict(sampling=[sampling(i, setting) for i, setting in enumerate(SETTINGS)], beams=beams(),
                 gpt2_tiny=gpt2_tiny())
    text = json.dumps(head)[:-1] + "".join(
        f', "{name}": [\n' + ",\n".join(map(json.dumps, cases)) + "\n]" for name, cases in lists.items()) + "}\n"
    (HERE / "generation.json").write_text(text)
