/**
 * Conversations: messages to the text and the ids that a chat model was trained on.
 *
 * <pre>
 *   messages, tools ──Conversation──┐
 *   model folder ──ChatTemplate─────┴─▶ ChatPrompt ──Tokenizer──▶ ids; who wrote which character
 * </pre>
 *
 * <p>May import template, data.tokenizer and config.
 */
@NullMarked
package dev.trireme.chat;

import org.jspecify.annotations.NullMarked;
