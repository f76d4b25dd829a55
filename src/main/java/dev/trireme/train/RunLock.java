package dev.trireme.train;

import dev.trireme.checkpoint.CheckpointException;
import dev.trireme.config.Uninterrupted;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The exclusive lock of a process on a run's folder. The system releases it when the process ends, in whatever way. The
 * lock file with the process id stays and has no meaning without the lock.
 */
public final class RunLock implements AutoCloseable {
    static final String FILE = ".lock";

    private static final Logger LOG = LoggerFactory.getLogger(RunLock.class);

    /**
     * Folders that this process has locked. It must not open their lock files again, because POSIX releases all locks
     * of a process on a file when any descriptor of it is closed.
     */
    private static final Set<Path> HELD = ConcurrentHashMap.newKeySet();

    private final Path folder;
    private final FileChannel channel;

    private RunLock(Path folder, FileChannel channel) {
        this.folder = folder;
        this.channel = channel;
    }

    /**
     * Takes the lock without waiting.
     *
     * @param folder that of a run
     * @return the lock; the caller closes it
     * @throws IllegalArgumentException naming the process that holds it
     * @throws CheckpointException when nothing can be written there
     */
    static RunLock take(Path folder) {
        RunLock[] lock = new RunLock[1];
        try {
            Uninterrupted.run(() -> lock[0] = takeNow(folder));
        } catch (IOException e) {
            throw new CheckpointException(folder, e);
        }
        return lock[0];
    }

    private static RunLock takeNow(Path folder) throws IOException {
        Path real = folder.toRealPath();
        if (!HELD.add(real)) {
            throw busy(folder, Long.toString(ProcessHandle.current().pid()));
        }
        try {
            return new RunLock(real, lockedFile(real.resolve(FILE)));
        } catch (IOException | RuntimeException e) {
            HELD.remove(real);
            throw e;
        }
    }

    private static FileChannel lockedFile(Path file) throws IOException {
        FileChannel channel =
                FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
        try {
            if (isFree(channel, file)) {
                channel.truncate(0);
                channel.write(ByteBuffer.wrap(
                        Long.toString(ProcessHandle.current().pid()).getBytes(StandardCharsets.UTF_8)));
                return channel;
            }
            ByteBuffer holder = ByteBuffer.allocate(20);
            channel.read(holder, 0);
            throw busy(
                    file.resolveSibling(""), new String(holder.array(), 0, holder.position(), StandardCharsets.UTF_8));
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    private static boolean isFree(FileChannel channel, Path file) {
        try {
            return Optional.<FileLock>ofNullable(channel.tryLock()).isPresent();
        } catch (IOException e) {
            LOG.warn("{} cannot be locked ({}); a second run in that folder will not be noticed", file, e.toString());
            return true;
        }
    }

    private static IllegalArgumentException busy(Path folder, String process) {
        return new IllegalArgumentException(
                "out is " + folder + ", where process " + process + " is training; let it end, or name another folder");
    }

    /** Releases the lock. */
    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            LOG.debug("{} could not be closed", folder.resolve(FILE), e);
        } finally {
            HELD.remove(folder);
        }
    }
}
