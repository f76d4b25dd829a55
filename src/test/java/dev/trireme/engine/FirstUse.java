package dev.trireme.engine;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Opens a stage before anything else has loaded the native libraries. */
public final class FirstUse {
    private FirstUse() {}

    public static void main(String[] arguments) throws IOException {
        try (Stage stage = TinyModel.open()) {
            System.out.println(stage);
        }
        String loaded = Files.readString(Path.of("/proc/self/maps"));
        System.out.println("JavaCPP's binding of libtorch: " + loaded.contains("libjnitorch.so"));
    }
}
