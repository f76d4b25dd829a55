package dev.trireme.http;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http.QueryStringDecoder;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** A request that has arrived whole, and the reply to it: one body, or pieces. Used by one thread. */
public final class HttpCall {
    private final Channel channel;
    private final HttpRequest request;
    private final Target target;
    private byte[] body;
    private final BodyBytes bodyBytes;
    private final Consumer<Channel> onReplied;
    private final boolean keepAlive;
    private final boolean headOnly;
    private final Map<String, String> headers = new LinkedHashMap<>(); // of the reply
    private boolean begun;
    private boolean ended;

    private Optional<Thread> waiting = Optional.empty(); // guarded by this, as what follows
    private boolean gone;

    HttpCall(Channel channel, HttpRequest request, byte[] body, BodyBytes bodyBytes, Consumer<Channel> onReplied) {
        this.channel = channel;
        this.request = request;
        this.target = Target.of(request).orElseThrow(); // others are refused before
        this.body = body;
        this.bodyBytes = bodyBytes;
        this.onReplied = onReplied;
        this.keepAlive = HttpUtil.isKeepAlive(request);
        this.headOnly = request.method().equals(HttpMethod.HEAD);
    }

    /**
     * The method.
     *
     * @return such as {@code GET}
     */
    public String method() {
        return request.method().name();
    }

    /**
     * The path that was asked for.
     *
     * @return decoded, without the query
     */
    public String path() {
        try {
            return new QueryStringDecoder(target.path()).path();
        } catch (IllegalArgumentException e) { // a broken escape
            return target.path();
        }
    }

    /**
     * Whom the client calls: the authority of an absolute target, else the Host header.
     *
     * @return in lower case, with the port if it says one; empty for a client of HTTP/1.0 that names nobody
     */
    public String host() {
        return target.host();
    }

    /**
     * A header of the request.
     *
     * @param name in any case
     * @return its first value
     */
    public Optional<String> header(String name) {
        Objects.requireNonNull(name, "name");
        return Optional.ofNullable(request.headers().get(name));
    }

    /**
     * Hands over the body of the request: a reply may take long, and the call does not keep it meanwhile.
     *
     * @return all of it; empty if it was taken before
     */
    public ByteBuffer takeBody() {
        ByteBuffer whole = ByteBuffer.wrap(body);
        body = new byte[0];
        return whole;
    }

    /**
     * Tells that who answers keeps none of the body's bytes any more, though maybe what was made of them: from now on they
     * do not count among those of all requests. The end of the reply tells it too.
     */
    public void forgetBody() {
        body = new byte[0];
        bodyBytes.giveBack();
    }

    /**
     * Whether the reply was begun.
     *
     * @return true from then on
     */
    public boolean hasReplied() {
        return begun;
    }

    /**
     * Sets a header of the reply, which must not have begun.
     *
     * @param name of the header
     * @param value of it
     */
    public void replyWith(String name, String value) {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(value, "value");
        headers.put(name, value);
    }

    /** From now on to the end of the call, this thread is interrupted once the client leaves. */
    public synchronized void interruptIfLeft() {
        waiting = Optional.of(Thread.currentThread());
        if (gone) {
            Thread.currentThread().interrupt();
        }
    }

    /**
     * Replies with a whole body.
     *
     * @param status of HTTP
     * @param bytes the body
     * @throws IOException when the client has left
     */
    public void reply(int status, byte[] bytes) throws IOException {
        Objects.requireNonNull(bytes, "bytes");
        begin();
        DefaultFullHttpResponse reply = new DefaultFullHttpResponse(
                HttpVersion.HTTP_1_1, HttpResponseStatus.valueOf(status), Unpooled.wrappedBuffer(bytes));
        finish(reply.headers()).setInt(HttpHeaderNames.CONTENT_LENGTH, bytes.length);
        end(reply);
    }

