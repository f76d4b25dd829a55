package dev.trireme.train;

/**
 * Slows background work down, so that it takes little from the steps that run meanwhile: after each piece it rests many
 * times as long as the piece took.
 */
final class Pace {
    /** It works a twentieth of the time, of one core. */
    private static final int RESTS = 19;

    private static final long LONGEST_REST_NANOS = 2_000_000_000L;
    private static final long NANOS_PER_MS = 1_000_000;

    private volatile boolean hurried;
    private long resumed = System.nanoTime();

    /** From now on it does not rest: somebody waits. Any thread may call it. */
    synchronized void hurry() {
        hurried = true;
        notifyAll();
    }

    /** Called before a worker begins. */
    synchronized void begin() {
        hurried = false;
        resumed = System.nanoTime();
    }

    /** Called by the worker after each piece. */
    synchronized void rest() {
        long rest = Math.min(LONGEST_REST_NANOS, RESTS * (System.nanoTime() - resumed));
        long end = System.nanoTime() + rest;
        try {
            for (long left = rest; left > NANOS_PER_MS && !hurried; left = end - System.nanoTime()) {
                wait(left / NANOS_PER_MS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            hurried = true;
        }
        resumed = System.nanoTime();
    }
}
