package dev.trireme.http;

import java.util.concurrent.atomic.AtomicLong;

/** The bytes of one request's body among those of all. Any thread may call. */
final class BodyBytes {
    private final AtomicLong all;
    private final long most;
    private final AtomicLong own = new AtomicLong();

    /**
     * @param all bytes of all requests' bodies
     * @param most of them
     */
    BodyBytes(AtomicLong all, long most) {
        this.all = all;
        this.most = most;
    }

    /** Returns false if that were too many: none are taken. */
    boolean take(int count) {
        if (all.addAndGet(count) > most) {
            all.addAndGet(-count);
            return false;
        }
        own.addAndGet(count);
        return true;
    }

    /** Nobody keeps them any more. Without effect the second time. */
    void giveBack() {
        all.addAndGet(-own.getAndSet(0));
    }
}
