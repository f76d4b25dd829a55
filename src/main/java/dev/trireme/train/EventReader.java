package dev.trireme.train;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;

/** Parses the event lines of rank 0 and calls a listener; other output of rank 0 goes to standard error. */
record EventReader(TrainListener listener, OutputStream others) implements Consumer<String> {
    @Override
    public void accept(String line) {
        if (EventLine.isIn(line)) {
            listener.on(EventLine.parse(line));
            return;
        }
        synchronized (others) {
            try {
                others.write((line + "\n").getBytes(StandardCharsets.UTF_8));
                others.flush();
            } catch (IOException e) {
                throw new UncheckedIOException("cannot pass on what rank 0 printed", e);
            }
        }
    }
}
