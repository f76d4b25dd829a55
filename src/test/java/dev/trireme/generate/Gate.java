package dev.trireme.generate;

import java.util.concurrent.CountDownLatch;

/** Stops at its first token until it is let go, and with it the loop. */
final class Gate implements RequestListener {
    final CountDownLatch reached = new CountDownLatch(1);
    final CountDownLatch open = new CountDownLatch(1);

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
