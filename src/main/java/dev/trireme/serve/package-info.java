/**
 * A model behind OpenAI's HTTP interface.
 *
 * <pre>
 *   client ──POST /v1/…──▶ ModelServer ──Exchange: key, size──▶ CompletionCall, ChatCall: every field checked
 *                                                                       │ TextJob: prompts, options
 *          ◀── JSON, or server-sent events ── Shape ◀── TextRun ◀── Engine: tokens ─▶ AnswerText: characters
 * </pre>
 *
 * <p>The server adds nothing to the engine's loop: it checks, submits, and writes what comes. An engine's thread never waits
 * for a client: pieces of text wait in a queue that is as long as the answer at most, and the thread of the connection
 * writes them.
 *
 * <p>HTTP is the JDK's. It has no event for a client that leaves, so a stream finds out when it writes, each second at the
 * latest; an answer that is not streamed is computed to its end.
 *
 * <p>May import generate, chat, template, data and config.
 */
@NullMarked
package dev.trireme.serve;

import org.jspecify.annotations.NullMarked;
