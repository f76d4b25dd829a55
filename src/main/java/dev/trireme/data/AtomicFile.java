package dev.trireme.data;

import static java.nio.file.StandardCopyOption.ATOMIC_MOVE;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.TRUNCATE_EXISTING;
import static java.nio.file.StandardOpenOption.WRITE;

import dev.trireme.config.NullChecks;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;

/** Writes a file so that whoever looks sees the old one or the whole new one, after a crash too. */
public final class AtomicFile {
    private AtomicFile() {}

    /** Writes to a temporary name in the same folder, forces it to disk and renames it. */
    public static void write(Path target, byte[] content) throws IOException {
        NullChecks.require("target", target, "content", content);
        Path folder = target.toAbsolutePath().getParent();
        if (folder == null) {
            throw new IllegalArgumentException(target + " is no file name; give the path of a file");
        }
        Path temporary = folder.resolve(
                target.getFileName() + "." + ProcessHandle.current().pid() + ".tmp");
        try {
            try (FileChannel channel = FileChannel.open(temporary, CREATE, TRUNCATE_EXISTING, WRITE)) {
                ByteBuffer buffer = ByteBuffer.wrap(content);
                while (buffer.hasRemaining()) {
                    channel.write(buffer);
                }
                channel.force(true);
            }
            Files.move(temporary, target, ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(temporary);
        }
        // The new name lasts only once its folder is on disk too.
        try (FileChannel entry = FileChannel.open(folder, READ)) {
            entry.force(true);
        }
    }
}
