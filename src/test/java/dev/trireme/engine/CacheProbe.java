package dev.trireme.engine;

import java.nio.file.Path;

/** Prints what it had to extract, then loads everything. */
public final class CacheProbe {
    private CacheProbe() {}

    public static void main(String[] arguments) {
        for (Path library : NativeLibrary.warmCache()) {
            System.out.println("extracted " + library.getFileName());
        }
        NativeLibrary.load();
        System.out.println("loaded");
    }
}
