package dev.trireme.config;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;

/** SHA-256 of files and bytes. */
public final class Sha256 {
    private static final int PIECE = 1 << 20;

    private Sha256() {}

    /**
     * The hash of files, one after the other.
     *
     * @param files to read
     * @param afterPiece called after each megabyte, by whoever wants to pause then
     * @return 64 hexadecimal digits
     * @throws IOException when one cannot be read
     */
    public static String of(List<Path> files, Runnable afterPiece) throws IOException {
        NullChecks.require("files", files, "afterPiece", afterPiece);
        MessageDigest digest = digest();
        ByteBuffer piece = ByteBuffer.allocateDirect(PIECE);
        for (Path file : files) {
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
                while (channel.read(piece.clear()) >= 0) {
                    digest.update(piece.flip());
                    afterPiece.run();
                }
            }
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    /**
     * A hash that is fed piece by piece.
     *
     * @return a new one
     */
    public static MessageDigest digest() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    /**
     * The hash of a text.
     *
     * @param text in UTF-8
     * @return 64 hexadecimal digits
     */
    public static String of(String text) {
        Objects.requireNonNull(text, "text");
        return HexFormat.of().formatHex(digest().digest(text.getBytes(StandardCharsets.UTF_8)));
    }

    /**
     * The hash of a file.
     *
     * @param file to read
     * @return 64 hexadecimal digits
     * @throws IOException when it cannot be read
     */
    public static String of(Path file) throws IOException {
        Objects.requireNonNull(file, "file");
        return of(List.of(file), () -> {});
    }
}
