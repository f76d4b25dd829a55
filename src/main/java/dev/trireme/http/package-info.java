/**
 * A small seam over the JDK's HTTP server: paths on loopback, each answered by a value.
 *
 * <pre>
 *   browser ──GET /content──▶ LoopbackServer ──▶ Supplier of Reply: type, body
 * </pre>
 *
 * <p>May import {@code config}. It listens on loopback only, and answers only those who ask for loopback by name, so
 * that no page of another origin reads it through a name of its own.
 */
@NullMarked
package dev.trireme.http;

import org.jspecify.annotations.NullMarked;
