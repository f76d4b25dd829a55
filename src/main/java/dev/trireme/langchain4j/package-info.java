/**
 * langchain4j's models on an engine of this process: no server, no HTTP.
 *
 * <pre>
 *   ChatRequest ──ChatCalls: every parameter, or refused──▶ Request ──▶ Engine ──▶ TextRun ──▶ ChatResponse, pieces
 *   texts ──▶ Embeddings ──▶ vectors
 * </pre>
 *
 * <p>The models borrow the engine, the tokenizer and the template, and close nothing. An engine's thread never waits for a
 * handler: what it is told goes through a queue of its own. Needs {@code dev.langchain4j:langchain4j-core}, an optional
 * dependency.
 *
 * <p>May import generate, chat, data.tokenizer and config.
 */
@NullMarked
package dev.trireme.langchain4j;

import org.jspecify.annotations.NullMarked;
