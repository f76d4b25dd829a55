package dev.trireme.checkpoint;

import java.util.Arrays;
import java.util.Random;

/** What disks, networks and strangers do to files. */
final class Damage {
    private Damage() {}

    /** One to three edits: a byte replaced, a range cut out, a range repeated. */
    static byte[] of(byte[] whole, Random random) {
        byte[] bytes = whole;
        for (int edit = random.nextInt(3); edit >= 0; edit--) {
            int from = random.nextInt(bytes.length);
            int to = Math.min(bytes.length, from + 1 + random.nextInt(20));
            int kind = random.nextInt(3);
            byte[] next =
                    Arrays.copyOf(bytes, kind == 0 ? bytes.length : bytes.length + (kind == 1 ? from - to : to - from));
            if (kind == 0) {
                next[from] = (byte) random.nextInt(256);
            } else if (kind == 1) {
                System.arraycopy(bytes, to, next, from, bytes.length - to);
            } else {
                System.arraycopy(bytes, from, next, to, bytes.length - from);
            }
            bytes = next;
        }
        return bytes;
    }
}
