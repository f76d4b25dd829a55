"""Soaks a server that runs already: callers, and clients that leave, stall, send half a request, or rubbish.

  soak.py http://127.0.0.1:8000 PID MINUTES [CALLERS]      PID of a server with receipts, whose resident memory is noted

Prints a line each half minute. Exits with 1 if a valid request failed (429 is no failure) or a wrong one was taken, if resident memory left +-2 % of what it was after five minutes, or if
a request runs or waits at the end. Only Python's own library.
"""
import http.client, json, random, socket, sys, threading, time
from urllib.parse import urlparse

url, pid, minutes = urlparse(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
if minutes < 6:
    sys.exit(f"MINUTES is {minutes}; give 6 or more: memory is compared with what it was after five")
callers = int(sys.argv[4]) if len(sys.argv) > 4 else 8
host, port, end, counts, lock, failures = url.hostname, url.port, time.time() + 60 * minutes, {}, threading.Lock(), []


def count(what):
    with lock:
        counts[what] = counts.get(what, 0) + 1


def body(rng, stream):
    words = " ".join(rng.choice(("river", "stone", "cloud", "why", "tell", "me", "of", "the", "ship", "seven")) for _ in range(rng.randint(1, 60)))
    return json.dumps({"messages": [{"role": "user", "content": words}], "max_tokens": rng.randint(1, 48), "stream": stream,
                       "temperature": rng.choice((0, 0.8)), "seed": rng.randint(0, 1 << 30)})


def caller(number):
    """Valid requests, streamed or not, on a connection that is kept for some of them."""
    rng, connection = random.Random(number), None
    while time.time() < end:
        try:
            connection = connection or http.client.HTTPConnection(host, port, timeout=300)
            stream = rng.random() < 0.5
            connection.request("POST", "/v1/chat/completions", body(rng, stream), {"Content-Type": "application/json"})
            response = connection.getresponse()
            text = response.read().decode()
            if response.status == 429:
                count("429")
                time.sleep(float(response.headers["Retry-After"]))
            elif response.status != 200 or '"receipt"' not in text or (stream and "[DONE]" not in text):
                failures.append((response.status, text[-300:]))
            else:
                count("answered")
        except Exception as e:
            failures.append(repr(e))
            connection = None
        if connection and rng.random() < 0.2:
            connection.close()
            connection = None


def trouble(number):
    rng = random.Random(1000 + number)
    while time.time() < end:
        what = rng.choice(("left", "left in a stream", "stalled", "half", "rubbish", "wrong"))
        try:
            with socket.create_connection((host, port), timeout=60) as s:
                text = body(rng, what != "left").encode()
                head = b"POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(text)
                if what == "left":
                    s.sendall(head + text)
                    time.sleep(rng.random())
                elif what == "left in a stream":
                    s.sendall(head + text)
                    s.recv(rng.randint(1, 2000))
                elif what == "stalled":
                    s.sendall(head + text)
                    time.sleep(rng.random() * 20)
                elif what == "half":
                    s.sendall((head + text)[: rng.randint(1, len(head + text) - 1)])
                    time.sleep(rng.random() * 2)
                elif what == "rubbish":
                    s.sendall(rng.randbytes(rng.randint(1, 5000)))
                    s.recv(1000)
                else:
                    broken = text.replace(b'"max_tokens"', b'"max_token"')
                    s.sendall(head.replace(b"%d" % len(text), b"%d" % len(broken)) + broken)
                    if b"400" not in s.recv(100):
                        failures.append("a wrong field was taken")
                count(what)
        except OSError:
            count(what + ", cut")
        time.sleep(rng.random() * 2)


def resident():
    with open(f"/proc/{pid}/status") as status:
        return next(int(line.split()[1]) / 1024 for line in status if line.startswith("VmRSS"))


threads = [threading.Thread(target=caller, args=(n,)) for n in range(callers)] + [threading.Thread(target=trouble, args=(n,)) for n in range(6)]
for thread in threads:
    thread.start()
begin, noted = time.time(), []
while time.time() < end:
    time.sleep(min(30, max(0.1, end - time.time())))
    noted.append((time.time() - begin, resident()))
    print(f"{noted[-1][0]:5.0f} s  {noted[-1][1]:7.1f} MiB  {counts}  failures {len(failures)}", flush=True)
for thread in threads:
    thread.join()
time.sleep(35)  # those that stalled are gone
connection = http.client.HTTPConnection(host, port, timeout=60)
connection.request("GET", "/metrics")
metrics = connection.getresponse().read().decode()
used = [line for line in metrics.splitlines() if line.startswith(("vllm:num_requests", "vllm:kv_cache_usage"))]
print("\n".join(used))
left = [line for line in used if "num_requests" in line and float(line.split()[-1]) > 0]
warm = [mib for seconds, mib in noted if seconds >= 300]
flat = bool(warm) and max(abs(mib / warm[0] - 1) for mib in warm) <= 0.02
if warm:
    print(f"resident after five minutes {warm[0]:.1f} MiB, then {min(warm):.1f} to {max(warm):.1f}")
print("failures:", failures[:5])
sys.exit(0 if flat and not failures and not left else 1)
