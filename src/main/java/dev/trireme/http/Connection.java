package dev.trireme.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.timeout.IdleStateEvent;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.ScheduledFuture;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A connection: its requests, one after the other. All but {@link #answer} runs on the connection's own thread of the
 * server.
 *
 * <pre>
 *   idle ──first byte──▶ arriving ──last byte──▶ answered by a thread of the executor ──reply──▶ idle
 *     └─ limits.idle ─┐      └─ too slow, too large, broken ─┐     └─ the client leaves: the call is told
 *                     ▼                                      ▼
 *                   closed ◀── it closes, limits.write ── refused: what it still sends is skipped
 * </pre>
 */
final class Connection extends ChannelInboundHandlerAdapter {
    private static final Logger LOG = LoggerFactory.getLogger(Connection.class);
    private static final int MOST_SKIPPED = 256 << 20; // bytes after a refusal, so that their sender can read it
    private static final int MOST_AHEAD = 64; // parts of requests that come before their turn

    private final HttpLimits limits;
    private final boolean tooMany;
    private final AtomicLong buffered; // bytes of all connections' bodies
    private final Executor threads;
    private final HttpServer.Handler handler;

    private Optional<HttpRequest> head = Optional.empty(); // of the request that is arriving
    private ByteArrayOutputStream body = new ByteArrayOutputStream();
    private BodyBytes bodyBytes;
    private Optional<HttpCall> call = Optional.empty(); // that is being answered
    private final ArrayDeque<HttpObject> ahead = new ArrayDeque<>();
    private Optional<ScheduledFuture<?>> timer = Optional.empty();
    private boolean arriving;
    private boolean refused; // after which nothing is read
    private long skipped; // bytes since then

    /** @param tooMany whether there are more connections than may be: its first request is refused */
    Connection(HttpLimits limits, boolean tooMany, AtomicLong buffered, Executor threads, HttpServer.Handler handler) {
        this.limits = limits;
        this.tooMany = tooMany;
        this.buffered = buffered;
        this.threads = threads;
        this.handler = handler;
        this.bodyBytes = new BodyBytes(buffered, limits.bufferedBytes());
    }

    /** Sees bytes before they make a request. */
    ChannelHandler firstBytes() {
        return new ChannelInboundHandlerAdapter() {
            @Override
            public void channelRead(ChannelHandlerContext context, Object bytes) {
                if (refused) {
                    skip(context.channel(), (ByteBuf) bytes);
                    return;
                }
                if (!arriving && call.isEmpty()) {
                    arriving = true;
                    after(limits.request(), context.channel(), Connection.this::refuseSlow);
                }
                context.fireChannelRead(bytes);
            }
        };
    }

    private void skip(Channel channel, ByteBuf bytes) {
        skipped += bytes.readableBytes();
        bytes.release();
        if (skipped > MOST_SKIPPED) {
            close(channel);
        }
    }

    /** Instead of what was to be done until now. */
    private void after(Duration time, Channel channel, Consumer<Channel> action) {
        timer.ifPresent(running -> running.cancel(false));
        timer = Optional.of(
                channel.eventLoop().schedule(() -> action.accept(channel), time.toMillis(), TimeUnit.MILLISECONDS));
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
        after(tooMany ? limits.request() : limits.idle(), context.channel(), Connection::close);
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        if (!(message instanceof HttpObject part)) {
            ReferenceCountUtil.release(message);
            return;
        }
        if (call.isEmpty()) {
            take(context, part);
            return;
        }
        ahead.add(part);
        if (ahead.size() > MOST_AHEAD) {
            close(context.channel());
        }
    }

    private void take(ChannelHandlerContext context, HttpObject part) {
        Channel channel = context.channel();
        try {
            if (refused) {
                return;
            }
            if (part.decoderResult().isFailure()) {
                refuseBroken(channel, part.decoderResult().cause());
                return;
            }
            if (part instanceof HttpRequest request) {
                begin(channel, request);
            }
            if (part instanceof HttpContent content) {
                add(channel, content.content());
            }
            if (part instanceof LastHttpContent && !refused) {
                dispatch(channel);
            }
        } finally {
            ReferenceCountUtil.release(part);
        }
    }

    private void refuseBroken(Channel channel, Throwable cause) {
        LOG.debug("a request that is none", cause);
        if (cause instanceof TooLongHttpLineException) {
            refuse(channel, HttpResponseStatus.REQUEST_URI_TOO_LONG, "the first line is too long");
        } else if (cause instanceof TooLongHttpHeaderException) {
            refuse(channel, HttpResponseStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "the headers are too long");
        } else {
            refuse(channel, HttpResponseStatus.BAD_REQUEST, "this is no HTTP request");
        }
    }

    private void refuseSlow(Channel channel) {
        refuse(
                channel,
                HttpResponseStatus.REQUEST_TIMEOUT,
                "the request did not arrive within " + seconds(limits.request()) + " seconds");
    }

    /** Such as 60 or 0.7. */
    private static String seconds(Duration time) {
        return BigDecimal.valueOf(time.toMillis(), 3).stripTrailingZeros().toPlainString();
    }

    private void refuseLarge(Channel channel) {
        refuse(
                channel,
                HttpResponseStatus.REQUEST_ENTITY_TOO_LARGE,
                "the body has more than " + limits.bodyBytes() + " bytes");
    }

    private void begin(Channel channel, HttpRequest request) {
        head = Optional.of(request);
        body = new ByteArrayOutputStream();
        bodyBytes = new BodyBytes(buffered, limits.bufferedBytes());
        if (tooMany) {
            refuse(channel, HttpResponseStatus.SERVICE_UNAVAILABLE, "there are too many connections; ask again later");
        } else if (Target.of(request).isEmpty()) {
            refuse(channel, HttpResponseStatus.BAD_REQUEST, "a request must name one host");
        } else if (HttpUtil.getContentLength(request, 0L) > limits.bodyBytes()) {
            refuseLarge(channel);
        } else if (HttpUtil.is100ContinueExpected(request)) {
            channel.writeAndFlush(new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.CONTINUE))
                    .addListener(ChannelFutureListener.CLOSE_ON_FAILURE);
        }
    }

    private void add(Channel channel, ByteBuf content) {
        int count = content.readableBytes();
        if (refused || count == 0) {
            return;
        }
        if (body.size() + count > limits.bodyBytes()) {
            refuseLarge(channel);
        } else if (!bodyBytes.take(count)) {
            refuse(
                    channel,
                    HttpResponseStatus.SERVICE_UNAVAILABLE,
                    "the bodies of all requests are too large together; ask again later");
        } else {
            byte[] bytes = new byte[count];
            content.readBytes(bytes);
            body.write(bytes, 0, count);
        }
    }

    private void dispatch(Channel channel) {
        HttpRequest request = head.orElseThrow();
        head = Optional.empty();
        arriving = false;
        timer.ifPresent(running -> running.cancel(false));
        HttpCall next = new HttpCall(channel, request, body.toByteArray(), bodyBytes, this::replied);
        body = new ByteArrayOutputStream();
        call = Optional.of(next);
        try {
            threads.execute(() -> answer(next));
        } catch (RejectedExecutionException e) {
            refuse(
                    channel,
                    HttpResponseStatus.SERVICE_UNAVAILABLE,
                    "the server ends, or has too much to do; ask again later");
        }
    }

    private void answer(HttpCall now) {
        try {
            handler.handle(now);
            endIfOpen(now);
        } catch (IOException e) {
            LOG.debug("a client left", e);
            now.cut();
        } catch (InterruptedException e) { // by the call itself, whose client left, or by a server that ends
            now.cut();
        } catch (RuntimeException | Error e) {
            LOG.warn("{} was not answered", now.path(), e);
            endIfOpen(now);
        } finally {
            now.leaveThread();
        }
    }

    /** A handler that did not finish its reply has failed. */
    private void endIfOpen(HttpCall now) {
        now.endIfOpen(() -> handler.refusal(HttpResponseStatus.INTERNAL_SERVER_ERROR.code(), "the server failed"));
    }

    /** The whole reply was written. */
    private void replied(Channel channel) {
        channel.eventLoop().execute(() -> {
            call = Optional.empty();
            if (!channel.isActive()) {
                return;
            }
            after(limits.idle(), channel, Connection::close);
            ChannelHandlerContext context = channel.pipeline().context(this);
            while (call.isEmpty() && !ahead.isEmpty()) {
                take(context, ahead.remove());
            }
        });
    }

    /**
     * Replies, says that no more will come, and skips what the client still sends: to one that is cut while it sends, the
     * reply may be lost.
     */
    private void refuse(Channel channel, HttpResponseStatus status, String why) {
        refused = true;
        bodyBytes.giveBack();
        body = new ByteArrayOutputStream();
        Reply told = handler.refusal(status.code(), why);
        DefaultFullHttpResponse reply = new DefaultFullHttpResponse(
                HttpVersion.HTTP_1_1, status, Unpooled.copiedBuffer(told.body(), StandardCharsets.UTF_8));
        Reply.headers(told.type()).forEach(reply.headers()::set);
        reply.headers()
                .setInt(HttpHeaderNames.CONTENT_LENGTH, reply.content().readableBytes())
                .set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
        if (status.equals(HttpResponseStatus.SERVICE_UNAVAILABLE)) {
            reply.headers().setInt(HttpHeaderNames.RETRY_AFTER, 1);
        }
        channel.writeAndFlush(reply).addListener(written -> endOutput(channel));
        after(limits.write(), channel, Connection::close);
    }

    private static void endOutput(Channel channel) {
        Optional<SslHandler> tls = Optional.ofNullable(channel.pipeline().get(SslHandler.class));
        ChannelFuture last = tls.map(SslHandler::closeOutbound).orElseGet(channel::newSucceededFuture);
        last.addListener(
                said -> ((SocketChannel) channel).shutdownOutput().addListener(ChannelFutureListener.CLOSE_ON_FAILURE));
    }

    /** A client that reads nothing of what waits for it is cut. */
    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        if (event instanceof IdleStateEvent && hasUnread(context.channel())) {
            close(context.channel());
        }
    }

    static boolean hasUnread(Channel channel) {
        ChannelOutboundBuffer buffer = channel.unsafe().outboundBuffer();
        return buffer != null && buffer.totalPendingWriteBytes() > 0;
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
        call.ifPresent(HttpCall::wake);
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        timer.ifPresent(running -> running.cancel(false));
        call.ifPresent(HttpCall::left);
        bodyBytes.giveBack();
        ahead.forEach(ReferenceCountUtil::release);
        ahead.clear();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        LOG.debug("a connection failed", cause);
        close(context.channel());
    }

    private static void close(Channel channel) {
        channel.close().addListener(ChannelFutureListener.FIRE_EXCEPTION_ON_FAILURE);
    }
}
