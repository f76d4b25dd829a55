package dev.trireme.generate;

import java.util.concurrent.CountDownLatch;

/** Stops loops at the first tokens of its requests until it is let go. */
public final class Gate implements RequestListener {
    public final CountDownLatch reached;
    public final CountDownLatch open = new CountDownLatch(1);

    Gate() {
        this(1);
    }

    /** @param loops that it stops, by a request to each */
    public Gate(int loops) {
        this.reached = new CountDownLatch(loops);
    }

    @Override
    public boolean token(int choice, int id) {
        reached.countDown();
        try {
            open.await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
        return true;
    }
}
