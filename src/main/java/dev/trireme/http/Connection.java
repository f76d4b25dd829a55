package dev.trireme.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOutboundBuffer;
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
import io.netty.handler.timeout.IdleStateEvent;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.ScheduledFuture;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A connection: its requests, one after the other. All but {@link #answer} runs on the connection's own thread of the
 * server.
 *
 * <pre>
 *   idle ──first byte──▶ arriving ──last byte──▶ answered by a thread of the executor ──reply──▶ idle
 *     └─ limits.idle ─┐      └─ limits.request ─┐     └─ the client leaves: the call is told
 *                     ▼                         ▼
 *                   closed                    closed
 * </pre>
 */
final class Connection extends ChannelInboundHandlerAdapter {
    private static final Logger LOG = LoggerFactory.getLogger(Connection.class);
    private static final int MOST_SKIPPED = 64 << 20; // of a body that is too large, so that its sender can read why
    private static final int MOST_AHEAD = 64; // parts of requests that come before their turn

    private final HttpLimits limits;
    private final boolean tooMany;
    private final AtomicLong buffered; // bytes of all connections' bodies
    private final Executor threads;
    private final HttpServer.Handler handler;

    private Optional<HttpRequest> head = Optional.empty(); // of the request that is arriving
    private ByteArrayOutputStream body = new ByteArrayOutputStream();
    private long bodyBytes; // also those that were skipped
    private int taken; // of `buffered`
    private Optional<HttpResponseStatus> refusal = Optional.empty();
    private Optional<HttpCall> call = Optional.empty(); // that is being answered
    private final ArrayDeque<HttpObject> ahead = new ArrayDeque<>();
    private Optional<ScheduledFuture<?>> timer = Optional.empty();
    private boolean arriving;

    /** @param tooMany whether there are more connections than may be: its first request is refused */
    Connection(HttpLimits limits, boolean tooMany, AtomicLong buffered, Executor threads, HttpServer.Handler handler) {
        this.limits = limits;
        this.tooMany = tooMany;
        this.buffered = buffered;
        this.threads = threads;
        this.handler = handler;
    }

    /** Sees bytes before they make a request. */
    ChannelHandler firstBytes() {
        return new ChannelInboundHandlerAdapter() {
            @Override
            public void channelRead(ChannelHandlerContext context, Object bytes) {
                if (!arriving && call.isEmpty()) {
                    arriving = true;
                    closeAfter(context.channel(), limits.request());
                }
                context.fireChannelRead(bytes);
            }
        };
    }

    private void closeAfter(Channel channel, Duration time) {
        timer.ifPresent(running -> running.cancel(false));
        timer = Optional.of(channel.eventLoop().schedule(() -> close(channel), time.toMillis(), TimeUnit.MILLISECONDS));
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
        closeAfter(context.channel(), tooMany ? limits.request() : limits.idle());
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
        try {
            if (part.decoderResult().isFailure()) {
                refuseBroken(context, part.decoderResult().cause());
                return;
            }
            if (part instanceof HttpRequest request && !begin(context, request)) {
                return;
            }
            if (part instanceof HttpContent content) {
                add(content.content());
            }
            if (refusal.isPresent() && bodyBytes > MOST_SKIPPED) {
                close(context.channel());
            } else if (part instanceof LastHttpContent) {
                dispatch(context);
            }
        } finally {
            ReferenceCountUtil.release(part);
        }
    }

    private static void refuseBroken(ChannelHandlerContext context, Throwable cause) {
        LOG.debug("a request that is none", cause);
        if (cause instanceof TooLongHttpLineException) {
            refuse(context, HttpResponseStatus.REQUEST_URI_TOO_LONG, "the first line is too long\n");
        } else if (cause instanceof TooLongHttpHeaderException) {
            refuse(context, HttpResponseStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "the headers are too long\n");
        } else {
            refuse(context, HttpResponseStatus.BAD_REQUEST, "this is no HTTP request\n");
        }
    }

    /** @return false if the client was told not to send its body */
    private boolean begin(ChannelHandlerContext context, HttpRequest request) {
        head = Optional.of(request);
        body = new ByteArrayOutputStream();
        bodyBytes = 0;
        refusal = tooMany ? Optional.of(HttpResponseStatus.SERVICE_UNAVAILABLE) : Optional.empty();
        if (!HttpUtil.is100ContinueExpected(request)) {
            return true;
        }
        if (HttpUtil.getContentLength(request, 0L) > limits.bodyBytes()) {
            refuse(context, HttpResponseStatus.REQUEST_ENTITY_TOO_LARGE, "the body is too large\n");
            return false;
        }
        context.writeAndFlush(new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.CONTINUE))
                .addListener(ChannelFutureListener.CLOSE_ON_FAILURE);
        return true;
    }

    private void add(ByteBuf content) {
        int count = content.readableBytes();
        bodyBytes += count;
        if (refusal.isPresent() || count == 0) {
            return;
        }
        if (bodyBytes > limits.bodyBytes()) {
            refusal = Optional.of(HttpResponseStatus.REQUEST_ENTITY_TOO_LARGE);
        } else if (buffered.addAndGet(count) > limits.bufferedBytes()) {
            buffered.addAndGet(-count);
            refusal = Optional.of(HttpResponseStatus.SERVICE_UNAVAILABLE);
        } else {
            taken += count;
            byte[] bytes = new byte[count];
            content.readBytes(bytes);
            body.write(bytes, 0, count);
        }
        refusal.ifPresent(status -> giveBack());
    }

    private void giveBack() {
        buffered.addAndGet(-taken);
        taken = 0;
        body = new ByteArrayOutputStream();
    }

    private void dispatch(ChannelHandlerContext context) {
        HttpRequest request = head.orElseThrow();
        head = Optional.empty();
        arriving = false;
        timer.ifPresent(running -> running.cancel(false));
        boolean tooLarge = refusal.filter(HttpResponseStatus.REQUEST_ENTITY_TOO_LARGE::equals)
                .isPresent();
        if (refusal.isPresent() && !tooLarge) {
            refuse(
                    context,
                    refusal.get(),
                    tooMany
                            ? "there are too many connections; ask again later\n"
                            : "the bodies of all requests are too large together; ask again later\n");
            return;
        }
        HttpCall next = new HttpCall(context.channel(), request, body.toByteArray(), tooLarge, this::replied);
        body = new ByteArrayOutputStream(); // `taken` stays, for the call's copy
        call = Optional.of(next);
        try {
            threads.execute(() -> answer(next));
        } catch (RejectedExecutionException e) {
            refuse(context, HttpResponseStatus.SERVICE_UNAVAILABLE, "the server ends, or has too much to do\n");
        }
    }

    private void answer(HttpCall now) {
        try {
            handler.handle(now);
            now.endIfOpen();
        } catch (IOException e) {
            LOG.debug("a client left", e);
            now.cut();
        } catch (InterruptedException e) { // by the call itself, whose client left, or by a server that ends
            now.cut();
        } catch (RuntimeException | Error e) {
            LOG.warn("{} was not answered", now.path(), e);
            now.endIfOpen();
        } finally {
            now.leaveThread();
        }
    }

    /** The whole reply was written. */
    private void replied(Channel channel) {
        channel.eventLoop().execute(() -> {
            call = Optional.empty();
            giveBack();
            if (!channel.isActive()) {
                return;
            }
            closeAfter(channel, limits.idle());
            ChannelHandlerContext context = channel.pipeline().context(this);
            while (call.isEmpty() && !ahead.isEmpty()) {
                take(context, ahead.remove());
            }
        });
    }

    private static void refuse(ChannelHandlerContext context, HttpResponseStatus status, String why) {
        DefaultFullHttpResponse reply = new DefaultFullHttpResponse(
                HttpVersion.HTTP_1_1, status, Unpooled.copiedBuffer(why, StandardCharsets.UTF_8));
        reply.headers()
                .set(HttpHeaderNames.CONTENT_TYPE, "text/plain; charset=utf-8")
                .setInt(HttpHeaderNames.CONTENT_LENGTH, reply.content().readableBytes())
                .set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
        if (status.equals(HttpResponseStatus.SERVICE_UNAVAILABLE)) {
            reply.headers().setInt(HttpHeaderNames.RETRY_AFTER, 1);
        }
        context.writeAndFlush(reply).addListener(ChannelFutureListener.CLOSE);
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
        giveBack();
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
