package dev.trireme.checkpoint;

import dev.trireme.config.Uninterrupted;
import dev.trireme.engine.HostMemory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.BiConsumer;

/**
 * Reads pieces on a thread of its own while the caller's thread works on earlier ones.
 *
 * <pre>
 *   reading thread   piece 2 ─▶ buffer 2   piece 3 ─▶ buffer 0
 *   caller           buffer 0 ─▶ work      buffer 1 ─▶ work
 * </pre>
 *
 * <p>The thread is never interrupted, because that would close the file for all its readers.
 */
final class ReadAhead {
    private static final int AHEAD = 2;
    private static final int BUFFERS = AHEAD + 1;

    private ReadAhead() {}

    /**
     * Passes the values of every piece to {@code work}, in order. When it returns or throws, the thread has ended and
     * the memory is freed.
     */
    static void forEach(List<TensorPiece> pieces, BiConsumer<TensorPiece, ByteBuffer> work) {
        int room = pieces.stream().mapToInt(TensorPiece::bytes).max().orElse(0);
        try (HostMemory memory = HostMemory.allocate((long) BUFFERS * room)) {
            ByteBuffer buffers = memory.buffer();
            List<Thread> threads = new ArrayList<>(1);
            ExecutorService reader = Executors.newSingleThreadExecutor(task -> {
                Thread thread = new Thread(task, "trireme-read-ahead");
                thread.setDaemon(true);
                threads.add(thread);
                return thread;
            });
            Deque<Future<ByteBuffer>> ahead = new ArrayDeque<>();
            try {
                for (int i = 0; i < pieces.size() + AHEAD; i++) {
                    if (i < pieces.size()) {
                        TensorPiece piece = pieces.get(i);
                        ByteBuffer values = buffers.slice(i % BUFFERS * room, piece.bytes());
                        ahead.add(reader.submit(() -> piece.read(values.order(ByteOrder.LITTLE_ENDIAN))));
                    }
                    if (i >= AHEAD) {
                        work.accept(pieces.get(i - AHEAD), result(ahead.remove()));
                    }
                }
            } finally {
                ahead.forEach(read -> read.cancel(false));
                reader.shutdown();
                threads.forEach(Uninterrupted::join); // its memory is freed only when nothing reads into it
            }
        }
    }

    private static ByteBuffer result(Future<ByteBuffer> read) {
        try {
            if (Thread.interrupted()) { // get tells of an interrupt only when it has to wait
                throw new InterruptedException();
            }
            return read.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw interruption(e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException failure) {
                throw failure;
            }
            throw new IllegalStateException("the thread that reads a model failed; load it again", e);
        }
    }

    private static CancellationException interruption(InterruptedException cause) {
        CancellationException interrupted =
                new CancellationException("the thread was interrupted while it loaded a model; load it again");
        interrupted.initCause(cause);
        return interrupted;
    }
}
