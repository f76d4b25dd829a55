/**
 * Chat templates: the subset of Jinja that the templates of published models use, with the bytes of Python's jinja2.
 *
 * <pre>
 *   source ──Lexer──▶ Tokens ──Parser, ExpressionParser──▶ Statements of Expressions ──▶ Template
 *   Template.render(variables) ──▶ each Statement runs in a Frame: a scope, the text so far, the Run's budget
 *                              ──▶ RenderedText: every character with its origin
 * </pre>
 *
 * <p>A text keeps the origin of its characters through every operation, so that a special token that a user typed is
 * told from one that the template wrote, and an answer's tokens from the rest, without rendering twice.
 *
 * <p>Templates come from strangers. Values are a closed set of types, so nothing is called by reflection; work, nesting
 * and output are bounded; what is not supported is refused by its name and line. The language is that of jinja2 3.1 as
 * transformers sets it up: trim_blocks, lstrip_blocks, break and continue, lists and dicts immutable, {@code tojson} without
 * HTML escapes, {@code raise_exception}, {@code strftime_now}, {@code generation} blocks.
 *
 * <p>May import config only.
 */
@NullMarked
package dev.trireme.template;

import org.jspecify.annotations.NullMarked;
