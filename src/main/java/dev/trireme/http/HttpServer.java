package dev.trireme.http;

import dev.trireme.config.NullChecks;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.timeout.IdleStateHandler;
import io.netty.util.AttributeKey;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * Listens for HTTP/1.1 requests. Its own threads read and write and never wait; each whole request is answered by a
 * thread of the caller's executor.
 */
public final class HttpServer implements AutoCloseable {
    private static final int IO_THREADS = 2;
    private static final int BACKLOG = 1024;
    private static final int LONGEST_LINE = 8 << 10;
    private static final int LONGEST_HEADERS = 32 << 10;
    private static final int CHUNK = 16 << 10;
    private static final AttributeKey<Boolean> TOO_MANY = AttributeKey.valueOf(HttpServer.class, "tooMany");
    private static final Duration PATIENCE = Duration.ofSeconds(2);
    private static final WriteBufferWaterMark UNREAD = new WriteBufferWaterMark(32 << 10, 64 << 10);

    /** Answers requests. */
    public interface Handler {
        /**
         * Called on a thread of the executor. A request that it does not reply to gets 500.
         *
         * @param call the request, whole
         * @throws IOException when the client has left, or reads nothing
         * @throws InterruptedException likewise, see {@link HttpCall#interruptIfLeft}
         */
        void handle(HttpCall call) throws IOException, InterruptedException;

        /**
         * What a client reads whose request does not get here, such as one that is no HTTP, or that was not replied to.
         * Called on a thread of the server, which it must not keep, or on the executor's that did not reply.
         *
         * @param status of HTTP, 400 or more
         * @param why in a few words, without a full stop
         * @return plain text, unless it is another
         */
        default Reply refusal(int status, String why) {
            return new Reply("text/plain; charset=utf-8", why + "\n");
        }
    }

    private final EventLoopGroup loops = new MultiThreadIoEventLoopGroup(
            IO_THREADS, new DefaultThreadFactory("http", true), NioIoHandler.newFactory());
    private final ChannelGroup connections = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);
    private final AtomicLong buffered = new AtomicLong();
    private final AtomicInteger answering = new AtomicInteger(); // threads of the executor that are at work here
    private final Channel listening;

    private HttpServer(
            InetSocketAddress address, HttpLimits limits, Optional<SslContext> tls, Executor threads, Handler handler)
            throws IOException {
        Executor counted = work -> answer(threads, work);
        ServerBootstrap bootstrap = new ServerBootstrap()
                .group(loops)
                .channel(NioServerSocketChannel.class)
                .option(ChannelOption.SO_BACKLOG, BACKLOG)
                .option(ChannelOption.SO_REUSEADDR, true)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, UNREAD)
                .handler(
                        new ChannelInboundHandlerAdapter() { // on one thread, in the order of their coming
                            @Override
                            public void channelRead(ChannelHandlerContext context, Object accepted) {
                                Channel channel = (Channel) accepted;
                                connections.add(channel);
                                channel.attr(TOO_MANY).set(connections.size() > limits.connections());
                                context.fireChannelRead(accepted);
                            }
                        })
                .childHandler(new ChannelInitializer<SocketChannel>() {
                    @Override
                    protected void initChannel(SocketChannel channel) {
                        tls.ifPresent(context -> channel.pipeline().addLast(context.newHandler(channel.alloc())));
                        Connection connection =
                                new Connection(limits, channel.attr(TOO_MANY).get(), buffered, counted, handler);
                        channel.pipeline()
                                .addLast(new IdleStateHandler(
                                        true, 0, limits.write().toMillis(), 0, TimeUnit.MILLISECONDS))
                                .addLast(connection.firstBytes())
                                .addLast(new HttpServerCodec(new HttpDecoderConfig()
                                        .setMaxInitialLineLength(LONGEST_LINE)
                                        .setMaxHeaderSize(LONGEST_HEADERS)
                                        .setMaxChunkSize(CHUNK)))
                                .addLast(connection);
                    }
                });
        try {
            listening = bootstrap.bind(address).sync().channel();
        } catch (InterruptedException e) {
            endLoops();
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        } catch (Exception e) { // Netty throws what it does not declare
            endLoops();
            throw e instanceof IOException io ? io : new IOException(e);
        }
    }

    /**
     * Begins to listen.
     *
     * @param address port 0 for any that is free
     * @param limits of every client
     * @param tls for HTTPS
     * @param threads that answer
     * @param handler called for each request
     * @return the server, which the caller closes
     * @throws IllegalArgumentException when the address is unknown, taken, or not this user's to listen on
     * @throws dev.trireme.config.BadInputException when key and certificate are none
     */
    public static HttpServer listen(
            InetSocketAddress address, HttpLimits limits, Optional<Tls> tls, Executor threads, Handler handler) {
        NullChecks.require("address", address, "limits", limits, "tls", tls, "threads", threads, "handler", handler);
        if (address.isUnresolved()) {
            throw new IllegalArgumentException(
                    "host " + address.getHostString() + " is unknown; use an address of this machine");
        }
        Optional<SslContext> context = tls.map(Tls::context);
        try {
            return new HttpServer(address, limits, context, threads, handler);
        } catch (IOException e) {
            throw new IllegalArgumentException(
                    "port " + address.getPort() + " of " + address.getAddress().getHostAddress()
                            + " cannot be listened on (" + e.getMessage() + "); use another, or 0 for any that is free",
                    e);
        }
    }

    /**
     * The port.
     *
     * @return where it listens
     */
    public int port() {
        return ((InetSocketAddress) listening.localAddress()).getPort();
    }

    /**
     * Stops listening, cuts every connection once what was sent is gone, and returns when those who answered have noticed.
     * It waits at most two seconds for what was sent to go, two for those who answer, and one for its own threads. An
     * interrupt does not shorten this, and stays set.
     */
    @Override
    public void close() {
        listening.close().awaitUninterruptibly();
        await(() -> connections.stream().noneMatch(Connection::hasUnread));
        connections.close().awaitUninterruptibly();
        await(() -> answering.get() == 0);
        endLoops();
    }

    private static void await(BooleanSupplier done) {
        long end = System.nanoTime() + PATIENCE.toNanos();
        boolean interrupted = false;
        while (!done.getAsBoolean() && System.nanoTime() < end) {
            LockSupport.parkNanos(1_000_000);
            interrupted |= Thread.interrupted(); // with it set, no thread is parked
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void answer(Executor threads, Runnable work) {
        answering.incrementAndGet();
        try {
            threads.execute(() -> {
                try {
                    work.run();
                } finally {
                    answering.decrementAndGet();
                }
            });
        } catch (RuntimeException | Error e) { // of an executor that is full, or has no memory for a thread
            answering.decrementAndGet();
            throw e;
        }
    }

    private void endLoops() {
        loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
    }
}