    /**
     * Begins a reply of unknown length, which {@link #write} goes on with and {@link #end} ends.
     *
     * @param status of HTTP
     * @throws IOException when the client has left
     */
    public void begin(int status) throws IOException {
        begin();
        HttpResponse reply = new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.valueOf(status));
        HttpHeaders all = finish(reply.headers());
        if (isOld()) {
            all.set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE); // its end is that of the connection
            headers.put(HttpHeaderNames.CONNECTION.toString(), HttpHeaderValues.CLOSE.toString());
        } else {
            all.set(HttpHeaderNames.TRANSFER_ENCODING, HttpHeaderValues.CHUNKED);
        }
        send(reply);
    }

    /**
     * Sends a piece of the body. Waits while the client has more than a few pieces to read.
     *
     * @param bytes of the piece
     * @throws IOException when the client has left, or has read nothing for as long as the limits say
     * @throws InterruptedException when the thread is interrupted
     */
    public void write(byte[] bytes) throws IOException, InterruptedException {
        Objects.requireNonNull(bytes, "bytes");
        awaitReader();
        if (!headOnly && bytes.length > 0) {
            send(new DefaultHttpContent(Unpooled.wrappedBuffer(bytes)));
        }
    }

    private void send(Object part) {
        channel.writeAndFlush(part).addListener(ChannelFutureListener.CLOSE_ON_FAILURE);
    }

    private synchronized void awaitReader() throws IOException, InterruptedException {
        while (!gone && channel.isActive() && !channel.isWritable()) {
            wait(); // for wake or left
        }
        requireThere();
    }

    /**
     * Ends a reply of unknown length.
     *
     * @throws IOException when the client has left
     */
    public void end() throws IOException {
        requireThere();
        end(LastHttpContent.EMPTY_LAST_CONTENT);
    }

    private void begin() throws IOException {
        if (begun) {
            throw new IllegalStateException(path() + " was replied to already; reply once");
        }
        begun = true;
        requireThere();
    }

    private synchronized void requireThere() throws IOException {
        if (gone || !channel.isActive()) {
            throw new IOException("the client has left");
        }
    }

    private boolean isOld() {
        return request.protocolVersion().equals(HttpVersion.HTTP_1_0);
    }

    private HttpHeaders finish(HttpHeaders all) {
        headers.forEach(all::set);
        if (!keepAlive) {
            all.set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
        } else if (isOld()) {
            all.set(HttpHeaderNames.CONNECTION, HttpHeaderValues.KEEP_ALIVE);
        }
        return all;
    }

    private void end(Object last) {
        ended = true;
        forgetBody(); // before the client reads the end, which may ask again at once
        boolean closes = !keepAlive
                || HttpHeaderValues.CLOSE.contentEqualsIgnoreCase(
                        headers.getOrDefault(HttpHeaderNames.CONNECTION.toString(), ""));
        ChannelFuture written = channel.writeAndFlush(last);
        if (closes) {
            written.addListener(ChannelFutureListener.CLOSE);
        }
        written.addListener(done -> onReplied.accept(channel));
    }

    // --- the connection's side ---

    /** @param failure for a client that was not replied to */
    void endIfOpen(Supplier<Reply> failure) {
        try {
            if (!begun) {
                Reply told = failure.get();
                Reply.headers(told.type()).forEach(this::replyWith);
                reply(500, told.body().getBytes(StandardCharsets.UTF_8));
            } else if (!ended) {
                cut();
            }
        } catch (IOException e) {
            cut();
        }
    }

    void cut() {
        channel.close().addListener(ChannelFutureListener.FIRE_EXCEPTION_ON_FAILURE);
    }

    synchronized void wake() {
        notifyAll();
    }

    synchronized void left() {
        gone = true;
        waiting.ifPresent(Thread::interrupt);
        notifyAll();
    }

    /** The thread goes on to other work. */
    synchronized void leaveThread() {
        if (waiting.isPresent()) {
            waiting = Optional.empty();
            Thread.interrupted(); // it may have come too late to be seen
        }
    }
}
