package dev.trireme.train;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;

/** Tells a listener what rank 0 tells; what else rank 0 prints goes where its errors go. */
record EventReader(TrainListener listener, OutputStream others) implements Consumer<String> {
    @Override
    public void accept(String line) {
        if (RunEvent.isIn(line)) {
            RunEvent.parse(line).tell(listener);
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
