package dev.trireme.train;

import dev.trireme.checkpoint.CheckpointException;
import dev.trireme.config.TrainConfig;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.CRC32C;

/**
 * Scalars of a run as TensorBoard's event files, {@code OUT/tensorboard/events.out.tfevents.SECONDS.trireme}, one file for
 * each start. When a run goes on, the new file says from which step on TensorBoard is to forget what it has read.
 *
 * <pre>
 *   record   length 8 │ masked CRC-32C of it 4 │ event │ masked CRC-32C of it 4        little endian; TFRecord
 *   event    1: seconds (double)  2: step (varint)  3: "brain.Event:2"  5: summary  7: session     protocol buffers
 *   summary  1: { 1: tag (text)  2: value (float) }
 *   session  1: 1 (start): what was read of this step and later ones is forgotten
 * </pre>
 *
 * <p>Sources: tensorflow/core/lib/io/record_writer.cc, tensorflow/core/util/event.proto and summary.proto.
 */
final class TensorBoardFile implements TrainListener, AutoCloseable {
    static final String FOLDER = "tensorboard";
    private static final String PREFIX = "events.out.tfevents.";
    private static final String SUFFIX = ".trireme";
    private static final Pattern NAME = Pattern.compile(Pattern.quote(PREFIX) + "(\\d{1,18})" + Pattern.quote(SUFFIX));
    private static final byte START = 1; // of a session
    private static final int MASK_DELTA = 0xa282ead8;
    private static final double MS_PER_SECOND = 1e3;

    private final Optional<RecordFile> records;
    private long step;

    private TensorBoardFile(Optional<RecordFile> records) {
        this.records = records;
    }

    /** Makes a new file, if the run is to have one. */
    static TensorBoardFile open(TrainingRun run) {
        TrainConfig training = run.config().training();
        if (!training.observation().tensorboard()) {
            return new TensorBoardFile(Optional.empty());
        }
        Path folder = run.folder().resolve(FOLDER);
        try {
            Files.createDirectories(folder);
            RecordFile records = RecordFile.create(
                    folder.resolve(PREFIX + nextSeconds(folder) + SUFFIX),
                    training.recovery().endsOnError());
            TensorBoardFile events = new TensorBoardFile(Optional.of(records));
            events.write(field(3, "brain.Event:2".getBytes(StandardCharsets.UTF_8)));
            return events;
        } catch (IOException e) {
            throw new CheckpointException(folder, e);
        }
    }

    /** Now, or later where the clock was put back: TensorBoard reads the files in the order of their names. */
    private static long nextSeconds(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            long last = files.map(file -> NAME.matcher(file.getFileName().toString()))
                    .filter(Matcher::matches)
                    .mapToLong(name -> Long.parseLong(name.group(1)))
                    .max()
                    .orElse(0);
            return Math.max(System.currentTimeMillis() / 1000, last + 1);
        }
    }

    @Override
    public void on(RunEvent event) {
        if (event instanceof RestartMetrics metrics) {
            step = metrics.step();
            byte[] session = {key(1, 0), START};
            write(join(stepField(step + 1), field(7, session)));
        } else if (event instanceof StepMetrics metrics) {
            step = metrics.step();
            scalar("train/loss", metrics.loss());
            scalar("train/learning_rate", metrics.learningRate());
            scalar("speed/tokens_per_second", metrics.tokensPerSecond());
            scalar("speed/step_ms", metrics.stepMs());
        } else if (event instanceof GradientMetrics metrics) {
            for (int part = 0; part < metrics.parts().size(); part++) {
                scalar(
                        "gradients/" + metrics.parts().get(part).replace(' ', '_'),
                        metrics.norms().get(part));
            }
        } else if (event instanceof EpochMetrics metrics) {
            scalar("validation/loss", metrics.validationLoss());
        } else if (event instanceof ResultMetrics metrics) {
            scalar("test/loss", metrics.testLoss());
            scalar("test/bleu", metrics.bleu());
        }
    }

    @Override
    public void close() {
        records.ifPresent(RecordFile::close);
    }

    private void scalar(String tag, double value) {
        byte[] number = join(new byte[] {key(2, 5)}, little(Integer.BYTES, Float.floatToIntBits((float) value)));
        byte[] pair = join(field(1, tag.getBytes(StandardCharsets.UTF_8)), number);
        write(join(stepField(step), field(5, field(1, pair))));
    }

    private static byte[] stepField(long number) {
        return join(new byte[] {key(2, 0)}, varint(number));
    }

    /** Writes an event with the time before its other fields. */
    private void write(byte[] fields) {
        double seconds = System.currentTimeMillis() / MS_PER_SECOND;
        byte[] event =
                join(join(new byte[] {key(1, 1)}, little(Double.BYTES, Double.doubleToLongBits(seconds))), fields);
        byte[] length = little(Long.BYTES, event.length);
        byte[] record = join(join(length, checksum(length)), join(event, checksum(event)));
        records.ifPresent(present -> present.write(record));
    }

    /** The checksum of TFRecords: rotated and moved, since data may hold checksums itself. */
    private static byte[] checksum(byte[] data) {
        CRC32C crc = new CRC32C();
        crc.update(data);
        return little(Integer.BYTES, Integer.rotateRight((int) crc.getValue(), 15) + MASK_DELTA);
    }

    private static byte[] field(int number, byte[] content) {
        return join(join(new byte[] {key(number, 2)}, varint(content.length)), content);
    }

    private static byte key(int number, int wireType) {
        return (byte) ((number << 3) | wireType);
    }

    private static byte[] varint(long value) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        long rest = value;
        while (rest > 0x7f) {
            bytes.write((int) ((rest & 0x7f) | 0x80));
            rest >>>= 7;
        }
        bytes.write((int) rest);
        return bytes.toByteArray();
    }

    private static byte[] join(byte[] one, byte[] other) {
        byte[] both = Arrays.copyOf(one, one.length + other.length);
        System.arraycopy(other, 0, both, one.length, other.length);
        return both;
    }

    /** The lowest bytes of a number, little endian. */
    private static byte[] little(int count, long number) {
        byte[] bytes = new byte[count];
        for (int i = 0; i < count; i++) {
            bytes[i] = (byte) (number >>> (Byte.SIZE * i));
        }
        return bytes;
    }
}
