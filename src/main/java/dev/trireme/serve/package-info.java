/**
 * A model behind OpenAI's HTTP interface.
 *
 * <pre>
 *   client ──POST /v1/…──▶ ModelServer ──Exchange: host, key──▶ Endpoints: by path
 *                                                                 │
 *        CompletionCall, ChatCall, EmbeddingCall: every field checked ◀── TextService ──▶ RequestCounts ──▶ /metrics
 *                         │ TextJob: prompts, options               ids │
 *          ◀── JSON, or server-sent events ── Shape ◀── TextRun ◀── Engine: tokens, characters
 *          ◀── JSON ── EmbeddingCall ◀── vectors ◀────────────────── Engine: hidden states
 * </pre>
 *
 * <p>The server adds nothing to the engine's loop: it checks, submits, and writes what comes. An engine's thread never waits
 * for a client: pieces of text wait in a queue that is as long as the answer at most, and the thread of the connection
 * writes them. Embeddings are computed whole and have no times in the counts.
 *
 * <p>When a client leaves, the thread that answers it is interrupted, and its requests end within an iteration.
 *
 * <p>With {@code Receipts} an answer carries a {@code Receipt}; {@code RequestLog} keeps calls with theirs, and {@code Replay}
 * runs them again, on any layout, and names what is not equal.
 *
 * <p>May import http, generate, batching, chat, template, checkpoint, data, engine, model and config.
 */
@NullMarked
package dev.trireme.serve;

import org.jspecify.annotations.NullMarked;
