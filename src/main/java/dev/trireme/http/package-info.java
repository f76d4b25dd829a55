/**
 * A small seam over Netty's HTTP/1.1: requests that have arrived whole in, replies out, everything bounded. Netty and not
 * the JDK's server, because that one has no event for a client that leaves, and bounds slow clients for the whole process.
 *
 * <pre>
 *   client ──▶ Connection: one request at a time, within HttpLimits ──▶ Handler: HttpCall ──▶ reply, or pieces
 *   browser ──GET /content──▶ LoopbackServer ──▶ Supplier of Reply: type, body
 * </pre>
 *
 * <p>May import {@code config}. {@code LoopbackServer} listens on loopback only, and answers only those who ask for
 * loopback by name, so that no page of another origin reads it through a name of its own.
 */
@NullMarked
package dev.trireme.http;

import org.jspecify.annotations.NullMarked;
