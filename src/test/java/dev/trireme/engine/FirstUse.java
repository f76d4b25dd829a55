package dev.trireme.engine;

/** Opens a stage before anything else has loaded the native libraries. */
public final class FirstUse {
    private FirstUse() {}

    public static void main(String[] arguments) {
        try (Stage stage = TinyModel.open()) {
            System.out.println(stage);
        }
    }
}
