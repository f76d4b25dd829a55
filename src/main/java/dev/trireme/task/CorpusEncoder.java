package dev.trireme.task;

import dev.trireme.config.BadInputException;
import dev.trireme.config.FileTree;
import dev.trireme.config.Json;
import dev.trireme.config.Uninterrupted;
import dev.trireme.data.Utf8Lines;
import dev.trireme.data.tokenizer.Tokenizer;
import java.io.BufferedOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Encodes a file of documents on all cores, in batches, and writes the tokens in order. What waits is bounded, so that a
 * corpus of any size takes some megabytes of memory.
 */
final class CorpusEncoder implements AutoCloseable {
    private static final int BATCH_CHARACTERS = 1 << 19;
    private static final String NEXT = ".next-";
    private static final String LOCK = ".lock"; // shared by all who encode

    private final DocumentForm form;
    private final Tokenizer tokenizer;
    private final int end;
    private final ExecutorService threads;
    private final int most; // batches that wait
    private final Deque<Future<List<DocumentForm.Encoded>>> pending = new ArrayDeque<>();
    private final DataOutputStream ids;
    private final DataOutputStream learned;
    private final DataOutputStream ends;
    private final boolean isPacked;
    private boolean isOpen; // whether the last document is to go on
    private int documents;
    private long tokens;
    private long labels;
    private long bytes;

    private CorpusEncoder(Path folder, DocumentForm form, Tokenizer tokenizer, int end, int cores) throws IOException {
        this.form = form;
        this.tokenizer = tokenizer;
        this.end = end;
        this.isPacked = !(form instanceof TextForm);
        this.most = 2 * cores;
        this.ids = output(folder.resolve(EncodedCorpus.IDS));
        this.learned = output(folder.resolve(EncodedCorpus.LEARNED));
        this.ends = output(folder.resolve(EncodedCorpus.ENDS));
        this.threads = Executors.newFixedThreadPool(cores, work -> {
            Thread thread = new Thread(work, "encoding");
            thread.setDaemon(true);
            return thread;
        });
    }

    private static DataOutputStream output(Path file) throws IOException {
        return new DataOutputStream(new BufferedOutputStream(Files.newOutputStream(file), 1 << 16));
    }

    /**
     * Encodes a file into a folder, which gets its name when it is whole. Of two processes that do so at the same time, one
     * wins.
     *
     * @throws BadInputException naming file and line of a document that cannot be encoded
     */
    @SuppressWarnings("try") // the lock is held, not used
    static void encode(Path lines, DocumentForm form, Tokenizer tokenizer, int end, Path folder) throws IOException {
        Path cache = Files.createDirectories(folder.resolveSibling(""));
        synchronized (CorpusEncoder.class) { // a process locks a file once
            try (FileChannel file = FileChannel.open(
                    cache.resolve(LOCK),
                    StandardOpenOption.CREATE,
                    StandardOpenOption.WRITE,
                    StandardOpenOption.READ)) {
                removeLeft(cache, file);
                try (FileLock lock = file.lock(0, Long.MAX_VALUE, true)) {
                    encodeLocked(lines, form, tokenizer, end, folder);
                }
            }
        }
    }

    /** Removes what killed processes left, unless another is encoding. */
    @SuppressWarnings("try") // the lock is held, not used
    private static void removeLeft(Path cache, FileChannel file) throws IOException {
        try (FileLock alone = file.tryLock();
                DirectoryStream<Path> left = Files.newDirectoryStream(cache, NEXT + "*")) {
            if (alone != null) {
                for (Path folder : left) {
                    FileTree.delete(folder);
                }
            }
        }
    }

    private static void encodeLocked(Path lines, DocumentForm form, Tokenizer tokenizer, int end, Path folder)
            throws IOException {
        Path next = Files.createTempDirectory(folder.resolveSibling(""), NEXT);
        int cores = Runtime.getRuntime().availableProcessors();
        try {
            try (CorpusEncoder encoder = new CorpusEncoder(next, form, tokenizer, end, cores)) {
                encoder.run(lines);
                Files.writeString(next.resolve(EncodedCorpus.COUNTS), Json.text(Json.WRITER, encoder.counts()));
            }
            FileTree.syncAll(next); // counts that are on the disk without the tokens would be believed
            Files.move(next, folder, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException | RuntimeException e) {
            FileTree.delete(next);
            if (!Files.exists(folder.resolve(EncodedCorpus.COUNTS))) {
                throw e;
            }
        }
    }

    private EncodedCorpus.Counts counts() {
        return new EncodedCorpus.Counts(documents, tokens, labels, bytes);
    }

    private void run(Path lines) throws IOException {
        List<Utf8Lines.Line> batch = new ArrayList<>();
        int[] characters = {0};
        try {
            Utf8Lines.forEach(lines, DocumentSource.LONGEST_LINE, line -> {
                batch.add(line);
                characters[0] += line.text().length();
                if (characters[0] >= BATCH_CHARACTERS) {
                    submit(List.copyOf(batch));
                    batch.clear();
                    characters[0] = 0;
                }
            });
            submit(List.copyOf(batch));
            while (!pending.isEmpty()) {
                writeFirst();
            }
            if (isOpen) {
                write(new DocumentForm.Encoded(new int[] {end}, new byte[] {1}, 0, false));
            }
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    private void submit(List<Utf8Lines.Line> batch) {
        while (pending.size() >= most) {
            writeFirst();
        }
        pending.add(threads.submit(() -> batch.stream().map(this::encode).toList()));
    }

    private DocumentForm.Encoded encode(Utf8Lines.Line line) {
        try {
            return form.encode(TaskFinder.parse(line), tokenizer, end);
        } catch (BadInputException e) {
            throw e;
        } catch (IllegalArgumentException e) {
            throw line.bad(String.valueOf(e.getMessage()));
        }
    }

    private void writeFirst() {
        try {
            for (DocumentForm.Encoded encoded : Uninterrupted.await(pending.removeFirst()::get)) {
                write(encoded);
            }
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException failure) {
                throw failure;
            }
            throw new IllegalStateException(e.getCause());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void write(DocumentForm.Encoded encoded) throws IOException {
        int count = encoded.ids().length;
        ByteBuffer buffer = ByteBuffer.allocate(Integer.BYTES * count).order(ByteOrder.LITTLE_ENDIAN);
        buffer.asIntBuffer().put(encoded.ids());
        ids.write(buffer.array());
        if (isPacked) {
            learned.write(encoded.learned());
        }
        for (byte flag : encoded.learned()) {
            labels += flag;
        }
        tokens += count;
        bytes += encoded.bytes();
        isOpen = encoded.goesOn();
        if (!encoded.goesOn()) {
            ends.writeLong(Long.reverseBytes(tokens));
            documents = Math.addExact(documents, 1);
        }
    }

    @Override
    public void close() throws IOException {
        try (ids;
                learned;
                ends) { // also where one of them cannot be written to its end
            threads.shutdownNow();
        }
    }
}
