"""Asks a server by Python's openai, unmodified: client.py URL KEY. Prints what a test compares."""

import json
import struct
import sys

import openai



def float32(x):
    """What JSON wrote in as many digits as tell a float32."""
    return struct.unpack("f", struct.pack("f", x))[0]


url, key = sys.argv[1:]
client = openai.OpenAI(base_url=url + "/v1", api_key=key, max_retries=0, timeout=60)
messages = [{"role": "system", "content": "Sei kurz."}, {"role": "user", "content": "Hallo"}]
ask = dict(model="tiny", messages=messages, max_tokens=24, seed=7)

whole = client.chat.completions.create(**ask, n=2, logprobs=True, top_logprobs=3)
stream = client.chat.completions.create(**ask, stream=True, stream_options={"include_usage": True})
chunks = list(stream)
scored = client.chat.completions.create(**ask, stream=True, logprobs=True, top_logprobs=3)
scores = [score for c in scored if c.choices[0].logprobs for score in c.choices[0].logprobs.content]  # each chunk has a choice
text = "".join(c.choices[0].delta.content or "" for c in chunks if c.choices)
usage = [c.usage for c in chunks if c.usage][-1]

with client.chat.completions.create(**{**ask, "max_tokens": 1900}, stream=True) as endless:
    for _, chunk in zip(range(3), endless):
        pass

errors = {}
for name, call in {
    "temperature": lambda: client.chat.completions.create(**ask, temperature=1.9, extra_body={"temperature": 3}),
    "model": lambda: client.chat.completions.create(**{**ask, "model": "gpt-5"}),
    "key": lambda: openai.OpenAI(base_url=url + "/v1", api_key="wrong", max_retries=0).models.list(),
}.items():
    try:
        call()
    except openai.APIStatusError as error:
        errors[name] = [type(error).__name__, error.code]

vectors = client.embeddings.create(model="tiny", input=["Das Haus", "Ein Baum"])  # as base64, which it asks for by itself
plain = client.embeddings.create(model="tiny", input=["Das Haus", "Ein Baum"], encoding_format="float")
print(json.dumps({
    "text": whole.choices[0].message.content,
    "choices": len(whole.choices),
    "probabilities": len(whole.choices[0].logprobs.content),
    "best": len(whole.choices[0].logprobs.content[0].top_logprobs),
    "same_probabilities": scores == whole.choices[0].logprobs.content,
    "streamed": text,
    "tokens": usage.completion_tokens,
    "models": [model.id for model in client.models.list()],
    "completion": client.completions.create(model="tiny", prompt="Das Haus", max_tokens=12, temperature=0, echo=True).choices[0].text,
    "errors": errors,
    "vector": vectors.data[1].embedding,
    "same": [a.embedding for a in vectors.data] == [[float32(x) for x in b.embedding] for b in plain.data],
}))
